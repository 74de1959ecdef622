"""Broken machine: a disk, switch, router, memory or another part of a machine broke, and the spare did not take over."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("change.failover", 5.0, "The spare was to take over, and did not."),
    Speaks("change.none", 5.0, "It needs no change."),
    Speaks("scope.single-dc", 4.0, "A machine stands in one place."),
    Speaks("notice.place", 4.0, "The vendor names the place."),
    Speaks("traffic.usual", 4.0, "Nothing more comes in."),
    Speaks("symptom.packet-loss", 3.0, "A failing switch drops packets."),
    Speaks("symptom.data", 3.0, "Disks fail."),
    Speaks("symptom.post", 2.0, "Broken storage takes nothing."),
    Speaks("symptom.jobs", 2.0, "Work on that machine stops."),
    Speaks("symptom.origin-page", 2.0, "What stands before it still answers."),
    Speaks("symptom.slow", 2.0, "Broken parts limp before they die."),
    Speaks("symptom.voice", 2.0, "Exchanges are machines."),
    Speaks("scope.part", 2.0, "What runs on that machine fails."),
    Speaks("onset.gradual", 2.0, "Broken parts limp before they die."),
    Speaks("notice.connectivity", 2.0, "Routers and switches are the usual parts."),
    Speaks("scope.regional", 1.0, "A router serves a region."),
    Speaks("onset.waves", 1.0, "A loose part comes and goes."),
    Speaks("time.weekend", 1.0, "Parts do not know weekends, spares do."),
    Speaks("time.off-peak", 1.0, "Parts do not know hours."),
    Speaks("change.maintenance", 1.0, "Work disturbs old parts."),
    Speaks("co.dependents", 1.0, "All that uses that storage fails."),
    Speaks("traffic.people", -2.0, "Visitors have no part in it."),
    Speaks("symptom.dns", -2.0, "Name servers mostly stand in two places."),
    Speaks("change.near", -3.0, "It does not wait for a change."),
    Speaks("scope.global", -4.0, "A machine stands in one place."),
    Speaks("symptom.4xx", -4.0, "Whoever gets such a page got there."),
    Speaks("time.event", -4.0, "Crowds have no part in it."),
    Speaks("time.window", -4.0, "Announced work explains it better."),
    Speaks("co.cloud", -4.0, "A failure of the cloud explains it better."),
    Speaks("traffic.surge", -5.0, "It does not need more traffic."),
    Speaks("change.config", -5.0, "A setting explains it better."),
    Speaks("symptom.full", -5.0, "It is not a crowd."),
    Speaks("symptom.app-crash", -5.0, "It does not touch devices."),
    Speaks("change.deploy", -6.0, "A new version explains it better."),
    Speaks("symptom.challenge", -6.0, "Nobody is asked for proof."),
    Speaks("symptom.tls", -6.0, "It does not touch certificates."),
    Speaks("traffic.packets", -7.0, "It is not a flood."),
    Speaks("symptom.tls-expired", -7.0, "An expired certificate names another cause."),
)  # fmt: skip

CAUSE = Cause(
    id="hardware",
    family="physical",
    name="Broken machine",
    phrase="a machine that broke",
    what="A disk, switch, router, memory or another part of a machine broke, and the spare did not take over.",
    does="Replace the part, or switch to the spare by hand.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.66,
            "cdn": 0.03,
            "cloud": 0.18,
            "dns-host": 0.01,
            "access-network": 0.09,
            "third-party": 0.03,
        }
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.93, "human-error": 0.04, "third-party-failure": 0.03}
    ),
    confused=(
        Confused(
            "power-cooling",
            "A machine takes what runs on it. Current and heat take rows and rooms.",
        ),
        Confused(
            "software-defect",
            "A fault in a program strikes all machines that run it, a broken part strikes one.",
        ),
        Confused(
            "data-db", "If the storage is whole and what stands on it is wrong, it is the data."
        ),
        Confused(
            "fibre-cut",
            "Both lose packets. A part is exchanged where it stands, a line must be found and spliced.",
        ),
    ),
    examples=(
        Example(
            "A router of Southwest Airlines broke in part, and the spare did not take over.",
            "2016-07-20",
            "Southwest Airlines",
        ),
        Example(
            "Memory of a disk unit broke at the Tokyo Stock Exchange, and the spare did not take over.",
            "2020-10-01",
            "Japan Exchange Group",
        ),
    ),
)
