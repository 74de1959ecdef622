"""The settings of probes that work by themselves: [probes], [[probes.checks]], [[probes.agents]]."""

from __future__ import annotations

import re

import msgspec

from uproar.app.settings_contacts import CONTACT_WRONG, are_hosts, hosts_wrong, is_contact
from uproar.model.measurement import EXPECT_MAX
from uproar.model.place import PLACES
from uproar.model.probe import CONTROLS_MAX
from uproar.wire.probed import is_on_the_web

PROBES_S_MIN = 30  # No target hears more often from one probe.
PROBES_S_MAX = 86_400
CHECKS_MAX = 500
AGENTS_MAX = 60
_PROBE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_NETWORK = re.compile(r"AS[1-9][0-9]{0,9}")
_RESOLVER = re.compile(r"[A-Za-z0-9.:-]{0,80}")


class CheckSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One check, as a table `[[probes.checks]]`: of a service, at an address, every `every_s` seconds.

    `expect` is a text that the page must hold; 0 for `every_s` means `probes.interval_s`.
    """

    service: str
    url: str
    expect: str = ""
    every_s: int = 0


class AgentSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One probe elsewhere, as a table `[[probes.agents]]`; `token_file` holds the token it comes with.

    `place` (ISO 3166), `network` ("AS3320") and `resolver` are what it shares with other probes: they
    are told apart, and counted, by these.
    """

    name: str
    token_file: str
    place: str = "ZZ"
    network: str = ""
    resolver: str = ""


class ProbesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether services are measured, by this observatory and by agents: off unless you ask for it.

    Each check (`[[probes.checks]]`), and the first domain of each of the catalog's `services` that are named,
    is looked at every `interval_s` seconds by every probe. `controls` are addresses known to work, of others who agree or your own: where
    they fail, it is the probe that has no network. None is set by default, for that would send requests
    to somebody. With `here` the observatory is a probe itself, called `name`, in `place`, on `network`, asking
    the resolvers of `resolver`. `contact` is told to whoever is asked; `private_hosts` may lie in your own networks.
    """

    enabled: bool = False
    here: bool = True
    interval_s: int = 60
    services: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    contact: str = ""
    private_hosts: tuple[str, ...] = ()
    name: str = "here"
    place: str = "ZZ"
    network: str = ""
    resolver: str = ""
    checks: tuple[CheckSettings, ...] = ()
    agents: tuple[AgentSettings, ...] = ()


def wrong(probes: ProbesSettings) -> list[tuple[str, str]]:
    """Return what is wrong in [probes], as keys with complaints."""
    intervals = f"must be {PROBES_S_MIN} to {PROBES_S_MAX}"
    names = [agent.name for agent in probes.agents] + [probes.name] * probes.here
    origins: list[ProbesSettings | AgentSettings] = [probes, *probes.agents]
    checks = [
        ("interval_s", PROBES_S_MIN <= probes.interval_s <= PROBES_S_MAX, intervals),
        (
            "contact",
            is_contact(probes.contact, needed=probes.enabled),
            CONTACT_WRONG,
        ),
        (
            "private_hosts",
            are_hosts(probes.private_hosts),
            hosts_wrong("app"),
        ),
        (
            "controls",
            len(probes.controls) <= CONTROLS_MAX,
            f"has more than {CONTROLS_MAX} addresses",
        ),
        ("controls", all(map(is_on_the_web, probes.controls)), "must be like https://example.org/"),
        ("checks", len(probes.checks) <= CHECKS_MAX, f"are more than {CHECKS_MAX}"),
        (
            "checks",
            all(is_on_the_web(check.url) for check in probes.checks),
            "must have a url like https://example.org/",
        ),
        (
            "checks",
            all(not c.every_s or PROBES_S_MIN <= c.every_s <= PROBES_S_MAX for c in probes.checks),
            f"every_s: {intervals}, or 0 for probes.interval_s",
        ),
        (
            "checks",
            all(len(check.expect) <= EXPECT_MAX for check in probes.checks),
            f"expect: at most {EXPECT_MAX} characters",
        ),
        ("agents", len(probes.agents) < AGENTS_MAX, f"are more than {AGENTS_MAX - 1}"),
        (
            "agents",
            all(_PROBE.fullmatch(each) for each in names),
            "name: small letters, digits and hyphens, at most 40, like lhr-1",
        ),
        (
            "agents",
            len(set(names)) == len(names),
            f"name: each has its own, and none is {probes.name!r}",
        ),
        ("agents", all(agent.token_file for agent in probes.agents), "token_file must name a file"),
        (
            "agents",
            all(each.place in PLACES for each in origins),
            "place: must be an ISO 3166 country like GB, or ZZ where it is not known",
        ),
        (
            "agents",
            all(not each.network or _NETWORK.fullmatch(each.network) for each in origins),
            "network: must be an autonomous system like AS3320",
        ),
        (
            "agents",
            all(_RESOLVER.fullmatch(each.resolver) for each in origins),
            "resolver: at most 80 letters, digits, dots, colons and hyphens",
        ),
        (
            "here",
            not probes.enabled or probes.here or bool(probes.agents),
            "leaves nobody to probe; set it, or name agents",
        ),
    ]
    return [(key, complaint) for key, holds, complaint in checks if not holds]
