"""Wrong routes: a network announced addresses that it should not, or withdrew its own, so that packets go the wrong way or nowhere."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("change.bgp", 12.0, "A change of routes is its beginning."),
    Speaks("symptom.bgp-leak", 10.0, "Networks that should not carry its addresses do."),
    Speaks("symptom.bgp", 9.0, "Routes changed, which is what this is."),
    Speaks("symptom.bgp-hijack", 6.0, "Wrong announcements mostly come from mistakes."),
    Speaks("traffic.drop", 6.0, "Packets do not arrive any more."),
    Speaks("symptom.packet-loss", 5.0, "Packets go where there is no room for them."),
    Speaks("scope.single-isp", 5.0, "Some networks lose the way and others keep it."),
    Speaks("co.peers", 5.0, "All who use those routes fail."),
    Speaks("symptom.unreachable", 4.0, "Packets go nowhere."),
    Speaks("co.many", 4.0, "All who use those routes fail."),
    Speaks("notice.connectivity", 4.0, "The vendor speaks of its network."),
    Speaks("symptom.bgp-withdrawn", 3.0, "Its routes were taken back by mistake."),
    Speaks("change.config", 3.0, "Routes are changed by configuration."),
    Speaks("change.near", 3.0, "Routes change within minutes."),
    Speaks("symptom.dns-timeout", 3.0, "Name servers become unreachable."),
    Speaks("scope.regional", 3.0, "Routes differ by region."),
    Speaks("co.isp", 3.0, "A network in between fails."),
    Speaks("co.own-page", 3.0, "Everything in that network is gone."),
    Speaks("symptom.timeout", 2.0, "Packets vanish without an answer."),
    Speaks("symptom.dns", 2.0, "Names go with the routes to their servers."),
    Speaks("onset.sudden", 2.0, "Routes change within minutes."),
    Speaks("traffic.people", -3.0, "Visitors have no part in it."),
    Speaks("symptom.login", -3.0, "All fails, not signing in alone."),
    Speaks("change.deploy", -4.0, "A new version explains it better."),
    Speaks("symptom.nxdomain", -4.0, "Routes take answers away and do not change them."),
    Speaks("co.none", -4.0, "Neighbours fail with it."),
    Speaks("symptom.tls", -5.0, "Who shows a wrong certificate there is more than a mistake."),
    Speaks("traffic.surge", -5.0, "It takes traffic away."),
    Speaks("traffic.packets", -5.0, "It is not a flood."),
    Speaks("symptom.4xx", -5.0, "Whoever gets an error page got there."),
    Speaks("symptom.post", -5.0, "Reading fails as writing does."),
    Speaks("onset.gradual", -5.0, "Routes do not creep."),
    Speaks("change.none", -5.0, "Somebody changed routes, perhaps somebody else."),
    Speaks("symptom.jobs", -6.0, "What runs inside goes on."),
    Speaks("scope.part", -6.0, "It takes all that is behind the routes."),
    Speaks("symptom.5xx", -7.0, "Whoever gets an error page got there."),
    Speaks("symptom.data", -8.0, "Routes do not touch data."),
    Speaks("symptom.tls-expired", -8.0, "An expired certificate names another cause."),
)  # fmt: skip

CAUSE = Cause(
    id="bgp-routing-error",
    family="change",
    name="Wrong routes",
    phrase="wrong routes in the routing of the Internet",
    what="A network announced addresses that it should not, or withdrew its own, so that packets go the wrong way or nowhere.",
    does="Withdraw or correct the announcement, call the network that leaks, and let others filter it.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.45,
            "cdn": 0.06,
            "cloud": 0.1,
            "dns-host": 0.02,
            "access-network": 0.22,
            "third-party": 0.15,
        }
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.12, "human-error": 0.63, "third-party-failure": 0.25}
    ),
    confused=(
        Confused(
            "fibre-cut",
            "A cut takes one place and stays for hours. Wrong routes take networks, and show who announces what.",
        ),
        Confused(
            "attack-other",
            "Who announces addresses that are not his mostly errs. Answers in the service's name from there show intent.",
        ),
        Confused(
            "config-error",
            "A setting within its own network leaves routes of the Internet as they were.",
        ),
        Confused(
            "dns-error",
            "If name servers cannot be reached either, routes are first. If they answer, and wrongly, names are.",
        ),
    ),
    examples=(
        Example(
            "Facebook's name servers withdrew their routes after a command had cut its backbone.",
            "2021-10-04",
            "Meta Engineering",
        ),
        Example(
            "A change of order in a policy of routes withdrew Cloudflare's prefixes at 19 of its busiest sites.",
            "2022-06-21",
            "Cloudflare",
        ),
        Example(
            "A filter was removed at Rogers, and all routes of the Internet flooded its core.",
            "2022-07-08",
            "Canadian Radio-television and Telecommunications Commission",
        ),
    ),
)
