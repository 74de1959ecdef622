"""Limit reached: something that it needs is full or used up: memory, disk, connections, threads, a quota."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("traffic.no-attack", 3.0, "People came, and it had no room for them."),
    Speaks("onset.gradual", 7.0, "Something fills up until it is full."),
    Speaks("symptom.full", 6.0, "It says that there is no more room."),
    Speaks("symptom.slow", 5.0, "Queues grow before they break."),
    Speaks("symptom.503", 4.0, "It is overloaded and says so."),
    Speaks("time.business", 4.0, "The limit is met at the daily peak."),
    Speaks("change.capacity", 4.0, "Room was taken away, or too little added."),
    Speaks("traffic.people", 4.0, "The usual clients suffice to fill it."),
    Speaks("notice.slow", 4.0, "The vendor speaks of slowness."),
    Speaks("symptom.jobs", 3.0, "Work piles up."),
    Speaks("time.event", 3.0, "The limit is met at a peak."),
    Speaks("symptom.timeout", 2.0, "Requests wait too long."),
    Speaks("symptom.5xx", 2.0, "Servers answer, with errors."),
    Speaks("symptom.login", 2.0, "The service that signs people in is often the narrowest."),
    Speaks("symptom.post", 2.0, "A full disk takes nothing more."),
    Speaks("change.far", 2.0, "A change some time ago made it dearer."),
    Speaks("traffic.internal", 2.0, "Its own parts use up a limit."),
    Speaks("traffic.api", 2.0, "Programs use up quotas."),
    Speaks("scope.part", 2.0, "The part that is full fails."),
    Speaks("co.none", 2.0, "Only this service is full."),
    Speaks("symptom.api", 1.0, "Quotas strike programs first."),
    Speaks("traffic.surge", 1.0, "A little more than usual suffices."),
    Speaks("traffic.retries", 1.0, "Who is turned away comes again."),
    Speaks("scope.regional", 1.0, "Room is bought by region."),
    Speaks("symptom.data", -2.0, "It seldom spoils data."),
    Speaks("notice.place", -2.0, "Room is rarely short in one place alone."),
    Speaks("onset.sudden", -3.0, "Things fill up slowly."),
    Speaks("symptom.unreachable", -3.0, "The servers still answer."),
    Speaks("co.own-page", -3.0, "The status page has room."),
    Speaks("traffic.foreign", -4.0, "Customers are where they always are."),
    Speaks("symptom.dns", -4.0, "It does not touch names."),
    Speaks("co.cloud", -4.0, "A failure of the cloud explains it better."),
    Speaks("traffic.drop", -5.0, "Nobody is cut off before it."),
    Speaks("time.off-peak", -5.0, "Nights are quiet."),
    Speaks("time.window", -6.0, "Announced work explains it better."),
    Speaks("symptom.tls-expired", -6.0, "An expired certificate names another cause."),
    Speaks("traffic.packets", -7.0, "It is not a flood."),
    Speaks("symptom.bgp", -7.0, "It does not touch routes."),
    Speaks("symptom.tls", -7.0, "It does not touch certificates."),
)  # fmt: skip

CAUSE = Cause(
    id="capacity-limit",
    family="load",
    name="Limit reached",
    phrase="a limit that was reached",
    what="Something that it needs is full or used up: memory, disk, connections, threads, a quota.",
    does="Make room or raise the limit, and shed load until then.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.76,
            "cdn": 0.04,
            "cloud": 0.14,
            "dns-host": 0.01,
            "access-network": 0.03,
            "third-party": 0.02,
        }
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.66, "human-error": 0.3, "third-party-failure": 0.04}
    ),
    confused=(
        Confused(
            "organic-surge",
            "If more people came than ever, it is they. If as many came as always, something was used up.",
        ),
        Confused(
            "cascade-retry",
            "A limit lets go when load falls. An overload that feeds itself stays although load has fallen.",
        ),
        Confused(
            "data-db",
            "Queries that slow down everything fill connections. The database was first if its own times grew first.",
        ),
        Confused(
            "software-defect",
            "A leak fills memory at any load and again after each start. A limit is met at peaks.",
        ),
    ),
    examples=(
        Example(
            "Servers added to Kinesis pushed each of its front ends past a limit of threads.",
            "2020-11-25",
            "Amazon Web Services",
        ),
        Example(
            "Roblox's store for finding services met more reading and writing than it could bear.",
            "2021-10-28",
            "Roblox",
        ),
        Example(
            "ChatGPT's routing nodes ran out of memory under the highest traffic until then.",
            "2023-11-08",
            "OpenAI",
        ),
    ),
)
