"""Dates and clocks: a program does not bear a date, a leap day or second, or the turn of a counter of time."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("time.date-boundary", 13.0, "It begins where dates turn."),
    Speaks("time.midnight", 11.0, "It begins where days turn."),
    Speaks("co.peers", 5.0, "All who run the same program fail at the same second."),
    Speaks("symptom.app-crash", 5.0, "Devices stop at the same instant."),
    Speaks("change.none", 5.0, "Nothing needs to change for a date to come."),
    Speaks("co.many", 4.0, "All who run the same program fail at the same second."),
    Speaks("scope.global", 4.0, "Dates turn everywhere."),
    Speaks("onset.sudden", 4.0, "It begins at a second."),
    Speaks("traffic.usual", 3.0, "Nothing more comes in."),
    Speaks("time.weekend", 3.0, "Years and leap seconds turn on holidays."),
    Speaks("symptom.login", 2.0, "Times in tickets and tokens are wrong."),
    Speaks("symptom.jobs", 2.0, "What is planned by date does not run."),
    Speaks("symptom.data", 2.0, "Dates are stored wrongly."),
    Speaks("scope.part", 2.0, "What reckons with dates fails."),
    Speaks("time.off-peak", 2.0, "Midnight is a quiet hour."),
    Speaks("symptom.tls", 1.0, "A wrong clock trusts no certificate."),
    Speaks("symptom.5xx", 1.0, "The program runs and fails."),
    Speaks("change.far", 1.0, "It came with a change long ago."),
    Speaks("symptom.unreachable", -2.0, "The servers mostly still answer."),
    Speaks("traffic.people", -3.0, "Visitors have no part in it."),
    Speaks("onset.waves", -3.0, "Dates turn once."),
    Speaks("time.business", -3.0, "Dates turn at night."),
    Speaks("traffic.surge", -4.0, "It does not need more traffic."),
    Speaks("symptom.tls-expired", -4.0, "An expired certificate names another cause."),
    Speaks("symptom.dns", -4.0, "It does not touch names."),
    Speaks("onset.gradual", -4.0, "It begins at a second."),
    Speaks("scope.regional", -4.0, "Dates turn everywhere."),
    Speaks("time.window", -4.0, "Announced work explains it better."),
    Speaks("co.cloud", -4.0, "A failure of the cloud explains it better."),
    Speaks("change.deploy", -5.0, "A new version explains it better."),
    Speaks("change.config", -5.0, "A setting explains it better."),
    Speaks("change.near", -5.0, "It does not wait for a change."),
    Speaks("symptom.slow", -5.0, "It works or it does not."),
    Speaks("symptom.packet-loss", -5.0, "It does not touch lines."),
    Speaks("symptom.full", -6.0, "It is not a crowd."),
    Speaks("scope.single-dc", -6.0, "Dates turn everywhere."),
    Speaks("symptom.bgp", -7.0, "It does not touch routes."),
    Speaks("traffic.packets", -8.0, "It is not a flood."),
)  # fmt: skip

CAUSE = Cause(
    id="date-time-bug",
    family="software-data",
    name="Dates and clocks",
    phrase="a date or clock that a program does not expect",
    what="A program does not bear a date, a leap day or second, or the turn of a counter of time.",
    does="Set the clock or the date by hand where that is safe, and mend the program before the next turn.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.58,
            "cdn": 0.03,
            "cloud": 0.1,
            "dns-host": 0.01,
            "access-network": 0.08,
            "client": 0.12,
            "third-party": 0.08,
        }
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.8, "human-error": 0.15, "third-party-failure": 0.05}
    ),
    confused=(
        Confused(
            "tls-cert",
            "The certificate itself tells when it ended. If it is valid, a clock or a date is to blame.",
        ),
        Confused(
            "software-defect",
            "If others fail at the very same second, or a round date has passed, it is the date.",
        ),
        Confused("planned-maintenance", "Windows begin at full hours too, but were announced."),
    ),
    examples=(
        Example(
            "Azure stood still on a leap day, because certificates were made out for a day that does not exist.",
            "2012-02-29",
            "Microsoft",
        ),
        Example(
            "A leap second stopped Linux servers, those of Reddit among them.",
            "2012-07-01",
            "Reddit",
        ),
        Example(
            "A leap second made a time negative in Cloudflare's name servers.",
            "2017-01-01",
            "Cloudflare",
        ),
    ),
)
