"""The settings of what tells of changes and statements: hooks, calendars, the desk; and their mistakes."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from uproar.wire.changes import Source
from uproar.wire.signatures import Scheme

NAMES_MAX = 100  # Hooks, and calendars, of one observatory.
NAMED_MAX = 500  # Services that one hook may speak of.
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")  # It becomes part of an address.
_NAME_WRONG = "its name has small letters, digits and -, at most 40"


class Hook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One address that takes changes, as `[changes.hooks.NAME]`; it is `/api/v1/changes/NAME`.

    `source` is who sends. What comes is about `service`, or about what `services` gives the source's own
    names; with `any_service` a body may name any service of the catalog. With `environments` only
    what happens in one of these counts. The secret stands in a file, or in a variable of the environment; without one
    a hook is served to this machine alone, unless `unsigned` is set. `scheme` is how bodies are signed, where
    it is not as the source usually does.
    """

    source: Source
    service: str = ""
    services: dict[str, str] = {}
    any_service: bool = False
    environments: tuple[str, ...] = ()
    secret_file: str = ""
    secret_env: str = ""
    scheme: Scheme | Literal[""] = ""
    unsigned: bool = False


class CalendarSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One iCalendar of maintenance, as `[changes.calendars.NAME]`: an https address or a file.

    Its windows are planned changes of `services`. Times without a zone are by the clock of `zone`, unless the
    calendar itself names one.
    """

    services: tuple[str, ...]
    url: str = ""
    file: str = ""
    zone: str = "UTC"


class ChangesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may tell of changes: hooks and calendars by name, each a section of its own below this one.

    Calendars are looked at every `interval_s`; `contact` (a mail address or https link) is told to whoever is asked;
    `private_hosts` are hosts in your own networks that may be asked too.
    """

    interval_s: int = 900
    contact: str = ""
    private_hosts: tuple[str, ...] = ()
    hooks: dict[str, Hook] = {}
    calendars: dict[str, CalendarSettings] = {}


class DeskSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether statements and changes can be entered at /desk and by API: with a token, else not at all.

    The token stands in a file, or in a variable of the environment.
    """

    token_file: str = ""
    token_env: str = ""


def mistakes(changes: ChangesSettings) -> Iterator[tuple[str, str]]:
    """Return what is wrong in hooks and calendars, as (section, complaint)."""
    for kind, given in (("hooks", changes.hooks), ("calendars", changes.calendars)):
        if len(given) > NAMES_MAX:
            yield f"changes.{kind}", f"at most {NAMES_MAX} can be given"
    for name, hook in changes.hooks.items():
        checks = [
            (bool(_NAME.fullmatch(name)), _NAME_WRONG),
            (
                bool(hook.service or hook.services or hook.any_service),
                "say which service it is about: service, services or any_service",
            ),
            (not (hook.secret_file and hook.secret_env), "its secret is in one place, not in two"),
            (len(hook.services) <= NAMED_MAX, f"at most {NAMED_MAX} names are given to services"),
        ]
        yield from (
            (f"changes.hooks.{name}", complaint) for holds, complaint in checks if not holds
        )
    near = tuple(f"http://{host}" for host in changes.private_hosts)
    for name, calendar in changes.calendars.items():
        checks = [
            (bool(_NAME.fullmatch(name)), _NAME_WRONG),
            (bool(calendar.services), "say which services it is about"),
            (bool(calendar.url) != bool(calendar.file), "it is at a url or in a file, one of them"),
            (
                not calendar.url or calendar.url.startswith(("https://", *near)),
                "its url begins with https://",
            ),
            (calendar.zone in zoneinfo.available_timezones(), "its zone is like Europe/Berlin"),
        ]
        yield from (
            (f"changes.calendars.{name}", complaint) for holds, complaint in checks if not holds
        )


def resolved(changes: ChangesSettings, absolute: Callable[[str], str]) -> ChangesSettings:
    """Return the settings with their files seen from where the settings file lies."""
    replace = msgspec.structs.replace
    return replace(
        changes,
        hooks={
            name: replace(hook, secret_file=absolute(hook.secret_file))
            for name, hook in changes.hooks.items()
        },
        calendars={
            name: replace(calendar, file=absolute(calendar.file))
            for name, calendar in changes.calendars.items()
        },
    )
