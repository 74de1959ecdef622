"""Signals as lines of JSON: the form in which a journal leaves one observatory and enters another.

    {"seq":1,"kind":"report","at":"2025-03-10T09:41:00.123Z","service":"x","symptom":"connect"}

One signal a line, UTF-8. Instants (`at`, and every other field that ends so) are RFC 3339 text when written;
when read they may also be integer milliseconds UTC. `seq` is the number in the journal; it may be absent.
Fields that have their default may be absent. What is unknown is refused, so that a misspelt name does
not pass for a field left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, NamedTuple, get_args

import msgspec
from msgspec import Meta

from uproar.errors import BadInput, SignalInvalid
from uproar.model.signal import Beat, Signal
from uproar.model.signs import printable
from uproar.model.tick import end_ms, iso, parse_iso, tick_of
from uproar.wire.signalbounds import AT_MAX, SEQ_MAX, check, shape

LINE_BYTES_MAX = 65_536
REJECTS_MAX = 10_000  # A file with more lines that are no signals is no journal export.
BEATS_MAX = 4_000_000  # Beats put into hand-written input: a little more than a year of ticks.
COMPLAINT_MAX = 200  # Characters of a complaint that repeats what the sender wrote.
_ENCODER = msgspec.json.Encoder()
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_EXAMPLE = "2025-03-10T09:41:00Z"


class Reject(NamedTuple):
    """A line that is no signal: its number from 1, and what is wrong with it."""

    line: int
    problem: str

    def __str__(self) -> str:  # type: ignore[explicit-override] # typing.override came with 3.12
        """Return both as one text."""
        return f"line {self.line}: {self.problem}"


def _on_the_wire(kind: type[Signal]) -> type[msgspec.Struct]:
    """Return the shape of a kind's line: instants may be text, `seq` may be there, nothing else."""
    fields: list[Any] = []
    for field in msgspec.structs.fields(kind):
        wire = shape(kind, field)
        if field.required:
            fields.append((field.name, wire))
        elif field.default is msgspec.NODEFAULT:
            fields.append((field.name, wire, msgspec.field(default_factory=field.default_factory)))
        else:
            fields.append((field.name, wire, field.default))
    return msgspec.defstruct(
        f"{kind.__name__}Line",
        [*fields, ("seq", Annotated[int, Meta(ge=1, le=SEQ_MAX)] | None, None)],
        tag_field="kind",
        tag=kind.__struct_config__.tag,
        forbid_unknown_fields=True,
        frozen=True,
    )


_KINDS: tuple[type[Signal], ...] = get_args(Signal)
_KIND_OF = {_on_the_wire(kind): kind for kind in _KINDS}
_INSTANTS = {
    kind: [name for name in kind.__struct_fields__ if name.endswith("_at")] for kind in _KINDS
}
_FIELDS = {line: [name for name in line.__struct_fields__ if name != "seq"] for line in _KIND_OF}
_LINES: Any = None
for _line in _KIND_OF:
    _LINES = _line if _LINES is None else _LINES | _line
_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_LINES)


def encode(signal: Signal, seq: int | None = None) -> bytes:
    """Return a signal as one line of JSON, without the line's end."""
    plain = msgspec.to_builtins(signal)
    plain["at"] = iso(signal.at)
    for name in _INSTANTS[type(signal)]:
        if plain.get(name) is not None:
            plain[name] = iso(plain[name])
    return _ENCODER.encode(plain if seq is None else {"seq": seq, **plain})


def decode(line: bytes) -> Signal:
    """Return the signal of a line. Raises SignalInvalid with what is wrong and what to do."""
    return decode_numbered(line)[1]


def decode_numbered(line: bytes) -> tuple[int | None, Signal]:
    """Return the signal of a line with its number in the journal it came from, if that is told."""
    if len(line) > LINE_BYTES_MAX:
        raise SignalInvalid(
            f"{len(line)} bytes are too many for a signal; at most {LINE_BYTES_MAX}, one signal a line"
        )
    try:
        raw = _DECODER.decode(line)
    except msgspec.ValidationError as problem:
        raise SignalInvalid(_explained(problem)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise SignalInvalid(
            f"is no JSON ({problem}); write one signal a line, as `uproar export` does"
        ) from None
    values = {name: getattr(raw, name) for name in _FIELDS[type(raw)]}
    kind = _KIND_OF[type(raw)]
    values["at"] = _instant("at", raw.at)
    for name in _INSTANTS[kind]:
        if values[name] is not None:
            values[name] = _instant(name, values[name])
    signal: Signal = kind(**values)
    # JSON holds control characters as escapes, or from U+007F on as themselves: most lines do neither.
    if b"\\" in line or b"\x7f" in line or b"\xc2" in line:
        check(signal)
    return raw.seq, signal


def decode_lines(lines: Iterable[bytes]) -> tuple[list[Signal], list[Reject]]:
    """Return the signals of an export in its order, and the lines that are none with their numbers.

    Empty lines are skipped. Raises SignalInvalid beyond `REJECTS_MAX` lines that are no signals.
    """
    signals: list[Signal] = []
    rejects: list[Reject] = []
    for item in each_line(lines):
        if not isinstance(item, Reject):
            signals.append(item)
            continue
        rejects.append(item)
        if len(rejects) > REJECTS_MAX:
            raise SignalInvalid(
                f"more than {REJECTS_MAX} lines are no signals, the first in {rejects[0]}; "
                "is it a journal export (JSON Lines)?"
            )
    return signals, rejects


def each_line(lines: Iterable[bytes]) -> Iterator[Signal | Reject]:
    """Return a signal or a reject for each line that is not empty, one at a time."""
    for number, line in enumerate(lines, 1):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not text.strip():
            continue
        try:
            yield decode(text)
        except SignalInvalid as problem:
            yield Reject(number, str(problem))


def with_beats(signals: Iterable[Signal], until_ms: int | None = None) -> Iterator[Signal]:
    """Return signals with a beat at the end of each tick, where they hold none of their own.

    A journal has its beats and is returned as it is. What was written by hand is put in the order
    of `at` first; its intake counts as running from the first signal's tick to the last one's, or
    to the tick of `until_ms`. Raises SignalInvalid where that is more than `BEATS_MAX` ticks.
    """
    kept = list(signals)
    if not kept or any(isinstance(signal, Beat) for signal in kept):
        yield from kept
        return
    kept.sort(key=lambda signal: signal.at)
    tick = tick_of(kept[0].at)
    last = max(tick_of(kept[-1].at), tick if until_ms is None else tick_of(until_ms))
    if last - tick >= BEATS_MAX:
        raise SignalInvalid(
            f"the signals span {iso(kept[0].at)} to {iso(end_ms(last))}, more than {BEATS_MAX} ticks; "
            "look for a wrong year, or put in beats where the intake was running"
        )
    for signal in kept:
        while signal.at >= end_ms(tick):
            yield Beat(end_ms(tick), tick)
            tick += 1
        yield signal
    for quiet in range(tick, last + 1):
        yield Beat(end_ms(quiet), quiet)


def _instant(name: str, value: str | int) -> int:
    if isinstance(value, int):
        return value
    if _INSTANT.fullmatch(value) is None:
        raise SignalInvalid(f"{name} {value!r} is no instant; write it like {_EXAMPLE}")
    try:
        at = parse_iso(value.upper())
    except BadInput as problem:
        raise SignalInvalid(f"{name}: {problem}") from None
    if not 0 <= at <= AT_MAX:
        raise SignalInvalid(f"{name} {value} lies outside of 1970 to 9998")
    return at


def _explained(problem: msgspec.ValidationError) -> str:
    """Return msgspec's complaint with what to do; it names the field or says what is missing."""
    said, _, path = str(problem).partition(" - at `$")
    where = path.strip("`.")
    said = said.replace("Object", "the signal").replace("Invalid value", "unknown kind")
    # It repeats names that the sender chose: neither their length nor what is in them is ours.
    said = printable(said, COMPLAINT_MAX)
    said = said[0].lower() + said[1:]
    return (
        f"{f'{where}: ' if where else ''}{said}; compare it with a line that `uproar export` wrote"
    )
