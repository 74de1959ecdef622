"""Work that went wrong: work on it, or a move to other machines, broke something or took much longer than was told."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("time.window", 11.0, "Work began in its window and went wrong."),
    Speaks("change.migration", 10.0, "A move is its beginning."),
    Speaks("change.maintenance", 9.0, "Work on it is its beginning."),
    Speaks("notice.maintenance", 7.0, "The vendor speaks of work that takes longer."),
    Speaks("symptom.maintenance", 7.0, "The page of maintenance stays longer than it should."),
    Speaks("time.off-peak", 5.0, "Work is done at quiet hours."),
    Speaks("change.failover", 3.0, "Switching over is part of the work."),
    Speaks("scope.single-dc", 3.0, "Work is on one place."),
    Speaks("symptom.voice", 3.0, "Carriers work at night."),
    Speaks("change.capacity", 2.0, "Machines are taken out for the work."),
    Speaks("time.weekend", 2.0, "Moves are done on weekends."),
    Speaks("scope.single-isp", 2.0, "Carriers work on one network."),
    Speaks("symptom.data", 2.0, "Moves lose data."),
    Speaks("symptom.bgp-withdrawn", 2.0, "Routers are taken out of use."),
    Speaks("symptom.login", 1.0, "Customers cannot get in after the move."),
    Speaks("symptom.slow", 1.0, "What remains carries all."),
    Speaks("co.none", 1.0, "The work is on one service."),
    Speaks("change.near", 1.0, "It begins with the work or soon after."),
    Speaks("change.deploy", -2.0, "A new version is another kind of change."),
    Speaks("change.config", -2.0, "A setting is another kind of change."),
    Speaks("onset.waves", -2.0, "It lasts until the work is done."),
    Speaks("time.business", -3.0, "Work avoids working hours."),
    Speaks("symptom.full", -3.0, "It is not a crowd."),
    Speaks("co.cloud", -4.0, "A failure of the cloud explains it better."),
    Speaks("traffic.surge", -5.0, "It does not need more traffic."),
    Speaks("traffic.many-sources", -5.0, "Visitors have no part in it."),
    Speaks("time.event", -6.0, "Nobody works on it while crowds come."),
    Speaks("symptom.challenge", -6.0, "Nobody is asked for proof."),
    Speaks("symptom.tls-expired", -6.0, "An expired certificate names another cause."),
    Speaks("traffic.packets", -7.0, "It is not a flood."),
    Speaks("change.none", -12.0, "It is a change."),
)  # fmt: skip

CAUSE = Cause(
    id="maintenance-migration",
    family="change",
    name="Work that went wrong",
    phrase="maintenance or a move that went wrong",
    what="Work on it, or a move to other machines, broke something or took much longer than was told.",
    does="Stop the work, go back to the state before it if that is possible, and tell when it will be over.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.7,
            "cdn": 0.03,
            "cloud": 0.12,
            "dns-host": 0.02,
            "access-network": 0.09,
            "third-party": 0.04,
        }
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.3, "human-error": 0.62, "third-party-failure": 0.08}
    ),
    confused=(
        Confused(
            "planned-maintenance",
            "If it ends at the time that was told and the page was prepared, it is planned. If not, work went wrong.",
        ),
        Confused(
            "power-cooling",
            "Work on the supply of current takes a whole building. Work on machines takes one service.",
        ),
        Confused(
            "config-error",
            "Work is announced and done at quiet hours. A wrong setting comes in working hours and without a word.",
        ),
        Confused(
            "data-db",
            "If data are wrong after a move, the data are what failed. If they are right but nobody gets in, the move is.",
        ),
    ),
    examples=(
        Example(
            "TSB moved to a new platform over a weekend, and customers could not use it afterwards.",
            "2018-04-22",
            "Financial Conduct Authority",
        ),
        Example(
            "Automation for maintenance shut down control of Google Cloud's network at several sites at once.",
            "2019-06-02",
            "Google Cloud",
        ),
        Example(
            "An upgrade of Reddit's clusters dropped a label that their network needed.",
            "2023-03-14",
            "Reddit Engineering",
        ),
    ),
)
