"""Mistake in names (DNS): records, signatures or the delegation of its name are wrong or lost, so that nobody finds it."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("change.dns", 12.0, "A change of names is its beginning."),
    Speaks("notice.dns", 10.0, "The vendor speaks of names."),
    Speaks("symptom.dns", 9.0, "Names are what fails."),
    Speaks("symptom.servfail", 7.0, "Signatures of names that are broken look so."),
    Speaks("traffic.drop", 6.0, "Nobody finds the way any more."),
    Speaks("symptom.nxdomain", 5.0, "Records were lost or wrong."),
    Speaks("co.own-page", 4.0, "The status page has the same name."),
    Speaks("scope.global", 3.0, "Names are the same everywhere."),
    Speaks("change.config", 2.0, "Zones are configuration."),
    Speaks("change.migration", 2.0, "Names are moved with the rest."),
    Speaks("change.far", 2.0, "Old answers live in caches until they run out."),
    Speaks("symptom.unreachable", 2.0, "Without a name nobody gets there."),
    Speaks("co.dependents", 2.0, "All under that name fail."),
    Speaks("co.peers", 2.0, "All who use those name servers fail."),
    Speaks("co.many", 2.0, "All who use those name servers fail."),
    Speaks("onset.gradual", 2.0, "Caches run out one after another."),
    Speaks("symptom.dns-timeout", 1.0, "Name servers may stand still by a mistake."),
    Speaks("symptom.login", 1.0, "The place to sign in has a name of its own."),
    Speaks("traffic.people", -2.0, "Visitors have no part in it."),
    Speaks("symptom.tls", -2.0, "Whoever gets a certificate found it."),
    Speaks("onset.waves", -2.0, "It lasts until records are right."),
    Speaks("change.deploy", -3.0, "A new version explains it better."),
    Speaks("co.cloud", -3.0, "A failure of the cloud explains it better."),
    Speaks("symptom.slow", -3.0, "It is found or it is not."),
    Speaks("scope.part", -3.0, "A name takes everything with it."),
    Speaks("traffic.requests", -5.0, "Requests do not arrive."),
    Speaks("scope.single-dc", -5.0, "Names do not know places."),
    Speaks("change.none", -5.0, "It is mostly a change."),
    Speaks("traffic.surge", -6.0, "It takes traffic away."),
    Speaks("symptom.packet-loss", -6.0, "It does not touch lines."),
    Speaks("symptom.5xx", -6.0, "Whoever gets an error page found it."),
    Speaks("symptom.503", -6.0, "It is not overload."),
    Speaks("symptom.data", -6.0, "It does not touch data."),
    Speaks("symptom.bgp", -7.0, "Where routes changed, names went with them."),
    Speaks("traffic.packets", -7.0, "It is not a flood."),
    Speaks("symptom.full", -8.0, "It is not a crowd."),
)  # fmt: skip

CAUSE = Cause(
    id="dns-error",
    family="change",
    name="Mistake in names (DNS)",
    phrase="a mistake in its names (DNS)",
    what="Records, signatures or the delegation of its name are wrong or lost, so that nobody finds it.",
    does="Correct the records at the registrar or name server, and wait until caches have forgotten the wrong ones.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.56,
            "cdn": 0.04,
            "cloud": 0.1,
            "dns-host": 0.24,
            "access-network": 0.03,
            "third-party": 0.03,
        }
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.28, "human-error": 0.67, "third-party-failure": 0.05}
    ),
    confused=(
        Confused(
            "dependency",
            "If other names at the same name host fail too, the host failed. If only this one does, its records are wrong.",
        ),
        Confused(
            "bgp-routing-error",
            "Name servers that are away answer nothing. Name servers that answer wrongly were told wrong things.",
        ),
        Confused(
            "ddos-volumetric",
            "A flooded name server is silent or slow. A mistake is answered fast, and wrongly.",
        ),
        Confused(
            "attack-other",
            "A mistake leads nowhere. A name that was taken over leads to somebody else's machines.",
        ),
    ),
    examples=(
        Example(
            "Slack's name did not resolve for many after signatures (DNSSEC) were taken back.",
            "2021-09-30",
            "Slack Engineering",
        ),
        Example(
            "Two copies of an automation raced and left the name of DynamoDB in us-east-1 without addresses.",
            "2025-10-20",
            "Amazon Web Services",
        ),
    ),
)
