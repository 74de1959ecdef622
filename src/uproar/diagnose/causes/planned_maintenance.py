"""Planned work: it is closed on purpose, for work that was announced."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("time.window", 14.0, "It was announced for that time."),
    Speaks("symptom.maintenance", 13.0, "A page was prepared for it."),
    Speaks("notice.maintenance", 12.0, "The vendor says that it is planned."),
    Speaks("change.maintenance", 8.0, "The work is what this is."),
    Speaks("time.off-peak", 6.0, "Work is done at quiet hours."),
    Speaks("co.none", 4.0, "It closes alone."),
    Speaks("change.migration", 3.0, "Moves are announced."),
    Speaks("time.weekend", 2.0, "Work is done on weekends."),
    Speaks("symptom.503", 2.0, "Closed pages are answered so."),
    Speaks("traffic.usual", 2.0, "Nothing more comes in."),
    Speaks("symptom.login", 1.0, "Signing in is closed first."),
    Speaks("scope.single-dc", 1.0, "Work is on one place."),
    Speaks("traffic.drop", 1.0, "People were told and stay away."),
    Speaks("onset.sudden", 1.0, "It is closed at the minute that was told."),
    Speaks("time.midnight", 1.0, "Windows begin at full hours."),
    Speaks("change.deploy", -2.0, "New versions are rolled out without closing."),
    Speaks("change.config", -3.0, "Settings are changed without closing."),
    Speaks("symptom.full", -3.0, "A page that says full is not one that says closed."),
    Speaks("symptom.timeout", -3.0, "It answers that it is closed."),
    Speaks("symptom.5xx", -3.0, "A prepared page takes the place of errors."),
    Speaks("symptom.slow", -4.0, "It is closed, not slow."),
    Speaks("traffic.retries", -5.0, "Nothing is flooded."),
    Speaks("time.business", -5.0, "Nobody plans it for working hours."),
    Speaks("onset.waves", -5.0, "It is closed once."),
    Speaks("onset.gradual", -5.0, "It is closed at once."),
    Speaks("symptom.bgp", -5.0, "It does not touch routes."),
    Speaks("co.peers", -5.0, "It closes alone."),
    Speaks("co.many", -5.0, "It closes alone."),
    Speaks("notice.errors", -5.0, "Nobody plans errors."),
    Speaks("symptom.data", -6.0, "Nobody plans to lose data."),
    Speaks("symptom.dns", -6.0, "It does not touch names."),
    Speaks("symptom.tls", -6.0, "It does not touch certificates."),
    Speaks("co.cloud", -6.0, "A failure of the cloud explains it better."),
    Speaks("co.own-page", -6.0, "The status page stays up to tell of it."),
    Speaks("symptom.packet-loss", -7.0, "It does not touch lines."),
    Speaks("symptom.tls-expired", -7.0, "Nobody plans to let a certificate expire."),
    Speaks("traffic.surge", -8.0, "It does not need more traffic."),
    Speaks("time.event", -8.0, "Nobody plans it for a crowd."),
    Speaks("traffic.packets", -9.0, "It is not a flood."),
    Speaks("change.none", -10.0, "It is a change."),
)  # fmt: skip

CAUSE = Cause(
    id="planned-maintenance",
    family="planned",
    name="Planned work",
    phrase="work that was planned and announced",
    what="It is closed on purpose, for work that was announced.",
    does="Wait: tell users when it opens again, and tell it earlier next time.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.9,
            "cdn": 0.01,
            "cloud": 0.04,
            "dns-host": 0.01,
            "access-network": 0.02,
            "third-party": 0.02,
        }
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.06, "human-error": 0.88, "third-party-failure": 0.06}
    ),
    confused=(
        Confused(
            "maintenance-migration",
            "If it ends at the time that was told and the page was prepared, it is planned. If not, work went wrong.",
        ),
        Confused(
            "attack-other",
            "A page of maintenance that nobody announced, and that stays for days, hides something.",
        ),
        Confused(
            "capacity-limit",
            "A page that says full asks to wait. A page that says closed tells when it opens.",
        ),
    ),
    examples=(
        Example(
            "The page for signing in to Universal Credit was closed for a while for an update.",
            "2025-03",
            "Department for Work and Pensions",
        ),
        Example(
            "The worlds of Final Fantasy XIV were closed for a day before a new part of the game opened.",
            "2021-12-02",
            "Square Enix",
        ),
    ),
)
