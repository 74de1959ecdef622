"""A change in plain words, as JSON or as a form: what `uproar change` and the desk send, and any script can.

{"text": "v41", "service": "x", "kind": "deploy", "finished": "2025-03-10T09:41:00Z"}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from uproar.errors import ChangeRejected
from uproar.model.signal import ChangeKind, ChangeState
from uproar.wire.changes.normal import Draft, epoch, instant, word
from uproar.wire.cleaned import https

SOURCE = "form"
KINDS: tuple[ChangeKind, ...] = get_args(ChangeKind)
STATES: tuple[ChangeState, ...] = ("planned", "started", "finished", "failed", "cancelled")
FIELDS = (
    "text", "service", "kind", "state", "started", "finished", "until", "planned", "environment",
    "region", "revision", "link", "id",
)  # fmt: skip
_YES = frozenset({"1", "on", "true", "yes"})
_NO = frozenset({"", "0", "off", "false", "no"})


def read(told: Mapping[str, Any], source: str = SOURCE) -> list[Draft]:
    """Return the change that fields tell. Raises ChangeRejected, with what is wrong and how it should be."""
    unknown = sorted(str(name)[:40] for name in told if name not in FIELDS)
    if unknown:
        raise ChangeRejected(
            "unknown-field",
            f"a change has no field {unknown[0]!a}; its fields are {', '.join(FIELDS)}",
        )
    for name, value in told.items():
        if not isinstance(value, str | int | bool | None):
            raise ChangeRejected("wrong-type", f"{name} is neither text nor number")
    text = word(told.get("text"))
    if not text:
        raise ChangeRejected("text-missing", "say in `text` what was changed")
    link = word(told.get("link"))
    if link and not https(link):
        raise ChangeRejected("link", "link must be an https address")
    started, finished, until = (_at(told, name) for name in ("started", "finished", "until"))
    planned = _planned(told.get("planned"))
    return [
        Draft(
            source=source,
            native=word(told.get("id")),
            what=_one_of("kind", told, KINDS, "other"),
            state=_one_of("state", told, STATES, _state(planned, started, finished)),
            title=text,
            names=tuple(filter(None, (word(told.get("service")),))),
            environment=word(told.get("environment")),
            region=word(told.get("region")),
            revision=word(told.get("revision")),
            link=link,
            planned=planned,
            started_at=started,
            finished_at=finished,
            until_at=until,
        )
    ]


def _at(told: Mapping[str, Any], name: str) -> int | None:
    value = told.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return epoch(value, name)
    return instant(value, name)


def _state(planned: bool, started: int | None, finished: int | None) -> ChangeState:
    if planned:
        return "planned"
    return "started" if started is not None and finished is None else "finished"


def _planned(value: Any) -> bool:
    if isinstance(value, bool) or value is None:
        return bool(value)
    said = word(value).lower()
    if said not in _YES | _NO:
        raise ChangeRejected("wrong-type", "planned is 1 or 0, true or false")
    return said in _YES


def _one_of(name: str, told: Mapping[str, Any], words: tuple[Any, ...], default: Any) -> Any:
    said = word(told.get(name)).lower()
    if not said:
        return default
    if said not in words:
        raise ChangeRejected(f"unknown-{name}", f"{name} is one of {', '.join(words)}")
    return said
