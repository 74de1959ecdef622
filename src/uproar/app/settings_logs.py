"""The settings of access logs that are followed, and their mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from uproar.wire.accesslog.reading import FORMATS

LOGS_MAX = 64
NAME_MAX = 60


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An access log that is followed, as a table `[[traffic.logs]]`.

    `path` is the file that the server writes now, not those that it has turned over; `service` whose requests they are, by its name in the catalog or
    any of your own; `format` one of those that `uproar trace` reads, told by the file's first lines where it is empty.
    """

    path: str
    service: str
    format: str = ""


def wrong(logs: tuple[LogSettings, ...]) -> Iterator[tuple[str, str]]:
    """Return what is wrong with logs, as keys of [traffic] with complaints."""
    if len(logs) > LOGS_MAX:
        yield "logs", f"are more than {LOGS_MAX}"
    paths = [log.path for log in logs]
    if len(set(paths)) < len(paths):
        yield "logs", "name a path twice"
    for log in logs:
        if not log.path:
            yield "logs", "path: is empty; name the file that your server writes"
        if not (0 < len(log.service) <= NAME_MAX and log.service.isprintable()):
            yield "logs", f"service: 1 to {NAME_MAX} printable characters"
        if log.format and log.format not in FORMATS:
            yield "logs", f"format: {log.format!r} is none; known are {', '.join(FORMATS)}"


def resolved(
    logs: tuple[LogSettings, ...], absolute: Callable[[str], str]
) -> tuple[LogSettings, ...]:
    """Return the settings with their files seen from where the settings file lies."""
    return tuple(msgspec.structs.replace(log, path=absolute(log.path)) for log in logs)
