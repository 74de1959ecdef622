"""Never told: the cause was never published, or nobody ever found it."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("change.none", 2.0, "Where no change is found, mostly nothing else is."),
    Speaks("co.none", 2.0, "Where nothing fails beside it, nobody else tells the cause."),
    Speaks("traffic.usual", 1.0, "Where traffic is as usual, one sign less is there."),
    Speaks("onset.waves", 1.0, "What comes and goes by itself is seldom explained."),
    Speaks("symptom.slow", 1.0, "Slowness leaves few traces outside."),
    Speaks("symptom.5xx", 1.0, "An error page tells that it fails and not why."),
    Speaks("symptom.post", 1.0, "Failures that are seen by users alone are seldom explained."),
    Speaks("notice.posted", -3.0, "Who posts notices mostly tells the cause in the end."),
    Speaks("symptom.dns", -3.0, "Names are public and mostly tell the cause."),
    Speaks("time.date-boundary", -4.0, "An instant at which dates turn points to the cause."),
    Speaks("change.deploy", -4.0, "A change that is known is mostly the cause."),
    Speaks("change.config", -4.0, "A change that is known is mostly the cause."),
    Speaks("traffic.packets", -4.0, "A flood that is seen is the cause."),
    Speaks("symptom.maintenance", -5.0, "A page that says maintenance tells the cause."),
    Speaks("co.cloud", -5.0, "A provider that fails tells the cause in public."),
    Speaks("co.cdn", -5.0, "A provider that fails tells the cause in public."),
    Speaks("notice.maintenance", -5.0, "The vendor tells the cause."),
    Speaks("symptom.bgp", -6.0, "Routes are public and tell the cause."),
    Speaks("time.window", -7.0, "An announced window tells the cause."),
    Speaks("symptom.tls-expired", -10.0, "An expired certificate tells the cause itself."),
    Speaks("symptom.defaced", -10.0, "A stranger's message tells the cause itself."),
)  # fmt: skip

CAUSE = Cause(
    id="unknown",
    family="unknown",
    name="Never told",
    phrase="a cause that was never told",
    what="The cause was never published, or nobody ever found it.",
    does="Keep what was measured, and ask the vendor.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.66,
            "cdn": 0.05,
            "cloud": 0.12,
            "dns-host": 0.03,
            "access-network": 0.06,
            "client": 0.01,
            "third-party": 0.07,
        }
    ),
    agencies=MappingProxyType(
        {
            "system-failure": 0.56,
            "human-error": 0.28,
            "natural-phenomenon": 0.02,
            "third-party-failure": 0.14,
        }
    ),
    confused=(
        Confused(
            "software-defect",
            "An inner fault that nobody outside can see looks the same. Only the vendor can tell.",
        ),
        Confused(
            "data-db",
            "A database that stands still shows outside as errors and slowness. Only the vendor can tell.",
        ),
        Confused(
            "hardware",
            "A machine that broke shows outside as any failure does. Only the vendor can tell.",
        ),
    ),
    examples=(
        Example(
            "X's live audio failed at a crowded interview, and no cause was ever established.",
            "2024-08-12",
            "Associated Press",
        ),
        Example(
            "PlayStation Network was away for about a day, and Sony spoke of an operational issue.",
            "2025-02-07",
            "Sony",
        ),
    ),
)
