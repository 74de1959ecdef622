"""Which hooks take changes, and who may use the desk: from the settings, secrets from files or the environment."""

from __future__ import annotations

import ipaddress
import os
import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from uproar.app import introduced
from uproar.app.fold_state import State
from uproar.app.settings import Settings
from uproar.app.settings_changes import Hook as HookSettings
from uproar.errors import ChangeRejected, SettingsInvalid
from uproar.inlets.calendars import Calendar, Calendars
from uproar.inlets.changes import Hook
from uproar.inlets.fetching import Fetcher
from uproar.inlets.targets import Targets
from uproar.inlets.tokens import secrets
from uproar.model.catalog import Catalog
from uproar.model.seeing import Letter
from uproar.model.signal import Change
from uproar.ports import Clock, Journal
from uproar.wire.calendars import BODY_BYTES_MAX
from uproar.wire.changes import SCHEMES, read
from uproar.wire.changes.letters import unfolded
from uproar.wire.changes.normal import Subject


def hooks(settings: Settings, catalog: Catalog, environ: Mapping[str, str]) -> list[Hook]:
    """Return the hooks of the settings, ready to be served.

    Raises SettingsInvalid, with every mistake on a line: a secret that is missing or short, a service
    that the catalog does not know, an unsigned hook that others can reach.
    """
    problems: list[str] = []
    found: list[Hook] = []
    for name, hook in settings.changes.hooks.items():
        try:
            found.append(_hook(name, hook, settings, catalog, environ))
        except SettingsInvalid as problem:
            problems.append(str(problem))
    if problems:
        raise SettingsInvalid("\n".join(problems))
    return found


def _hook(
    name: str,
    hook: HookSettings,
    settings: Settings,
    catalog: Catalog,
    environ: Mapping[str, str],
) -> Hook:
    where = f"changes.hooks.{name}"
    _known((hook.service, *hook.services.values()), catalog, where)
    kept = secrets(hook.secret_file, hook.secret_env, environ, where)
    scheme = hook.scheme or SCHEMES[hook.source]
    if not kept:
        if not hook.unsigned and not is_private(settings):
            raise SettingsInvalid(
                f"{where} has no secret, and others can reach it; give it secret_file, or "
                "unsigned = true if anyone may tell you of changes"
            )
        scheme = "none"
    return Hook(
        name=name,
        source=hook.source,
        scheme=scheme,
        subject=_subject(hook, catalog),
        secrets=kept,
    )


def _subject(hook: HookSettings, catalog: Catalog) -> Subject:
    return Subject(
        hook.service,
        hook.services,
        frozenset(catalog.services) if hook.any_service else frozenset(),
        hook.environments,
    )


def letter_reader(settings: Settings) -> Callable[[Letter, Catalog, State], Sequence[Change]]:
    """Return what reads again what a hook of the settings had set aside.

    It raises ChangeRejected where the hook is gone, or still cannot read it.
    """

    def read_again(letter: Letter, catalog: Catalog, _: State) -> Sequence[Change]:
        hook = settings.changes.hooks.get(letter.source)
        if hook is None:
            raise ChangeRejected("hook", "the settings have no such hook any more")
        headers, body = unfolded(letter.body)
        return read(hook.source, headers, body, _subject(hook, catalog), letter.at).changes

    return read_again


def _known(slugs: Iterable[str], catalog: Catalog, where: str) -> None:
    for slug in filter(None, slugs):
        if slug not in catalog.services:
            meant = catalog.did_you_mean(slug)
            hint = f"did you mean {meant}?" if meant else "add it to a catalog of your own"
            raise SettingsInvalid(f"{where}: the catalog has no service {slug!r}; {hint}")


def calendars(settings: Settings, catalog: Catalog) -> list[Calendar]:
    """Return the calendars of the settings. Raises SettingsInvalid for services that are not known."""
    for name, calendar in settings.changes.calendars.items():
        _known(calendar.services, catalog, f"changes.calendars.{name}")
    return [
        Calendar(name, each.services, each.url, each.file, each.zone)
        for name, each in settings.changes.calendars.items()
    ]


@asynccontextmanager
async def reading(
    settings: Settings,
    catalog: Catalog,
    journal: Journal,
    clock: Clock,
    remembered: Sequence[Change],
) -> AsyncIterator[Calendars | None]:
    """Give what reads the calendars, None where there are none; what it keeps open is closed at the end."""
    listed = calendars(settings, catalog)
    if not listed:
        yield None
        return
    agent = introduced.reader(settings.changes.contact)
    fetcher = Fetcher(Targets(settings.changes.private_hosts), agent, BODY_BYTES_MAX)
    try:
        yield Calendars(
            journal,
            listed,
            fetcher.get,
            interval_s=settings.changes.interval_s,
            wall_ms=clock.wall_ms,
            chance=random.random,
            remembered=remembered,
        )
    finally:
        await fetcher.close()


def planned(state: State) -> list[Change]:
    """Return the planned changes that the journal held last."""
    return [entry.change for diary in state.diaries.values() for entry in diary.planned.values()]


def desk_tokens(settings: Settings, environ: Mapping[str, str]) -> tuple[bytes, ...]:
    """Return the tokens of the desk, none where there is no desk. Raises SettingsInvalid."""
    return secrets(settings.desk.token_file, settings.desk.token_env, environ, "desk")


def in_order(settings: Settings, catalog: Catalog) -> dict[str, int]:
    """Return how many hooks, calendars and tokens of the desk there are. Raises SettingsInvalid."""
    return {
        "hooks": len(hooks(settings, catalog, os.environ)),
        "calendars": len(calendars(settings, catalog)),
        "desk": len(desk_tokens(settings, os.environ)),
    }


def is_private(settings: Settings) -> bool:
    """Tell whether only this machine itself can reach the observatory."""
    host = settings.server.host
    if settings.server.trusted_proxies:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
