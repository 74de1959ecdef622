"""Database or data: the database stands still, or data in it were lost, spoilt or deleted."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("symptom.data", 12.0, "Data are what is missing or wrong."),
    Speaks("change.failover", 5.0, "The copy took over, and was not the same."),
    Speaks("symptom.post", 4.0, "A database that is stopped takes nothing."),
    Speaks("symptom.jobs", 4.0, "Work that writes waits."),
    Speaks("scope.part", 4.0, "What needs that database fails."),
    Speaks("onset.gradual", 4.0, "Queries grow slower until they stop."),
    Speaks("change.migration", 4.0, "Tables are changed or moved."),
    Speaks("traffic.usual", 4.0, "Nothing more comes in."),
    Speaks("change.far", 3.0, "A change long ago made queries dearer."),
    Speaks("co.none", 3.0, "The database is its own."),
    Speaks("symptom.slow", 2.0, "Queries wait for one another."),
    Speaks("symptom.5xx", 2.0, "Servers run but have no data."),
    Speaks("symptom.partial", 2.0, "Pages open without what stands in the database."),
    Speaks("change.maintenance", 2.0, "Work on the database spoils it."),
    Speaks("traffic.internal", 2.0, "Its parts ask the database again and again."),
    Speaks("notice.slow", 2.0, "The vendor speaks of slowness."),
    Speaks("notice.errors", 2.0, "The vendor speaks of errors."),
    Speaks("symptom.maintenance", 2.0, "It is closed until data are restored."),
    Speaks("symptom.login", 1.0, "Accounts stand in a database."),
    Speaks("symptom.4xx", 1.0, "What was deleted is not found."),
    Speaks("symptom.api", 1.0, "Programs get errors."),
    Speaks("change.deploy", 1.0, "New versions bring new queries."),
    Speaks("time.off-peak", 1.0, "Copies and clean-ups run at night."),
    Speaks("change.config", -2.0, "A setting explains it better."),
    Speaks("time.event", -2.0, "Crowds have no part in it."),
    Speaks("traffic.surge", -4.0, "It does not need more traffic."),
    Speaks("traffic.drop", -4.0, "Visitors still arrive."),
    Speaks("symptom.full", -4.0, "It is not a crowd."),
    Speaks("co.many", -4.0, "Others have databases of their own."),
    Speaks("co.own-page", -4.0, "The status page has no such database."),
    Speaks("notice.connectivity", -4.0, "It does not touch the network."),
    Speaks("traffic.foreign", -5.0, "Visitors have no part in it."),
    Speaks("symptom.unreachable", -5.0, "The servers mostly still answer."),
    Speaks("co.cloud", -5.0, "A failure of the cloud explains it better."),
    Speaks("symptom.dns", -6.0, "It does not touch names."),
    Speaks("co.peers", -6.0, "Others have databases of their own."),
    Speaks("symptom.tls-expired", -7.0, "An expired certificate names another cause."),
    Speaks("scope.single-isp", -7.0, "It does not know networks."),
    Speaks("symptom.packet-loss", -8.0, "It does not touch lines."),
    Speaks("symptom.tls", -8.0, "It does not touch certificates."),
    Speaks("traffic.packets", -9.0, "It is not a flood."),
    Speaks("symptom.bgp", -9.0, "It does not touch routes."),
)  # fmt: skip

CAUSE = Cause(
    id="data-db",
    family="software-data",
    name="Database or data",
    phrase="its database, or data that were lost or spoilt",
    what="The database stands still, or data in it were lost, spoilt or deleted.",
    does="Stop writing, find the last good copy, restore it, and check before opening again.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {"origin": 0.88, "cdn": 0.02, "cloud": 0.07, "access-network": 0.01, "third-party": 0.02}
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.56, "human-error": 0.41, "third-party-failure": 0.03}
    ),
    confused=(
        Confused(
            "maintenance-migration",
            "If data are wrong after a move, the data are what failed. If they are right but nobody gets in, the move is.",
        ),
        Confused(
            "hardware",
            "Broken storage gives errors to everybody. Spoilt data are read without any.",
        ),
        Confused(
            "software-defect",
            "If the same query on a copy is right, the data are wrong. If it is wrong there as well, the program is.",
        ),
        Confused(
            "attack-other", "Data that were taken or locked come with a demand, or with silence."
        ),
    ),
    examples=(
        Example(
            "GitLab's database was deleted by mistake, and copies were missing.",
            "2017-01-31",
            "GitLab",
        ),
        Example(
            "GitHub's databases took over in the wrong place after 43 seconds without a line, and had to be made equal again.",
            "2018-10-21",
            "GitHub",
        ),
        Example(
            "A script deleted the sites of about 775 of Atlassian's customers.",
            "2022-04-05",
            "Atlassian",
        ),
    ),
)
