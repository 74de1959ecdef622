"""The settings of an observatory: one TOML file, every value with a default that is safe.

[server]     host, port, trusted_proxies
[journal]    folder, keep_days, queue_max
[reports]    network_database, network_free, network_share
[catalog]    folder, only
[detection]  false_alarms_per_week
[reach]      awareness
[notices]    enabled, interval_s, contact, private_hosts
[changes]    interval_s, contact, private_hosts, hooks, calendars
[desk]       token_file, token_env
[posts]      jetstream, mastodon, mastodon_token_file, webhook_token_file, contact, private_hosts
[probes]     enabled, here, interval_s, services, controls, contact, private_hosts, ..., checks, agents
[site]       title, source_url, base_url
"""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

from uproar.app import settings_posts, settings_probes
from uproar.app.settings_changes import ChangesSettings, DeskSettings, mistakes, resolved
from uproar.app.settings_posts import PostsSettings
from uproar.app.settings_probes import ProbesSettings
from uproar.errors import SettingsInvalid
from uproar.inlets.addresses import prefix

MIB = 1_048_576
SETTINGS_BYTES_MAX = MIB
PORT_MAX = 65_535
INTERVAL_S_MIN = 15  # More often is not polite, and pages turn by minutes.
INTERVAL_S_MAX = 86_400
# It becomes part of a header: plain signs, and nothing that could begin another one.
_CONTACT = re.compile(r"https://[!-'*-~]{3,190}|[\w.+-]{1,80}@[\w.-]{3,110}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the observatory listens. Loopback unless you say otherwise."""

    host: str = "127.0.0.1"
    port: int = 8080
    trusted_proxies: tuple[str, ...] = ()
    proxy_header: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"


class Journal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where signals are kept, for how long, and how many may wait to be written."""

    folder: str = "uproar-data"
    keep_days: int = 400
    queue_max: int = 20_000


class Reports(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How reports are taken and counted."""

    network_database: str = ""
    network_free: int = 100
    network_share: float = 0.5


class CatalogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A folder with catalog files of your own, or none; `only` leaves out the packaged services."""

    folder: str = ""
    only: bool = False


class Detection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often a service may raise an alarm without cause, in all its series together."""

    false_alarms_per_week: float = 0.25


class ReachSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How well known this observatory is: reports here for each one at the best-known tracker; 0: not known.

    Where it is not known, people affected are estimated from votes only, or not at all.
    """

    awareness: float = 0.0


class NoticesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether vendors' status pages are read: requests to others go out only where you ask for it.

    `interval_s` is how often each is looked at; `contact` (a mail address or https link) is told to
    whoever is asked; `private_hosts` are hosts in your own networks that may be asked too.
    """

    enabled: bool = False
    interval_s: int = 60
    contact: str = ""
    private_hosts: tuple[str, ...] = ()


class SiteSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the pages say of the observatory itself."""

    title: str = "Uproar"
    source_url: str = ""
    base_url: str = ""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of one observatory."""

    server: Server = Server()
    journal: Journal = Journal()
    reports: Reports = Reports()
    catalog: CatalogSettings = CatalogSettings()
    detection: Detection = Detection()
    reach: ReachSettings = ReachSettings()
    notices: NoticesSettings = NoticesSettings()
    changes: ChangesSettings = ChangesSettings()
    desk: DeskSettings = DeskSettings()
    posts: PostsSettings = PostsSettings()
    probes: ProbesSettings = ProbesSettings()
    site: SiteSettings = SiteSettings()


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
    problems = list(_unknown_names(table, text, name))
    if problems:
        raise SettingsInvalid("\n".join(problems))
    try:
        settings = msgspec.convert(table, Settings)
    except msgspec.ValidationError as problem:
        raise SettingsInvalid(_located(str(problem), table, text, name)) from None
    problems = list(_out_of_range(settings, text, name))
    if problems:
        raise SettingsInvalid("\n".join(problems))
    return _resolved(settings, base)


def _unknown_names(table: dict[str, Any], text: str, name: str) -> list[str]:
    problems = []
    sections = {field.name: field.type for field in msgspec.structs.fields(Settings)}
    for section, values in table.items():
        if section not in sections:
            problems.append(_unknown(name, _line_of(text, section, ""), section, list(sections)))
            continue
        if not isinstance(values, dict):
            line = _line_of(text, "", section)
            problems.append(f"{name}:{line}: {section} is a section; write [{section}]")
            continue
        problems.extend(_unknown_in(sections[section], values, section, text, name))
    return problems


def _unknown_in(kind: Any, values: dict[str, Any], section: str, text: str, name: str) -> list[str]:
    """Return the names in a section that do not exist, also in sections below it that an operator names."""
    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    problems = [
        _unknown(name, _line_of(text, section, key), f"{section}.{key}", list(fields))
        for key in values
        if key not in fields
    ]
    for key, inner in fields.items():
        if get_origin(inner) is not dict or not isinstance(values.get(key), dict):
            continue
        below = get_args(inner)[1]
        if not (isinstance(below, type) and issubclass(below, msgspec.Struct)):
            continue
        for own, given in values[key].items():
            if isinstance(given, dict):
                problems += _unknown_in(below, given, f"{section}.{key}.{own}", text, name)
    return problems


def _unknown(name: str, line: int, word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word.rpartition(".")[2], known, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
    return f"{name}:{line}: there is no setting {word}; {hint}"


def _located(problem: str, table: dict[str, Any], text: str, name: str) -> str:
    """Turn msgspec's path ("... - at `$.server.port`") into a line of the file."""
    message, _, path = problem.partition(" - at `$.")
    section, _, key = path.rstrip("`").partition(".")
    key, named, below = key.partition("[...]")
    said = f"{message[0].lower()}{message[1:]}"
    if named and isinstance(own := table[section][key], dict):
        # The path does not say by which name the operator calls it: the first that is wrong is it.
        kind: Any = next(f.type for f in msgspec.structs.fields(Settings) if f.name == section)
        inner = next(f.type for f in msgspec.structs.fields(kind) if f.name == key)
        wrong = next((each for each in own if not _converts(own[each], get_args(inner)[1])), "")
        where = f"{section}.{key}.{wrong}"
        line = _line_of(text, where, below.strip(".").partition("[")[0])
        return f"{name}:{line}: {where}{below}: {said}"
    key = key.partition("[")[0]
    line = _line_of(text, section, key)
    return f"{name}:{line}: {section}.{key}: {said}"


def _converts(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _line_of(text: str, section: str, key: str) -> int:
    """Return the line on which a key of a section stands, or the section's own, or 1."""
    current = ""
    found = 1
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            current = stripped.strip("[] ").split("#")[0].strip()
            if current == section:
                found = number
        elif (key and current == section and stripped.split("=")[0].strip().strip('"') == key) or (
            not section and stripped.split("=")[0].strip() == key
        ):
            return number
    return found


def _out_of_range(settings: Settings, text: str, name: str) -> list[str]:
    checks = [
        ("server", "port", 0 <= settings.server.port <= PORT_MAX, "is no port; 1 to 65535"),
        ("server", "host", bool(settings.server.host), "is empty; try 127.0.0.1"),
        ("reach", "awareness", 0 <= settings.reach.awareness <= 1, "must be 0 (not known) to 1"),
        ("journal", "keep_days", settings.journal.keep_days >= 1, "must be at least 1"),
        (
            "journal",
            "queue_max",
            1 <= settings.journal.queue_max <= 1_000_000,
            "must be 1 to 1000000",
        ),
        ("reports", "network_free", settings.reports.network_free >= 1, "must be at least 1"),
        (
            "reports",
            "network_share",
            0 < settings.reports.network_share <= 1,
            "must be above 0 and at most 1",
        ),
        (
            "catalog",
            "only",
            bool(settings.catalog.folder) or not settings.catalog.only,
            "leaves no service without catalog.folder; name the folder of your own files",
        ),
        (
            "detection",
            "false_alarms_per_week",
            1e-6 <= settings.detection.false_alarms_per_week <= 100,
            "must be 0.000001 to 100",
        ),
        (
            "notices",
            "interval_s",
            INTERVAL_S_MIN <= settings.notices.interval_s <= INTERVAL_S_MAX,
            f"must be {INTERVAL_S_MIN} to {INTERVAL_S_MAX}",
        ),
        (
            "notices",
            "contact",
            _is_contact(settings.notices.contact, needed=settings.notices.enabled),
            "must say how you can be reached, like noc@example.org or https://example.org/contact",
        ),
        (
            "changes",
            "interval_s",
            INTERVAL_S_MIN <= settings.changes.interval_s <= INTERVAL_S_MAX,
            f"must be {INTERVAL_S_MIN} to {INTERVAL_S_MAX}",
        ),
        (
            "changes",
            "contact",
            _is_contact(
                settings.changes.contact,
                needed=any(each.url for each in settings.changes.calendars.values()),
            ),
            "must say how you can be reached, like noc@example.org or https://example.org/contact",
        ),
        (
            "changes",
            "private_hosts",
            all(_HOST.fullmatch(host) for host in settings.changes.private_hosts),
            "must be hosts without scheme, port or path, like calendar.internal.example",
        ),
        (
            "notices",
            "private_hosts",
            all(_HOST.fullmatch(host) for host in settings.notices.private_hosts),
            "must be hosts without scheme, port or path, like status.internal.example",
        ),
        ("site", "source_url", _is_link(settings.site.source_url), "must begin with https://"),
        (
            "site",
            "base_url",
            _is_link(settings.site.base_url) and not settings.site.base_url.endswith("/"),
            "must be like https://status.example.org, with no slash at the end",
        ),
    ]
    problems = [
        f"{name}:{_line_of(text, section, key)}: {section}.{key} {complaint}"
        for section, key, holds, complaint in checks
        if not holds
    ]
    problems.extend(
        f"{name}:{_probes_line(text, key)}: probes.{key} {complaint}"
        for key, complaint in settings_probes.wrong(settings.probes, _CONTACT, _HOST)
    )
    problems.extend(
        f"{name}:{_line_of(text, 'posts', key)}: posts.{key} {complaint}"
        for key, complaint in settings_posts.wrong(settings.posts, _CONTACT, _HOST)
    )
    problems.extend(
        f"{name}:{_line_of(text, section, '')}: {section}: {complaint}"
        for section, complaint in mistakes(settings.changes)
    )
    line = _line_of(text, "server", "trusted_proxies")
    for network in settings.server.trusted_proxies:
        try:
            prefix(network)
        except SettingsInvalid as problem:
            problems.append(f"{name}:{line}: {problem}")
    return problems


def _probes_line(text: str, key: str) -> int:
    """Return the line of a key of [probes], or of the first table of that name."""
    table = _line_of(text, f"probes.{key}", "")
    return table if table > 1 else _line_of(text, "probes", key)


def _is_contact(contact: str, *, needed: bool) -> bool:
    return _CONTACT.fullmatch(contact) is not None if contact else not needed


def _is_link(url: str) -> bool:
    return not url or url.startswith("https://")


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
