"""Overload that feeds itself: a small failure makes clients or its own parts ask again and again, and the asking keeps it down."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("traffic.no-attack", 5.0, "Those who try again and again are people, or its own programs."),
    Speaks("traffic.retries", 11.0, "Clients that were turned away come again at once, all of them."),
    Speaks("traffic.internal", 10.0, "Its own parts flood one another."),
    Speaks("traffic.surge", 4.0, "Retries are added to what is usual."),
    Speaks("change.capacity", 4.0, "Adding machines made each ask all the others."),
    Speaks("traffic.people", 3.0, "The clients are the usual ones."),
    Speaks("traffic.api", 3.0, "Programs retry faster than people."),
    Speaks("onset.waves", 3.0, "It recovers, is flooded again and falls again."),
    Speaks("symptom.api", 3.0, "Calls between programs fail."),
    Speaks("symptom.5xx", 3.0, "Servers answer, with errors."),
    Speaks("symptom.503", 3.0, "It is overloaded and says so."),
    Speaks("symptom.slow", 3.0, "Queues never empty."),
    Speaks("symptom.timeout", 3.0, "Calls wait for calls that wait."),
    Speaks("symptom.jobs", 3.0, "Work piles up."),
    Speaks("co.dependents", 3.0, "One part pulls down those who use it."),
    Speaks("notice.slow", 3.0, "The vendor speaks of slowness."),
    Speaks("change.deploy", 2.0, "A small change tipped it over."),
    Speaks("change.far", 2.0, "It was near its limit for long."),
    Speaks("onset.gradual", 2.0, "One part after another falls."),
    Speaks("symptom.voice", 2.0, "Phones that register again all at once flood the network."),
    Speaks("co.many", 2.0, "One part pulls down many."),
    Speaks("notice.errors", 2.0, "The vendor speaks of errors."),
    Speaks("traffic.requests", 1.0, "Retries are requests."),
    Speaks("change.config", 1.0, "A small change tipped it over."),
    Speaks("change.failover", 1.0, "What remains carries all."),
    Speaks("symptom.login", 1.0, "Everybody signs in again at once."),
    Speaks("time.business", 1.0, "It tips over at the peak."),
    Speaks("symptom.dns", -2.0, "It seldom touches names."),
    Speaks("symptom.unreachable", -2.0, "The servers mostly still answer."),
    Speaks("symptom.data", -3.0, "It seldom spoils data."),
    Speaks("traffic.usual", -4.0, "Retries are more than usual."),
    Speaks("co.third-party", -4.0, "A failure of somebody else explains it better."),
    Speaks("traffic.packets", -5.0, "It is made of requests."),
    Speaks("traffic.drop", -6.0, "It adds requests."),
    Speaks("traffic.foreign", -6.0, "The clients are its own."),
    Speaks("symptom.bgp", -6.0, "It does not touch routes."),
    Speaks("symptom.tls", -6.0, "It does not touch certificates."),
    Speaks("symptom.tls-expired", -6.0, "An expired certificate names another cause."),
    Speaks("time.window", -6.0, "Announced work explains it better."),
    Speaks("scope.single-isp", -6.0, "It does not know networks."),
)  # fmt: skip

CAUSE = Cause(
    id="cascade-retry",
    family="load",
    name="Overload that feeds itself",
    phrase="an overload that feeds itself",
    what="A small failure makes clients or its own parts ask again and again, and the asking keeps it down.",
    does="Shed load and slow retries down until it stands, then let clients in a few at a time.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.68,
            "cdn": 0.04,
            "cloud": 0.2,
            "dns-host": 0.01,
            "access-network": 0.05,
            "third-party": 0.02,
        }
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.74, "human-error": 0.23, "third-party-failure": 0.03}
    ),
    confused=(
        Confused(
            "capacity-limit",
            "If shedding some load helps at once, it was full. If it falls again as soon as it is let in, it feeds itself.",
        ),
        Confused(
            "ddos-application",
            "Retries come from its own clients after a failure. Strangers come before it.",
        ),
        Confused(
            "organic-surge",
            "Retries are the same clients again and again. A crowd is different people.",
        ),
        Confused(
            "bad-deploy",
            "A version that is taken back should help. If it does not, the overload has come to feed itself.",
        ),
    ),
    examples=(
        Example(
            "Phones of T-Mobile registered again and again after a line had failed, and the storm went nationwide.",
            "2020-06-15",
            "Federal Communications Commission",
        ),
        Example(
            "Slack's servers were shrunk and then started all at once on the first working day of the year.",
            "2021-01-04",
            "Slack Engineering",
        ),
        Example(
            "Clients within Amazon's own network flooded it with connections after an automatic change of scale.",
            "2021-12-07",
            "Amazon Web Services",
        ),
    ),
)
