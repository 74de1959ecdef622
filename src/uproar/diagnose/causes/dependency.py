"""Failure of a provider: it runs well itself, but a cloud, content network, name host, carrier or other service that it needs has failed."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("co.cloud", 13.0, "What it runs on has failed."),
    Speaks("co.cdn", 12.0, "What stands before it has failed."),
    Speaks("co.dns", 12.0, "Whoever serves its names has failed."),
    Speaks("co.third-party", 12.0, "Somebody whom it needs has failed."),
    Speaks("co.isp", 7.0, "The network that carries it has failed."),
    Speaks("co.peers", 4.0, "Others who use the same provider fail."),
    Speaks("symptom.partial", 4.0, "Parts that come from elsewhere are missing."),
    Speaks("co.own-page", 4.0, "The status page uses the same provider."),
    Speaks("change.none", 4.0, "It changed nothing itself."),
    Speaks("co.many", 3.0, "Others who use the same provider fail."),
    Speaks("symptom.dns-timeout", 3.0, "The provider of its names does not answer."),
    Speaks("traffic.drop", 3.0, "Visitors are lost before they arrive."),
    Speaks("notice.dns", 2.0, "Its names stand with somebody else."),
    Speaks("symptom.login", 2.0, "Signing in is often somebody else's service."),
    Speaks("symptom.app-crash", 2.0, "A part by somebody else crashes it."),
    Speaks("symptom.api", 2.0, "Calls to others fail."),
    Speaks("traffic.usual", 2.0, "Nothing more comes in."),
    Speaks("symptom.dns", 1.0, "Its names stand with somebody else."),
    Speaks("symptom.origin-page", 1.0, "What stands before it and what stands behind are different firms."),
    Speaks("notice.errors", 1.0, "The vendor sees errors."),
    Speaks("time.business", 1.0, "Providers change things in working hours."),
    Speaks("co.dependents", -2.0, "It depends on others rather than others on it."),
    Speaks("traffic.people", -3.0, "Visitors have no part in it."),
    Speaks("change.near", -3.0, "A change of its own explains it better."),
    Speaks("time.event", -3.0, "Crowds have no part in it."),
    Speaks("scope.single-dc", -3.0, "The building explains it better."),
    Speaks("change.maintenance", -4.0, "Work of its own explains it better."),
    Speaks("symptom.full", -4.0, "It is not a crowd."),
    Speaks("symptom.tls-expired", -4.0, "Its own certificate names another cause."),
    Speaks("symptom.data", -4.0, "Data are mostly its own."),
    Speaks("symptom.maintenance", -4.0, "Nobody prepared a page for it."),
    Speaks("traffic.repeated", -5.0, "It is not a flood."),
    Speaks("change.config", -5.0, "A change of its own explains it better."),
    Speaks("traffic.surge", -6.0, "It does not need more traffic."),
    Speaks("change.deploy", -6.0, "A change of its own explains it better."),
    Speaks("time.window", -6.0, "Announced work explains it better."),
    Speaks("traffic.packets", -7.0, "It is not a flood."),
    Speaks("co.none", -12.0, "If nobody else fails, nobody else is the cause."),
)  # fmt: skip

CAUSE = Cause(
    id="dependency",
    family="dependency",
    name="Failure of a provider",
    phrase="a failure of somebody else whom it needs",
    what="It runs well itself, but a cloud, content network, name host, carrier or other service that it needs has failed.",
    does="Call the provider, switch to another one if there is one, and tell users whose failure it is.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {"cdn": 0.18, "cloud": 0.34, "dns-host": 0.12, "access-network": 0.17, "third-party": 0.19}
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.04, "human-error": 0.02, "third-party-failure": 0.94}
    ),
    confused=(
        Confused(
            "config-error",
            "If others who use the same provider run well, look at its own settings.",
        ),
        Confused(
            "fibre-cut",
            "A carrier that names a cut has told the cause. A carrier that is silent is only whom it depends on.",
        ),
        Confused(
            "dns-error", "If other names at the same name host resolve, its own records are wrong."
        ),
        Confused(
            "software-defect",
            "A small failure of another firm should not take all down. If it did, there are two causes.",
        ),
    ),
    examples=(
        Example(
            "Twitter, Spotify and many others were not found while Dyn, who served their names, was flooded.",
            "2016-10-21",
            "Dyn",
        ),
        Example(
            "Spotify signed its users out while Google Cloud's Traffic Director failed.",
            "2022-03-08",
            "Spotify Engineering",
        ),
        Example(
            "Cloudflare's Workers KV failed with Google Cloud, which stored its data.",
            "2025-06-12",
            "Cloudflare",
        ),
    ),
)
