"""Wrong configuration: a setting of a firewall, balancer, router, rule or quota was changed, and the new value was wrong."""

from __future__ import annotations

from types import MappingProxyType

from uproar.diagnose.cause import Cause, Confused, Example, Speaks

_SPEAKS = (
    Speaks("change.config", 11.0, "A change of configuration is its beginning."),
    Speaks("scope.global", 4.0, "Configuration is sent everywhere at once."),
    Speaks("symptom.4xx", 4.0, "Wrong rules forbid or lose pages."),
    Speaks("change.near", 3.0, "Configuration takes effect within minutes."),
    Speaks("onset.sudden", 3.0, "It takes effect at once."),
    Speaks("symptom.5xx", 3.0, "Servers run but cannot do their work."),
    Speaks("traffic.usual", 3.0, "Nothing more comes in."),
    Speaks("symptom.unreachable", 2.0, "Firewalls and balancers shut everybody out."),
    Speaks("symptom.bgp-withdrawn", 2.0, "A router that is configured wrongly withdraws its routes."),
    Speaks("symptom.login", 2.0, "Rules about who may sign in are configuration."),
    Speaks("symptom.voice", 2.0, "Networks of phones fall by their settings."),
    Speaks("co.own-page", 2.0, "One setting strikes the status page as well."),
    Speaks("time.business", 2.0, "People change things in working hours."),
    Speaks("traffic.drop", 2.0, "Requests are turned away before they arrive."),
    Speaks("notice.errors", 2.0, "Vendors see errors first."),
    Speaks("change.bgp", 1.0, "Routers have configurations too."),
    Speaks("change.capacity", 1.0, "Limits and quotas are configured."),
    Speaks("change.migration", 1.0, "Settings get lost in a move."),
    Speaks("co.dependents", 1.0, "What many use is configured centrally."),
    Speaks("traffic.internal", 1.0, "Wrong settings make its parts ask one another."),
    Speaks("notice.connectivity", 1.0, "Networks fall by their settings."),
    Speaks("scope.single-dc", -1.0, "Settings go to all places."),
    Speaks("change.far", -2.0, "Configuration rarely waits."),
    Speaks("onset.waves", -2.0, "It stays until it is undone."),
    Speaks("change.deploy", -3.0, "A new version is the other kind of change."),
    Speaks("onset.gradual", -3.0, "Few settings act slowly."),
    Speaks("traffic.surge", -3.0, "It does not need more traffic."),
    Speaks("symptom.data", -3.0, "It seldom touches data."),
    Speaks("time.window", -3.0, "Announced work is another cause."),
    Speaks("co.cloud", -5.0, "A failure of the cloud explains it better."),
    Speaks("traffic.packets", -6.0, "It is not a flood."),
    Speaks("symptom.tls-expired", -6.0, "An expired certificate names another cause."),
    Speaks("change.none", -12.0, "It is a change."),
)  # fmt: skip

CAUSE = Cause(
    id="config-error",
    family="change",
    name="Wrong configuration",
    phrase="a change of configuration that was wrong",
    what="A setting of a firewall, balancer, router, rule or quota was changed, and the new value was wrong.",
    does="Take the last change back, everywhere, and only then look for the reason.",
    speaks=_SPEAKS,
    loci=MappingProxyType(
        {
            "origin": 0.68,
            "cdn": 0.09,
            "cloud": 0.12,
            "dns-host": 0.02,
            "access-network": 0.07,
            "third-party": 0.02,
        }
    ),
    agencies=MappingProxyType(
        {"system-failure": 0.12, "human-error": 0.85, "third-party-failure": 0.03}
    ),
    confused=(
        Confused(
            "bad-deploy",
            "A setting acts everywhere within minutes and at lower levels too. A version is rolled out in steps and breaks what is programmed.",
        ),
        Confused(
            "bgp-routing-error",
            "If routes changed in the routing of the Internet, it is routes. If they stand, it is a setting behind them.",
        ),
        Confused(
            "software-defect",
            "A change within minutes before points to the setting. Where nothing was changed, the fault lay there.",
        ),
    ),
    examples=(
        Example(
            "A new rule of Cloudflare's web firewall used up all processors everywhere within seconds.",
            "2019-07-02",
            "Cloudflare",
        ),
        Example(
            "An automatic quota cut the storage of Google's service for signing in.",
            "2020-12-14",
            "Google",
        ),
        Example(
            "A wrongly set element of AT&T's network made it turn away every phone.",
            "2024-02-22",
            "Federal Communications Commission",
        ),
    ),
)
