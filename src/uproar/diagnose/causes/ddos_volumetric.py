"""Flood of packets: so many packets are sent to it that its lines, or the machines at their ends, have no room left."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("traffic.attack", 13.0, "Tracing says that what comes is one."),
    Speaks("traffic.no-attack", -12.0, "Tracing says that people come."),
    Speaks("traffic.packets", 14.0, "A flood of packets is what this is."),
    Speaks("traffic.dns-queries", 9.0, "Name servers are flooded with questions in its name."),
    Speaks("traffic.surge", 8.0, "The flood itself is far more than is usual."),
    Speaks("symptom.packet-loss", 7.0, "A full line drops packets, of friends and strangers alike."),
    Speaks("onset.waves", 7.0, "Attackers stop, change the way and come back."),
    Speaks("symptom.dns-timeout", 6.0, "Flooded name servers do not answer."),
    Speaks("traffic.many-sources", 4.0, "A botnet or mirrors answer from everywhere."),
    Speaks("traffic.foreign", 4.0, "The machines of a botnet stand where its customers do not."),
    Speaks("symptom.unreachable", 4.0, "A full line lets no connection come about."),
    Speaks("symptom.challenge", 4.0, "Who stands before it asks visitors to prove themselves."),
    Speaks("notice.connectivity", 4.0, "Vendors first call it connection trouble."),
    Speaks("change.none", 4.0, "It needs no change on the victim's side."),
    Speaks("symptom.origin-page", 3.0, "A flood that reaches the servers behind a shield cuts them off from it."),
    Speaks("time.event", 3.0, "Attackers choose the hour that hurts."),
    Speaks("notice.dns", 2.0, "Name servers are a favoured aim."),
    Speaks("symptom.timeout", 2.0, "What gets in comes too late."),
    Speaks("onset.sudden", 2.0, "A flood is switched on."),
    Speaks("co.own-page", 2.0, "The status page often hangs on the same line."),
    Speaks("traffic.repeated", 1.0, "Floods aim at one address, again and again."),
    Speaks("symptom.dns", 1.0, "Name servers are a favoured aim."),
    Speaks("traffic.few-sources", -1.0, "One source alone rarely fills a line."),
    Speaks("symptom.full", -2.0, "A flood does not wait in queues."),
    Speaks("symptom.5xx", -2.0, "Where pages of errors come back, the line is not full."),
    Speaks("change.near", -3.0, "A flood does not wait for a change."),
    Speaks("co.cloud", -4.0, "A failure of the cloud explains it better."),
    Speaks("traffic.drop", -4.0, "Seen at the victim, a flood adds traffic."),
    Speaks("traffic.retries", -4.0, "Returning clients are people or programs, not a flood."),
    Speaks("symptom.4xx", -4.0, "A full line answers nothing, not even that."),
    Speaks("scope.part", -4.0, "A full line takes all that hangs on it."),
    Speaks("onset.gradual", -5.0, "Floods do not creep."),
    Speaks("symptom.jobs", -6.0, "What runs inside goes on."),
    Speaks("change.config", -6.0, "A change that is told of was mostly the cause."),
    Speaks("change.maintenance", -6.0, "Work that was going on explains it better."),
    Speaks("symptom.app-crash", -7.0, "A flood does not crash programs on devices."),
    Speaks("change.deploy", -7.0, "A change that is told of was mostly the cause."),
    Speaks("symptom.data", -8.0, "A flood does not touch data."),
    Speaks("symptom.tls-expired", -8.0, "A flood does not age certificates."),
    Speaks("time.window", -8.0, "A window explains it better."),
    Speaks("traffic.internal", -9.0, "A flood comes from outside."),
    Speaks("traffic.people", -10.0, "A flood does not look like people."),
    Speaks("traffic.usual", -12.0, "Where nothing more comes in there is no flood."),
)  # fmt: skip

CAUSE = Cause(
    id="ddos-volumetric",
    family="attack",
    name="Flood of packets",
    phrase="a flood of packets that fills its lines",
    what="So many packets are sent to it that its lines, or the machines at their ends, have no room left.",
    does="Ask the carrier or a scrubbing service to filter upstream, and close every way to the servers that goes around the shield.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.75,
            "cdn": 0.06,
            "cloud": 0.06,
            "dns-host": 0.07,
            "access-network": 0.04,
            "third-party": 0.02,
        }
    ),
    agencies=MappingProxyType({"malicious-action": 1.0}),
    confused=(
        Confused(
            "organic-surge",
            "People send whole requests from the usual countries and clients, and slow down when pages are slow. A flood is packets, from everywhere, and does not care.",
        ),
        Confused(
            "ddos-application",
            "Where lines are full, packets are lost before anything is asked. Where requests are the weapon, lines are free and servers drown.",
        ),
        Confused(
            "fibre-cut",
            "Both lose packets. After a cut less comes in and it comes back once. In a flood more comes in, and it may come in waves.",
        ),
        Confused(
            "bgp-routing-error",
            "Both end in no connection. Wrong routes can be seen in the routing of the Internet, and nothing more comes in.",
        ),
    ),
    examples=(
        Example(
            "Dyn's name servers were flooded by cameras and recorders, and retries of honest resolvers multiplied the load.",
            "2016-10-21",
            "Dyn",
        ),
        Example(
            "GitHub was flooded by answers of open memcached servers, and sent its traffic through a scrubbing service.",
            "2018-02-28",
            "GitHub Engineering",
        ),
        Example(
            "Azure Front Door was flooded, and a mistake in its own defences made it worse.",
            "2024-07-30",
            "Microsoft",
        ),
    ),
)
