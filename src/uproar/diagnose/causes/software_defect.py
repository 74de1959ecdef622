"""Old fault in a program: a fault that lay in a program for long was woken by something that nobody tried."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("symptom.app-crash", 5.0, "A defect crashes the program."),
    Speaks("change.none", 5.0, "It lay there and waited."),
    Speaks("scope.part", 4.0, "The part that holds the defect fails."),
    Speaks("onset.gradual", 4.0, "Leaks grow until they break."),
    Speaks("symptom.jobs", 4.0, "Defects in the background show as delay."),
    Speaks("change.far", 4.0, "It came with a change long ago."),
    Speaks("traffic.usual", 4.0, "Nothing more comes in."),
    Speaks("onset.waves", 3.0, "It is started again and falls again."),
    Speaks("symptom.data", 3.0, "A defect may spoil data."),
    Speaks("notice.errors", 3.0, "The vendor sees errors."),
    Speaks("symptom.5xx", 2.0, "The program runs and fails."),
    Speaks("symptom.api", 2.0, "Programs meet what nobody tried."),
    Speaks("symptom.partial", 2.0, "Parts fail while the rest works."),
    Speaks("symptom.post", 2.0, "What nobody tried is not accepted."),
    Speaks("symptom.voice", 2.0, "Exchanges run programs."),
    Speaks("co.none", 2.0, "Only this program has the defect."),
    Speaks("change.capacity", 2.0, "A size that nobody tried wakes it."),
    Speaks("change.failover", 2.0, "A path that nobody tried wakes it."),
    Speaks("symptom.login", 1.0, "Signing in is a program too."),
    Speaks("symptom.4xx", 1.0, "Pages are lost by a defect."),
    Speaks("traffic.internal", 1.0, "A defect makes its parts ask one another."),
    Speaks("time.business", 1.0, "It is woken by use."),
    Speaks("change.config", -1.0, "A setting just before is another cause."),
    Speaks("change.deploy", -1.0, "A new version just before is another cause."),
    Speaks("time.event", -2.0, "Crowds have no part in it."),
    Speaks("symptom.unreachable", -2.0, "The servers mostly still answer."),
    Speaks("symptom.dns", -2.0, "It does not touch names."),
    Speaks("scope.single-dc", -2.0, "The program runs in all places."),
    Speaks("traffic.surge", -3.0, "It mostly does not need more traffic."),
    Speaks("change.maintenance", -3.0, "Work explains it better."),
    Speaks("symptom.full", -3.0, "It is not a crowd."),
    Speaks("traffic.foreign", -4.0, "Visitors have no part in it."),
    Speaks("change.near", -4.0, "A change just before is another cause."),
    Speaks("symptom.bgp", -5.0, "It does not touch routes."),
    Speaks("symptom.tls", -5.0, "It does not touch certificates."),
    Speaks("symptom.maintenance", -5.0, "Nobody prepared a page for it."),
    Speaks("co.cloud", -5.0, "A failure of the cloud explains it better."),
    Speaks("time.window", -6.0, "Announced work explains it better."),
    Speaks("symptom.tls-expired", -7.0, "An expired certificate names another cause."),
    Speaks("traffic.packets", -8.0, "It is not a flood."),
)  # fmt: skip

CAUSE = Cause(
    id="software-defect",
    family="software-data",
    name="Old fault in a program",
    phrase="an old fault in a program",
    what="A fault that lay in a program for long was woken by something that nobody tried.",
    does="Restart or shed what wakes it to gain time, then mend the program.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.74,
            "cdn": 0.05,
            "cloud": 0.13,
            "dns-host": 0.01,
            "access-network": 0.04,
            "client": 0.01,
            "third-party": 0.02,
        }
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.84, "human-error": 0.13, "third-party-failure": 0.03}
    ),
    confused=(
        Confused(
            "bad-deploy",
            "If going back to the version before helps, it was the version. If not, the fault is older.",
        ),
        Confused(
            "capacity-limit",
            "A leak fills memory at any load and again after each start. A limit is met at peaks.",
        ),
        Confused("dependency", "If somebody else fails at the same time, ask them first."),
        Confused(
            "config-error",
            "A setting that wakes an old fault is the cause if taking it back suffices.",
        ),
    ),
    examples=(
        Example(
            "One fault in the program of AT&T's exchanges made them reset one another for nine hours.",
            "1990-01-15",
            "AT&T",
        ),
        Example(
            "A fault that Fastly had shipped weeks before was woken by one customer's valid setting.",
            "2021-06-08",
            "Fastly",
        ),
        Example(
            "A path in Google Cloud's program, shipped two weeks before, crashed on a record with blank fields.",
            "2025-06-12",
            "Google Cloud",
        ),
    ),
)
