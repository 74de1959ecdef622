"""More people than ever: more people want it at the same time than it was built for."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("traffic.no-attack", 9.0, "Tracing says that people come."),
    Speaks("traffic.attack", -9.0, "What tracing calls an attack is rarely people."),
    Speaks("time.event", 11.0, "Many people want the same at the same minute."),
    Speaks("traffic.surge", 9.0, "More people come than ever."),
    Speaks("symptom.full", 9.0, "Queues and pages that say full are made for this."),
    Speaks("traffic.people", 8.0, "It comes from the usual mix of clients."),
    Speaks("symptom.503", 4.0, "It is overloaded and says so."),
    Speaks("symptom.slow", 4.0, "Everything waits."),
    Speaks("traffic.many-sources", 3.0, "People come from everywhere."),
    Speaks("co.none", 3.0, "The crowd wants this one service."),
    Speaks("symptom.login", 2.0, "All sign in at once."),
    Speaks("symptom.5xx", 2.0, "Servers answer, with errors."),
    Speaks("traffic.requests", 2.0, "People ask for pages."),
    Speaks("onset.gradual", 2.0, "A crowd gathers."),
    Speaks("onset.waves", 2.0, "A crowd comes at each start of a sale or a match."),
    Speaks("change.none", 2.0, "It needs no change."),
    Speaks("notice.slow", 2.0, "The vendor speaks of slowness."),
    Speaks("time.weekend", 2.0, "People have time."),
    Speaks("symptom.timeout", 1.0, "Requests wait too long."),
    Speaks("traffic.api", 1.0, "Apps ask by the interface."),
    Speaks("traffic.retries", 1.0, "Who is turned away tries again."),
    Speaks("change.capacity", 1.0, "Room was added in haste."),
    Speaks("symptom.unreachable", -2.0, "The servers mostly still answer."),
    Speaks("change.config", -3.0, "A setting explains it better."),
    Speaks("traffic.repeated", -4.0, "People do not all ask for the same page for hours."),
    Speaks("symptom.dns", -4.0, "It does not touch names."),
    Speaks("change.deploy", -4.0, "A new version explains it better."),
    Speaks("co.many", -4.0, "Others have no crowd."),
    Speaks("notice.place", -4.0, "A crowd does not know places."),
    Speaks("traffic.foreign", -5.0, "People come from where its customers are."),
    Speaks("traffic.internal", -5.0, "People come from outside."),
    Speaks("time.off-peak", -5.0, "Crowds do not come at night."),
    Speaks("symptom.packet-loss", -5.0, "Lines mostly hold."),
    Speaks("symptom.data", -5.0, "It does not spoil data."),
    Speaks("scope.single-dc", -5.0, "A crowd does not know places."),
    Speaks("co.cloud", -5.0, "A failure of the cloud explains it better."),
    Speaks("scope.single-isp", -6.0, "A crowd does not know networks."),
    Speaks("symptom.tls", -7.0, "It does not touch certificates."),
    Speaks("symptom.tls-expired", -7.0, "An expired certificate names another cause."),
    Speaks("traffic.few-sources", -8.0, "A crowd is many."),
    Speaks("time.window", -8.0, "Announced work explains it better."),
    Speaks("symptom.bgp", -8.0, "It does not touch routes."),
    Speaks("traffic.drop", -10.0, "A crowd adds traffic."),
    Speaks("traffic.packets", -10.0, "People send requests."),
    Speaks("traffic.usual", -13.0, "Without a crowd there is no crowd."),
)  # fmt: skip

CAUSE = Cause(
    id="organic-surge",
    family="load",
    name="More people than ever",
    phrase="more people than it can serve",
    what="More people want it at the same time than it was built for.",
    does="Add machines, let people wait in a queue, and switch off what is dear and not needed.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.9,
            "cdn": 0.02,
            "cloud": 0.04,
            "dns-host": 0.01,
            "access-network": 0.02,
            "third-party": 0.01,
        }
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.82, "human-error": 0.15, "third-party-failure": 0.03}
    ),
    confused=(
        Confused(
            "ddos-application",
            "People use many pages, from the usual clients and countries, and something drew them. Programs look alike.",
        ),
        Confused(
            "ddos-volumetric",
            "People send requests, not bare packets, and do not forge their addresses.",
        ),
        Confused(
            "capacity-limit", "If no more came than on any busy day, it was the limit that moved."
        ),
        Confused(
            "cascade-retry",
            "A crowd is different people. Retries are the same ones again and again.",
        ),
    ),
    examples=(
        Example(
            "HealthCare.gov opened to far more people than it could serve.",
            "2013-10-01",
            "United States Department of Health and Human Services",
        ),
        Example(
            "The site for registering to vote in the United Kingdom failed in the last hours before the deadline.",
            "2016-06-07",
            "Cabinet Office",
        ),
        Example(
            "The FCC's comment system failed after a television show called for comments, and the FCC said it was an attack.",
            "2017-05-08",
            "FCC Office of Inspector General",
        ),
    ),
)
