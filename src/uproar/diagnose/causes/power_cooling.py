"""Power or cooling: a data centre has no current, or is too hot to run."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("scope.single-dc", 12.0, "One building loses current or overheats."),
    Speaks("notice.place", 8.0, "The vendor names the building or zone."),
    Speaks("co.peers", 4.0, "All in the same building fail."),
    Speaks("symptom.unreachable", 4.0, "Machines without current answer nothing."),
    Speaks("change.maintenance", 4.0, "Work on the supply trips it."),
    Speaks("traffic.drop", 4.0, "Nothing arrives where nothing runs."),
    Speaks("scope.regional", 3.0, "A region hangs on that building, or the grid failed."),
    Speaks("co.many", 3.0, "All in the same building fail."),
    Speaks("co.own-page", 3.0, "The status page stood there as well."),
    Speaks("symptom.origin-page", 3.0, "What stands elsewhere still answers in their place."),
    Speaks("symptom.bgp-withdrawn", 3.0, "Routers without current withdraw their routes."),
    Speaks("change.failover", 3.0, "Switching to the spare supply failed."),
    Speaks("onset.sudden", 3.0, "Current is gone from one second to the next."),
    Speaks("change.none", 3.0, "It needs no change."),
    Speaks("co.dependents", 2.0, "All that runs there fails."),
    Speaks("symptom.voice", 2.0, "Masts need current."),
    Speaks("time.weekend", 2.0, "Electricians work, and few watch, on weekends."),
    Speaks("time.off-peak", 2.0, "Electricians work at night."),
    Speaks("symptom.data", 1.0, "Disks do not like to lose current."),
    Speaks("onset.gradual", -1.0, "Only heat creeps."),
    Speaks("symptom.dns", -1.0, "Names mostly stand in two places."),
    Speaks("change.near", -2.0, "It does not wait for a change."),
    Speaks("traffic.internal", -3.0, "Machines without current ask nothing."),
    Speaks("scope.part", -3.0, "It takes all in the building."),
    Speaks("scope.single-isp", -3.0, "It takes all in the building."),
    Speaks("traffic.people", -4.0, "Visitors have no part in it."),
    Speaks("onset.waves", -4.0, "It comes back once."),
    Speaks("symptom.slow", -4.0, "It runs or it does not."),
    Speaks("time.event", -4.0, "Crowds have no part in it."),
    Speaks("change.config", -6.0, "A setting explains it better."),
    Speaks("scope.global", -6.0, "Few services stand in one building alone."),
    Speaks("symptom.tls", -6.0, "It does not touch certificates."),
    Speaks("symptom.4xx", -6.0, "Whoever gets an error page got there."),
    Speaks("symptom.app-crash", -6.0, "It does not touch devices."),
    Speaks("symptom.full", -7.0, "It is not a crowd."),
    Speaks("symptom.tls-expired", -7.0, "An expired certificate names another cause."),
    Speaks("traffic.surge", -8.0, "It takes traffic away."),
    Speaks("traffic.packets", -8.0, "It is not a flood."),
    Speaks("change.deploy", -8.0, "A new version explains it better."),
)  # fmt: skip

CAUSE = Cause(
    id="power-cooling",
    family="physical",
    name="Power or cooling",
    phrase="a failure of power or cooling",
    what="A data centre has no current, or is too hot to run.",
    does="Restore current or cooling, bring machines up in order, and move what can be moved to another site.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.46,
            "cdn": 0.02,
            "cloud": 0.38,
            "dns-host": 0.01,
            "access-network": 0.06,
            "third-party": 0.07,
        }
    ),
    agencies=MappingProxyType(
        {
            "system-failure": 0.57,
            "human-error": 0.14,
            "natural-phenomenon": 0.17,
            "third-party-failure": 0.12,
        }
    ),
    confused=(
        Confused(
            "maintenance-migration",
            "If work on the supply tripped it, both are true, and the building is what failed.",
        ),
        Confused(
            "hardware", "A machine takes what runs on it. Current and heat take rows and rooms."
        ),
        Confused(
            "fibre-cut",
            "Both take a place away. After a cut machines run on and come back at once, after a loss of current they come back one by one.",
        ),
        Confused(
            "dependency",
            "If the building is another firm's, it is that firm's power and this service's provider.",
        ),
    ),
    examples=(
        Example(
            "A data centre of British Airways lost current, and came back in a way that damaged machines.",
            "2017-05-27",
            "International Airlines Group",
        ),
        Example(
            "A fire that began in one building of OVHcloud in Strasbourg took the whole site away.",
            "2021-03-10",
            "OVHcloud",
        ),
        Example(
            "Cooling failed in data centres of Google and Oracle in London on the hottest day.",
            "2022-07-19",
            "Google Cloud",
        ),
    ),
)
