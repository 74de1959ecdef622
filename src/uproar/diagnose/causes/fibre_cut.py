"""Cut line: a cable or line was cut, so that a place or a network hangs on what remains."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("symptom.packet-loss", 8.0, "What remains of the lines is too full."),
    Speaks("scope.regional", 7.0, "Those behind the cut are lost."),
    Speaks("traffic.drop", 7.0, "Packets do not arrive any more."),
    Speaks("scope.single-isp", 5.0, "One carrier's line is cut."),
    Speaks("symptom.unreachable", 5.0, "The line is gone."),
    Speaks("co.peers", 5.0, "All on that line fail."),
    Speaks("notice.connectivity", 5.0, "The vendor speaks of its network."),
    Speaks("co.isp", 4.0, "The carrier has a failure."),
    Speaks("symptom.voice", 4.0, "Calls go over the same line."),
    Speaks("notice.place", 4.0, "The vendor names the place."),
    Speaks("change.none", 4.0, "It needs no change."),
    Speaks("symptom.bgp-withdrawn", 3.0, "Routes go with the line."),
    Speaks("onset.sudden", 3.0, "A digger needs a second."),
    Speaks("co.many", 2.0, "All on that line fail."),
    Speaks("symptom.bgp", 2.0, "Routes change as lines go."),
    Speaks("symptom.timeout", 2.0, "Packets take a long way or none."),
    Speaks("change.maintenance", 2.0, "Work on other lines leaves one alone."),
    Speaks("scope.single-dc", 2.0, "A building may hang on one line."),
    Speaks("symptom.slow", 1.0, "What remains carries all."),
    Speaks("time.weekend", 1.0, "Spares are far on weekends."),
    Speaks("traffic.people", -4.0, "Visitors have no part in it."),
    Speaks("symptom.login", -4.0, "All fails, not signing in alone."),
    Speaks("co.none", -4.0, "Neighbours fail with it."),
    Speaks("change.near", -5.0, "It does not wait for a change."),
    Speaks("onset.waves", -5.0, "It comes back once it is spliced."),
    Speaks("symptom.jobs", -5.0, "What runs inside goes on."),
    Speaks("time.event", -5.0, "Crowds have no part in it."),
    Speaks("scope.part", -6.0, "It takes all behind it."),
    Speaks("symptom.5xx", -6.0, "Whoever gets an error page got there."),
    Speaks("symptom.4xx", -6.0, "Whoever gets an error page got there."),
    Speaks("traffic.packets", -7.0, "It is not a flood."),
    Speaks("traffic.requests", -7.0, "Requests do not arrive."),
    Speaks("onset.gradual", -7.0, "Lines do not creep."),
    Speaks("symptom.full", -7.0, "It is not a crowd."),
    Speaks("symptom.tls", -7.0, "It does not touch certificates."),
    Speaks("symptom.app-crash", -7.0, "It does not touch devices."),
    Speaks("change.config", -8.0, "A setting explains it better."),
    Speaks("scope.global", -8.0, "A cut is somewhere."),
    Speaks("symptom.data", -8.0, "Lines do not touch data."),
    Speaks("symptom.tls-expired", -8.0, "An expired certificate names another cause."),
    Speaks("traffic.surge", -9.0, "It takes traffic away."),
    Speaks("change.deploy", -10.0, "A new version explains it better."),
)  # fmt: skip

CAUSE = Cause(
    id="fibre-cut",
    family="physical",
    name="Cut line",
    phrase="a line that was cut",
    what="A cable or line was cut, so that a place or a network hangs on what remains.",
    does="Move traffic to other lines, and wait for the carrier to splice.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {"origin": 0.12, "cdn": 0.02, "cloud": 0.1, "access-network": 0.52, "third-party": 0.24}
    ),
    agencies=MappingProxyType(
        {
            "system-failure": 0.11,
            "human-error": 0.12,
            "natural-phenomenon": 0.23,
            "third-party-failure": 0.54,
        }
    ),
    confused=(
        Confused(
            "dependency",
            "If the line is a carrier's, the carrier names the cut. If it names something else, it is the carrier's failure.",
        ),
        Confused(
            "bgp-routing-error",
            "After a cut routes go with the line and stay away. Wrong routes appear elsewhere.",
        ),
        Confused(
            "power-cooling", "If what can be reached by another way still runs, it is the line."
        ),
        Confused(
            "hardware",
            "A router that is exchanged comes back in an hour or two. A line takes a splice.",
        ),
    ),
    examples=(
        Example(
            "A line in Hangzhou was cut and Alipay failed for many of its users.",
            "2015-05-27",
            "Alipay",
        ),
        Example(
            "The only cable of Tonga was torn by the eruption of a volcano.",
            "2022-01-15",
            "Tonga Cable",
        ),
        Example("Several cables off West Africa were cut at once.", "2024-03-14", "MainOne"),
    ),
)
