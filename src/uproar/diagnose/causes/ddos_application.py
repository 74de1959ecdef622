"""Flood of requests: so many requests are made on purpose, each dear to answer, that its servers have no time left."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("traffic.attack", 12.0, "Tracing says that what comes is one."),
    Speaks("traffic.no-attack", -10.0, "Tracing says that people come."),
    Speaks("symptom.challenge", 10.0, "Asking for proof of being human is the common defence."),
    Speaks("traffic.requests", 9.0, "It is made of requests that cost the server more than the sender."),
    Speaks("traffic.repeated", 8.0, "Programs ask for the same dear page again and again."),
    Speaks("traffic.surge", 8.0, "So many requests are far more than is usual."),
    Speaks("onset.waves", 6.0, "Attackers pause and change what they ask for."),
    Speaks("traffic.foreign", 5.0, "Proxies stand where its customers do not."),
    Speaks("traffic.few-sources", 4.0, "Rented servers suffice where each request is dear."),
    Speaks("symptom.503", 4.0, "The servers are overloaded and say so."),
    Speaks("symptom.slow", 4.0, "Servers drown in work while lines are free."),
    Speaks("traffic.many-sources", 3.0, "Botnets and open proxies spread the requests."),
    Speaks("traffic.api", 3.0, "Interfaces for programs are dear to answer and easy to ask."),
    Speaks("symptom.timeout", 3.0, "Requests wait in queues that never empty."),
    Speaks("symptom.origin-page", 3.0, "What stands before it still answers, the servers behind do not."),
    Speaks("symptom.full", 3.0, "Limits on requests strike everybody."),
    Speaks("co.none", 3.0, "It aims at one service."),
    Speaks("time.event", 3.0, "Attackers choose the hour that hurts."),
    Speaks("change.none", 3.0, "It needs no change on the victim's side."),
    Speaks("symptom.5xx", 2.0, "Servers answer, with errors."),
    Speaks("symptom.login", 2.0, "Signing in is dear, so it is a favoured aim."),
    Speaks("traffic.packets", -2.0, "Packets without requests are another kind."),
    Speaks("change.near", -3.0, "An attack does not wait for a change."),
    Speaks("co.many", -3.0, "Others are not hit."),
    Speaks("co.cloud", -4.0, "A failure of the cloud explains it better."),
    Speaks("symptom.packet-loss", -4.0, "Lines are not full."),
    Speaks("symptom.dns", -4.0, "Names are not its aim."),
    Speaks("symptom.jobs", -4.0, "What runs inside goes on."),
    Speaks("scope.single-dc", -4.0, "Requests reach it wherever it runs."),
    Speaks("traffic.people", -6.0, "Programs differ from people in what they send."),
    Speaks("change.deploy", -6.0, "A change that is told of was mostly the cause."),
    Speaks("change.config", -6.0, "A change that is told of was mostly the cause."),
    Speaks("symptom.data", -7.0, "It does not touch data."),
    Speaks("symptom.bgp", -7.0, "Routes are not its aim."),
    Speaks("traffic.drop", -8.0, "It adds requests."),
    Speaks("time.window", -8.0, "A window explains it better."),
    Speaks("traffic.internal", -9.0, "It comes from outside."),
    Speaks("traffic.usual", -11.0, "Where nothing more comes in there is no flood."),
)  # fmt: skip

CAUSE = Cause(
    id="ddos-application",
    family="attack",
    name="Flood of requests",
    phrase="a flood of requests made to exhaust it",
    what="So many requests are made on purpose, each dear to answer, that its servers have no time left.",
    does="Limit and challenge requests by what they have in common, and answer dear pages from a cache.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.88,
            "cdn": 0.05,
            "cloud": 0.03,
            "dns-host": 0.01,
            "access-network": 0.01,
            "third-party": 0.02,
        }
    ),
    agencies=MappingProxyType({"malicious-action": 1.0}),
    confused=(
        Confused(
            "organic-surge",
            "People spread over many pages and know the service. Programs ask for the same dear page and look alike.",
        ),
        Confused(
            "ddos-volumetric",
            "Error pages and slow answers mean that lines are free. Lost packets mean that they are full.",
        ),
        Confused(
            "cascade-retry",
            "Retries come from its own clients and parts and follow a failure. An attack comes from strangers and goes before it.",
        ),
    ),
    examples=(
        Example(
            "Outlook and other services of Microsoft failed several times under floods of requests.",
            "2023-06-05",
            "Microsoft Security Response Center",
        ),
        Example(
            "ChatGPT failed again and again under traffic that its maker said reflected an attack.",
            "2023-11-08",
            "OpenAI",
        ),
    ),
)
