"""Lines of an export: any bytes are a signal or are refused in words; every signal comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import get_args

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from uproar.errors import SignalInvalid
from uproar.model.asserted import AXES, Asserted, ClaimRole
from uproar.model.signal import (
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
from uproar.model.tick import TICK_MS, end_ms, iso, tick_of
from uproar.wire import signalbounds, signals

INSTANTS = st.integers(0, signalbounds.AT_MAX)
TICKS = st.integers(0, signalbounds.TICK_LAST)
CLEAN = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))


def texts(kind: type, **others: st.SearchStrategy[object]) -> dict[str, st.SearchStrategy[object]]:
    bounds = signalbounds.BOUNDS[kind]
    return {
        name: st.text(CLEAN, min_size=least, max_size=min(most, 20))
        for name, (least, most) in bounds.items()
    } | others


def lists(name: str) -> st.SearchStrategy[tuple[str, ...]]:
    many, most = signalbounds.LISTS[Notice][name]
    text = st.text(CLEAN, min_size=1, max_size=min(most, 20))
    return st.lists(text, max_size=min(many, 3)).map(tuple)


NUMBERS = st.integers(0, signalbounds.NUMBER_MAX)
AMOUNTS = st.floats(0, signalbounds.NUMBER_MAX)
NAMES = st.text(CLEAN, min_size=1, max_size=10)
ROLES: tuple[ClaimRole, ...] = get_args(ClaimRole)
ASSERTED = st.builds(Asserted, axis=st.sampled_from(AXES), value=NAMES)

SIGNALS: st.SearchStrategy[Signal] = st.one_of(
    st.builds(
        Probed,
        at=INSTANTS,
        status=NUMBERS,
        took_ms=NUMBERS,
        control=st.booleans(),
        measured_at=st.none() | INSTANTS,
        **texts(Probed),  # type: ignore[arg-type]
    ),
    st.builds(
        Post,
        at=INSTANTS,
        of=NUMBERS,
        failing=AMOUNTS,
        working=AMOUNTS,
        asking=AMOUNTS,
        talk=AMOUNTS,
        languages=st.dictionaries(NAMES, AMOUNTS, max_size=3),
        tags=st.dictionaries(NAMES, NUMBERS, max_size=3),
        **texts(Post),  # type: ignore[arg-type]
    ),
    st.builds(
        Traffic,
        at=INSTANTS,
        state=st.sampled_from(["usual", "raised", "going", "cleared"]),
        sources=NUMBERS,
        meaningful=st.booleans(),
        **{name: st.none() | INSTANTS for name in ("from_at", "to_at")},
        **dict.fromkeys(("packets_s", "bits_s", "peak_packets_s"), AMOUNTS),
        **{
            name: st.none() | AMOUNTS
            for name in ("usual_packets_s", "known", "spoofed", "flash_crowd")
        },
        **{
            name: st.dictionaries(NAMES, AMOUNTS, max_size=3) for name in signalbounds.MAPS[Traffic]
        },
        **texts(Traffic),  # type: ignore[arg-type]
    ),
    st.builds(
        Change,
        at=INSTANTS,
        planned=st.booleans(),
        **{name: st.none() | INSTANTS for name in ("started_at", "finished_at", "until_at")},
        **texts(Change),  # type: ignore[arg-type]
    ),
    st.builds(Report, at=INSTANTS, works=st.booleans(), **texts(Report)),  # type: ignore[arg-type]
    st.builds(
        Claim,
        at=INSTANTS,
        said_at=st.none() | INSTANTS,
        withdrawn=st.booleans(),
        role=st.sampled_from(ROLES),
        asserts=st.lists(ASSERTED, max_size=3).map(tuple),
        **texts(Claim),  # type: ignore[arg-type]
    ),
    st.builds(
        Notice,
        at=INSTANTS,
        components=lists("components"),
        regions=lists("regions"),
        **{
            name: st.none() | INSTANTS
            for name in ("created_at", "started_at", "resolved_at", "until_at")
        },
        **texts(Notice),  # type: ignore[arg-type]
    ),
    st.builds(Beat, at=INSTANTS, tick=TICKS),
    st.builds(Reference, at=INSTANTS, **texts(Reference)),  # type: ignore[arg-type]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(SIGNALS, st.none() | st.integers(1, signalbounds.SEQ_MAX))
def test_every_signal_comes_back_as_it_was(signal: Signal, seq: int | None) -> None:
    line = signals.encode(signal, seq)
    assert b"\n" not in line
    assert signals.decode_numbered(line) == (seq, signal)
    assert signals.encode(signals.decode(line), seq) == line


@given(SIGNALS)
def test_instants_may_also_be_milliseconds(signal: Signal) -> None:
    assert signals.decode(msgspec.json.encode(signal)) == signal


@given(st.binary(max_size=300))
@example(b'{"kind":"report","at":1,"service":"x","words":"\xed\xa0\x80"}')
@example(b'{"kind":"report","at":1,"service":"\\ud800"}')
@example(b'{"kind":"report","at":1,"service":"\\udc00\\ud800"}')
@example(b'{"kind":"report","at":' + b"9" * 5_000 + b',"service":"x"}')
@example(b'{"kind":"report","at":"' + b"9" * 5_000 + b'","service":"x"}')
@example(b"[" * 60_000)
@example(b'{"kind":' * 8_000)
@example(b'{"kind":"' + b"\xc2\x9b31m" * 300 + b'"}')
@example(b'{"kind":"beat","at":NaN,"tick":1}')
@example(b'{"kind":"beat","at":1,"tick":1e1}')
@example(b'{"kind":"beat","at":1,"tick":1}{"kind":"beat","at":1,"tick":1}')
def test_any_bytes_are_a_signal_or_are_refused_in_words(line: bytes) -> None:
    judge(line)


@given(SIGNALS, st.data())
def test_a_line_that_is_cut_or_changed_is_a_signal_or_is_refused(
    signal: Signal, data: st.DataObject
) -> None:
    line = signals.encode(signal)
    cut = data.draw(st.integers(0, len(line) - 1))
    with pytest.raises(SignalInvalid):
        signals.decode(line[:cut])
    judge(line[:cut] + data.draw(st.binary(min_size=1, max_size=3)) + line[cut + 1 :])


@given(SIGNALS, st.data())
def test_a_value_of_any_type_is_taken_as_it_is_or_refused(
    signal: Signal, data: st.DataObject
) -> None:
    plain = json.loads(signals.encode(signal))
    plain[data.draw(st.sampled_from(sorted(plain)) | st.text(max_size=5))] = data.draw(VALUES)
    judge(json.dumps(plain).encode())


def judge(line: bytes) -> None:
    signal, problem = read(line)
    if signal is None:
        assert 0 < len(problem) < 600
        assert problem.isprintable()
    else:
        signalbounds.check(signal)
        assert signals.decode(signals.encode(signal)) == signal


def read(line: bytes) -> tuple[Signal | None, str]:
    try:
        return signals.decode(line), ""
    except SignalInvalid as problem:
        return None, str(problem)


BAD: list[tuple[bytes, str]] = [
    (b'{"kind":"report","at":1,"service":""}', "service: .*length >= 1"),
    (b'{"kind":"report","at":1,"service":"x","words":"' + b"w" * 281 + b'"}', "words: .*<= 280"),
    (b'{"kind":"report","at":1,"service":"x","symtom":"dns"}', "unknown field `symtom`"),
    (b'{"kind":"report","at":1}', "missing required field `service`"),
    (b'{"at":1,"service":"x"}', "missing required field `kind`"),
    (b'{"kind":"rumour","at":1}', "unknown kind 'rumour'"),
    (b'{"kind":"report","at":1,"service":"a\\u0000b"}', r"service holds the character U\+0000"),
    (b'{"kind":"report","at":1,"service":"a\\nb"}', r"U\+000A; take out"),
    (b'{"kind":"report","at":1,"service":"a\x7fb"}', r"U\+007F"),
    ('{"kind":"report","at":1,"service":"a\x85b"}'.encode(), r"U\+0085"),
    (b'{"kind":"report","at":-1,"service":"x"}', "at: .*>= 0"),
    (b'{"kind":"report","at":253370764800000,"service":"x"}', "at: .*<= 253370764799999"),
    (b'{"kind":"report","at":"yesterday","service":"x"}', "no instant; write it like 2025-"),
    (b'{"kind":"report","at":"2025-03-10 09:41:00","service":"x"}', "no instant"),
    (b'{"kind":"report","at":"2025-02-30T09:41:00Z","service":"x"}', "is no time"),
    (b'{"kind":"report","at":"2025-03-10T09:41:60Z","service":"x"}', "is no time"),
    (b'{"kind":"report","at":"1969-12-31T23:59:59Z","service":"x"}', "outside of 1970 to 9998"),
    (b'{"kind":"claim","at":1,"service":"x","by":"a","said":"b","said_at":"x"}', "said_at 'x'"),
    (b'{"kind":"claim","at":1,"service":"x","by":"a","said":"b","role":"king"}', "role"),
    (
        b'{"kind":"claim","at":1,"service":"x","by":"a","said":"b","asserts":[{"axis":"mood","value":"c"}]}',
        "asserts",
    ),
    (
        b'{"kind":"claim","at":1,"service":"x","by":"a","said":"b","asserts":[{"axis":"fact","value":"\\u0007"}]}',
        "asserts",
    ),
    (b'{"kind":"notice","at":1,"service":"x","page":"p","state":"fine"}', "state: .*'fine'"),
    (b'{"kind":"notice","at":1,"service":"x","page":"p","regions":[""]}', "regions.*length >= 1"),
    (b'{"kind":"notice","at":1,"service":"x","page":"p","until_at":"x"}', "until_at 'x'"),
    (b'{"kind":"traffic","at":1,"target":"192.0.2.1","spoofed":-1}', "spoofed: .*>= 0"),
    (b'{"kind":"traffic","at":1,"target":"192.0.2.1","ports":{"udp/53":-1}}', "ports.*>= 0"),
    (b'{"kind":"traffic","at":1,"target":"192.0.2.1","from_at":"x"}', "from_at 'x'"),
    (b'{"kind":"beat","at":1,"tick":-1}', "tick: .*>= 0"),
    (b'{"seq":0,"kind":"beat","at":1,"tick":1}', "seq: .*>= 1"),
    (b'{"kind":"beat","at":1,"tick":1', "is no JSON"),
    (b"report,2025-03-10T09:41:00Z,x", "is no JSON .*one signal a line"),
    (b"[]", "got `array`"),
    (b"x" * (signals.LINE_BYTES_MAX + 1), "are too many"),
]


@pytest.mark.parametrize(("line", "told"), BAD, ids=[told[:20] for _, told in BAD])
def test_what_is_wrong_is_told(line: bytes, told: str) -> None:
    with pytest.raises(SignalInvalid, match=told):
        signals.decode(line)


@pytest.mark.parametrize(
    "broken",
    [
        lambda at: Report(at, "x\ny"),
        lambda at: Report(at, ""),
        lambda at: Report(at, "x", words="w" * 281),
        lambda at: Report(at, "x", words="\ud800"),
        lambda at: Notice(at, "x", "p", components=("a\nb",)),
        lambda at: Notice(at, "x", "p", regions=("a",) * 21),
        lambda at: Notice(at, "x", "p", resolved_at=-1),
        lambda _: Report(-1, "x"),
        lambda at: Beat(at, -1),
    ],
)
def test_a_value_made_elsewhere_can_be_checked_too(broken: Callable[[int], Signal]) -> None:
    with pytest.raises(SignalInvalid):
        signalbounds.check(broken(1))


def test_instants_are_read_with_any_offset_and_case_and_fraction() -> None:
    for text in (
        "2025-03-10T09:41:00.123Z",
        "2025-03-10t09:41:00.123z",
        "2025-03-10 10:41:00.123+01:00",
        "2025-03-10T05:41:00.1239-04:00",
    ):
        line = json.dumps({"kind": "report", "at": text, "service": "x"}).encode()
        assert iso(signals.decode(line).at) == "2025-03-10T09:41:00.123Z"


def test_lines_are_read_in_order_and_those_that_are_no_signals_are_told_with_their_numbers() -> (
    None
):
    lines = [
        b'\xef\xbb\xbf{"kind":"report","at":1,"service":"a"}\r\n',
        b"\n",
        b"# a comment\n",
        b'{"kind":"report","at":2,"service":"b"}\n',
        b'{"kind":"report","at":3,"servi',
    ]
    kept, rejects = signals.decode_lines(lines)
    assert kept == [Report(1, "a"), Report(2, "b")]
    assert [reject.line for reject in rejects] == [3, 5]
    assert str(rejects[1]).startswith("line 5: is no JSON (Input data was truncated)")


def test_a_file_that_is_no_export_at_all_is_given_up() -> None:
    with pytest.raises(SignalInvalid, match=r"more than 10000 lines .* line 1: .* journal export"):
        signals.decode_lines(b"no signal" for _ in range(10**9))


@given(st.lists(st.integers(0, 30 * TICK_MS), min_size=1, max_size=20), st.integers(0, 10**6))
def test_beats_put_in_end_every_tick_and_leave_every_signal_in_its_own(
    instants: list[int], until: int
) -> None:
    written = [Report(at, "x", reporter=str(n)) for n, at in enumerate(instants)]
    beaten = list(signals.with_beats(written, until))
    beats = [signal for signal in beaten if isinstance(signal, Beat)]
    first, last = tick_of(min(instants)), max(tick_of(max(instants)), tick_of(until))
    assert [beat.tick for beat in beats] == list(range(first, last + 1))
    tick = first
    for signal in beaten:
        if isinstance(signal, Beat):
            assert (signal.tick, signal.at) == (tick, end_ms(tick))
            tick += 1
        else:
            assert tick_of(signal.at) == tick
    assert sorted(written, key=lambda signal: signal.at) == [
        signal for signal in beaten if not isinstance(signal, Beat)
    ]


def test_a_journal_with_beats_is_left_as_it_is_and_nothing_stays_nothing() -> None:
    journal: list[Signal] = [Report(90_000, "x"), Beat(100_000, 9), Report(5, "late")]
    assert list(signals.with_beats(journal)) == journal
    assert list(signals.with_beats([])) == []


def test_a_wrong_year_does_not_make_a_million_beats() -> None:
    with pytest.raises(SignalInvalid, match="wrong year"):
        list(signals.with_beats([Report(0, "x"), Report(signalbounds.AT_MAX, "x")]))
