"""Bad new version: a new version of its programs was rolled out and does not do what the old one did."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("change.deploy", 12.0, "A new version is its beginning."),
    Speaks("symptom.app-crash", 9.0, "A bad version crashes where it runs."),
    Speaks("scope.part", 4.0, "What was changed fails and the rest works."),
    Speaks("time.business", 4.0, "New versions are rolled out in working hours."),
    Speaks("traffic.usual", 4.0, "Nothing more comes in."),
    Speaks("symptom.5xx", 3.0, "The new version runs and fails."),
    Speaks("symptom.4xx", 3.0, "The new version loses pages or rights."),
    Speaks("symptom.partial", 3.0, "Parts of pages fail with the new version."),
    Speaks("co.none", 3.0, "Only this service got that version."),
    Speaks("notice.errors", 3.0, "The vendor sees errors."),
    Speaks("change.near", 2.0, "It mostly shows soon."),
    Speaks("symptom.api", 2.0, "Programs meet an interface that changed."),
    Speaks("symptom.post", 2.0, "A new version refuses what people send."),
    Speaks("symptom.data", 2.0, "A new version may spoil data."),
    Speaks("scope.global", 2.0, "New versions are sent everywhere."),
    Speaks("change.config", 1.0, "Versions bring settings along."),
    Speaks("change.far", 1.0, "Some faults wait for load."),
    Speaks("symptom.login", 1.0, "A new version may break signing in."),
    Speaks("symptom.jobs", 1.0, "A new version may stop jobs."),
    Speaks("symptom.full", -3.0, "It is not a crowd."),
    Speaks("symptom.unreachable", -3.0, "The servers mostly still answer."),
    Speaks("co.own-page", -3.0, "The status page runs elsewhere."),
    Speaks("time.off-peak", -4.0, "Few roll out at night."),
    Speaks("time.event", -4.0, "Few roll out before a crowd."),
    Speaks("traffic.surge", -4.0, "It does not need more traffic."),
    Speaks("scope.single-dc", -4.0, "Versions go to all places."),
    Speaks("notice.connectivity", -4.0, "It does not touch the network."),
    Speaks("time.weekend", -5.0, "Few roll out on weekends."),
    Speaks("symptom.dns", -5.0, "Names are not part of a version."),
    Speaks("co.peers", -5.0, "Others did not get that version."),
    Speaks("scope.single-isp", -5.0, "A version does not know networks."),
    Speaks("symptom.packet-loss", -6.0, "Versions do not lose packets."),
    Speaks("co.cloud", -6.0, "A failure of the cloud explains it better."),
    Speaks("symptom.tls-expired", -7.0, "An expired certificate names another cause."),
    Speaks("traffic.packets", -8.0, "It is not a flood."),
    Speaks("symptom.bgp", -8.0, "Routes are not part of a version."),
    Speaks("change.none", -14.0, "It is a change."),
)  # fmt: skip

CAUSE = Cause(
    id="bad-deploy",
    family="change",
    name="Bad new version",
    phrase="a new version that was bad",
    what="A new version of its programs was rolled out and does not do what the old one did.",
    does="Roll back to the version before.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.82,
            "cdn": 0.05,
            "cloud": 0.07,
            "dns-host": 0.01,
            "access-network": 0.01,
            "client": 0.02,
            "third-party": 0.02,
        }
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.28, "human-error": 0.69, "third-party-failure": 0.03}
    ),
    confused=(
        Confused(
            "config-error",
            "A version is rolled out in steps and breaks a part. A setting acts at once and everywhere.",
        ),
        Confused(
            "software-defect",
            "If going back to the version before helps, it was the version. If not, the fault is older.",
        ),
        Confused(
            "data-db",
            "A version that is taken back leaves data as they were. If it does not come right, data were spoilt.",
        ),
        Confused(
            "capacity-limit",
            "A dearer version fills machines within the hour. A limit is met at the daily peak.",
        ),
    ),
    examples=(
        Example(
            "A new file of CrowdStrike's sensor crashed about 8.5 million Windows machines.",
            "2024-07-19",
            "CrowdStrike",
        ),
        Example(
            "A new order of filters crashed every proxy of Spotify at once.",
            "2025-04-16",
            "Spotify Engineering",
        ),
    ),
)
