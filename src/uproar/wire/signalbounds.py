"""How long, how many and how large: the bounds of every field of every kind of signal."""

from __future__ import annotations

import re
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta

from uproar.errors import SignalInvalid
from uproar.model import signs
from uproar.model.asserted import ASSERTED_MAX, VALUE_MAX, Asserted
from uproar.model.signal import (
    WORDS_MAX,
    Beat,
    Change,
    Claim,
    Notice,
    Post,
    Probed,
    Reference,
    Report,
    Signal,
    Traffic,
)
from uproar.model.tick import tick_of

# The end of the year 9998: RFC 3339 ends with 9999, and what is computed from it must be writable too.
AT_MAX = 253_370_764_799_999
TICK_LAST = tick_of(AT_MAX)
SEQ_MAX = 2**63 - 1  # What the journal's file can hold.
INSTANT_MAX = 60  # Characters of an instant; a longer text is none.

# Characters of every text of every kind, and whether it may be empty.
BOUNDS: dict[type, dict[str, tuple[int, int]]] = {
    Report: {
        "service": (1, 80),
        "symptom": (1, 40),
        "place": (1, 10),
        "network": (0, 40),
        "reporter": (0, 64),
        "words": (0, WORDS_MAX),
        "channel": (1, 40),
        "agent": (1, 12),
        "prefix": (0, 16),
    },
    Claim: {
        "service": (1, 80),
        "by": (1, 200),
        "said": (1, 2_000),
        "where": (0, 200),
        "link": (0, 2_000),
        "native": (0, 200),
    },
    Probed: {
        "service": (1, 80),
        "check": (1, 2_000),
        "probe": (1, 80),
        "layer": (0, 40),
        "side": (0, 40),
        "failure": (0, 80),
        "answered": (0, 80),
        "fingerprint": (0, 80),
        "place": (1, 10),
        "network": (0, 40),
        "resolver": (0, 80),
    },
    Post: {"service": (0, 80), "source": (1, 80), "cursor": (0, 40)},
    Traffic: {
        "service": (0, 80),
        "target": (1, 80),
        "group": (0, 80),
        "source": (1, 80),
        "attack": (0, 120),
    },
    Change: {
        "service": (1, 80),
        "source": (1, 80),
        "native": (0, 200),
        "title": (0, 200),
        "environment": (0, 80),
        "region": (0, 80),
        "revision": (0, 200),
        "link": (0, 2_000),
    },
    Notice: {
        "service": (1, 80),
        "page": (1, 2_000),
        "native": (0, 200),
        "title": (0, 200),
        "link": (0, 2_000),
    },
    Beat: {},
    Reference: {"name": (1, 80), "digest": (1, 128), "note": (0, 500)},
}

# Of every list of texts of every kind: how many texts, and how many characters each.
LISTS: dict[type, dict[str, tuple[int, int]]] = {
    Notice: {"components": (20, 80), "regions": (20, 80)},
    Probed: {"notes": (12, 40)},
}

# Of every map from names to numbers of every kind: how many names, and how many characters each.
MAPS: dict[type, dict[str, tuple[int, int]]] = {
    Post: {"languages": (40, 20), "tags": (40, 80)},
    Traffic: dict.fromkeys(
        (
            "vectors",
            "protocols",
            "ports",
            "flags",
            "ttls",
            "countries",
            "networks",
            "measured",
            "ratios",
        ),
        (24, 40),
    ),
}

NUMBER_MAX = 10**12  # Of every count and duration that is no instant.

# Only what breaks a line of a file. A signal that was kept once has to be readable for ever, so that what
# is cleaned away before a text is kept, which may become more, must not make old signals unreadable.
_UNUSABLE = re.compile(f"[{signs.CONTROLS}{signs.HALVES}]")
_INSTANT: Any = Annotated[str, Meta(max_length=INSTANT_MAX)] | Annotated[int, Meta(ge=0, le=AT_MAX)]
_KINDS: tuple[type[Signal], ...] = get_args(Signal)
_INSTANTS = {
    kind: [name for name in kind.__struct_fields__ if name.endswith("_at")] for kind in _KINDS
}
_NUMBERS = {
    kind: [
        field.name
        for field in msgspec.structs.fields(kind)
        if field.type in (int, float, float | None) and field.name not in {"at", "tick"}
    ]
    for kind in _KINDS
}


def shape(kind: type[Signal], field: msgspec.structs.FieldInfo) -> Any:
    """Return what a field may hold on the wire: an instant may be text, everything is bounded."""
    name = field.name
    if name == "asserts":
        return Annotated[tuple[Asserted, ...], Meta(max_length=ASSERTED_MAX)]
    if name in BOUNDS[kind]:
        least, most = BOUNDS[kind][name]
        return Annotated[str, Meta(min_length=least, max_length=most)]
    if name in LISTS.get(kind, {}):
        many, most = LISTS[kind][name]
        text: Any = Annotated[str, Meta(min_length=1, max_length=most)]
        return Annotated[tuple[text, ...], Meta(max_length=many)]
    if name in MAPS.get(kind, {}):
        many, most = MAPS[kind][name]
        text = Annotated[str, Meta(min_length=1, max_length=most)]
        number: Any = _within(get_args(field.type)[1])
        return Annotated[dict[text, number], Meta(max_length=many)]
    return _number(field)


def _number(field: msgspec.structs.FieldInfo) -> Any:
    if field.name == "at":
        return _INSTANT
    if field.name.endswith("_at"):
        return _INSTANT | None
    if field.name == "tick":
        return Annotated[int, Meta(ge=0, le=TICK_LAST)]
    if field.type == float | None:
        return _within(float) | None
    return _within(field.type) if field.type in (int, float) else field.type


def _within(number: Any) -> Any:
    return Annotated[number, Meta(ge=0, le=NUMBER_MAX)]


def check(signal: Signal) -> None:
    """Raise SignalInvalid where a value is out of its bounds or holds a character that has no place."""
    kind = type(signal)
    for name, (least, most) in BOUNDS[kind].items():
        _check_text(name, getattr(signal, name), least, most)
    _check_lists(signal, kind)
    for name in _NUMBERS[kind]:
        if (number := getattr(signal, name)) is not None:
            _check_number(name, number)
    for name in ("at", *_INSTANTS[kind]):
        at = getattr(signal, name)
        if at is not None and not 0 <= at <= AT_MAX:
            raise SignalInvalid(f"{name} lies outside of 1970 to 9998; it is milliseconds UTC")
    if isinstance(signal, Beat) and not 0 <= signal.tick <= TICK_LAST:
        raise SignalInvalid("tick is none; a tick is its instant in milliseconds // 10000")


def _check_lists(signal: Signal, kind: type[Signal]) -> None:
    for name, (many, most) in LISTS.get(kind, {}).items():
        _check_many(name, getattr(signal, name), "texts", many, most)
    for name, (many, most) in MAPS.get(kind, {}).items():
        numbers = getattr(signal, name)
        _check_many(name, numbers, "entries", many, most)
        for number in numbers.values():
            _check_number(name, number)
    if isinstance(signal, Claim):
        values = [each.value for each in signal.asserts]
        _check_many("asserts", values, "entries", ASSERTED_MAX, VALUE_MAX)


def _check_many(name: str, texts: Any, what: str, many: int, most: int) -> None:
    if len(texts) > many:
        raise SignalInvalid(f"{name} has {len(texts)} {what}; at most {many} are kept")
    for text in texts:
        _check_text(name, text, 1, most)


def _check_text(name: str, text: str, least: int, most: int) -> None:
    if not least <= len(text) <= most:
        said = "is empty" if not text else f"has {len(text)} characters"
        raise SignalInvalid(f"{name} {said}; {least} to {most} are kept")
    if (found := _UNUSABLE.search(text)) is not None:
        raise SignalInvalid(
            f"{name} holds the character U+{ord(found[0]):04X}; "
            "take out control characters, line ends and lone surrogates"
        )


def _check_number(name: str, number: float) -> None:
    if not 0 <= number <= NUMBER_MAX:  # Neither holds for what is no number.
        raise SignalInvalid(f"{name} is {number}; 0 to {NUMBER_MAX} are kept")
