"""The settings of an observatory: one TOML file, every value with a default that is safe.

[server]     host, port, trusted_proxies
[journal]    folder, keep_days, queue_max
[reports]    network_database, network_free, network_share
[catalog]    folder, only
[detection]  false_alarms_per_week
[reach]      awareness
[diagnosis]  base_rates
[notices]    enabled, interval_s, contact, private_hosts
[changes]    interval_s, contact, private_hosts, hooks, calendars
[desk]       token_file, token_env
[posts]      jetstream, mastodon, mastodon_token_file, webhook_token_file, contact, private_hosts
[probes]     enabled, here, interval_s, services, controls, contact, private_hosts, ..., checks, agents
[traffic]    listen, workers, exporters, keep_flows, keep_mb, keep_hours, mask_sources, hostgroups, logs
[site]       title, source_url, base_url
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from uproar.app import settings_traffic
from uproar.app.settings_changes import resolved
from uproar.app.settings_lines import located, unknown_names
from uproar.app.settings_ranges import PORT_MAX, out_of_range
from uproar.app.settings_shapes import Settings
from uproar.errors import SettingsInvalid

__all__ = ["Settings", "load", "override", "parse"]

SETTINGS_BYTES_MAX = 1_048_576


def load(path: Path | None) -> Settings:
    """Return the settings of a file, or the defaults; relative folders are relative to the file.

    Raises SettingsInvalid with every mistake on a line of its own.
    """
    if path is None:
        return Settings()
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise SettingsInvalid(
            f"{path}: cannot be read ({problem.strerror}); check the path after --config"
        ) from None
    if len(raw) > SETTINGS_BYTES_MAX:
        raise SettingsInvalid(
            f"{path}: more than {SETTINGS_BYTES_MAX} bytes; is it a settings file?"
        )
    return parse(raw, str(path), path.parent)


def override(settings: Settings, *, host: str, port: int, folder: str) -> Settings:
    """Return the settings with what the command line said on top; empty and -1 say nothing."""
    if not -1 <= port <= PORT_MAX:
        raise SettingsInvalid(f"--port {port} is no port; 1 to {PORT_MAX}, or 0 for a free one")
    server = settings.server
    if host:
        server = msgspec.structs.replace(server, host=host)
    if port >= 0:
        server = msgspec.structs.replace(server, port=port)
    journal = settings.journal
    if folder:
        journal = msgspec.structs.replace(journal, folder=str(Path(folder).absolute()))
    return msgspec.structs.replace(settings, server=server, journal=journal)


def parse(raw: bytes, name: str, base: Path) -> Settings:
    """Return the settings that the bytes of a TOML file hold."""
    try:
        text = raw.decode("utf-8")
        table = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise SettingsInvalid(f"{name}: {problem}") from None
    problems = list(unknown_names(table, text, name))
    if problems:
        raise SettingsInvalid("\n".join(problems))
    try:
        settings = msgspec.convert(table, Settings)
    except msgspec.ValidationError as problem:
        raise SettingsInvalid(located(str(problem), table, text, name)) from None
    problems = list(out_of_range(settings, text, name))
    if problems:
        raise SettingsInvalid("\n".join(problems))
    return _resolved(settings, base)


def _resolved(settings: Settings, base: Path) -> Settings:
    """Make the folders of the file absolute, seen from where the file lies."""

    def absolute(folder: str) -> str:
        return str((base / folder).absolute()) if folder else ""

    return msgspec.structs.replace(
        settings,
        changes=resolved(settings.changes, absolute),
        desk=msgspec.structs.replace(settings.desk, token_file=absolute(settings.desk.token_file)),
        journal=msgspec.structs.replace(settings.journal, folder=absolute(settings.journal.folder)),
        catalog=msgspec.structs.replace(settings.catalog, folder=absolute(settings.catalog.folder)),
        posts=msgspec.structs.replace(
            settings.posts,
            mastodon_token_file=absolute(settings.posts.mastodon_token_file),
            webhook_token_file=absolute(settings.posts.webhook_token_file),
        ),
        traffic=settings_traffic.resolved(settings.traffic, absolute),
        reports=msgspec.structs.replace(
            settings.reports, network_database=absolute(settings.reports.network_database)
        ),
        probes=msgspec.structs.replace(
            settings.probes,
            agents=tuple(
                msgspec.structs.replace(agent, token_file=absolute(agent.token_file))
                for agent in settings.probes.agents
            ),
        ),
    )
