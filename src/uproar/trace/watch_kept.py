"""The bytes of what watching remembers, so that a restart forgets nothing: exact there and back, refused whole where damaged."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from uproar.errors import BundleDamaged
from uproar.trace.bundle import INSTANT_MAX
from uproar.trace.thinning import ROWS_MAX, Sample
from uproar.trace.traffic import KINDS, Traffic
from uproar.trace.watch_attacks import ATTACKS_MAX
from uproar.trace.watch_state import (
    GROUP,
    NOWHERE,
    SECONDS,
    SHAPES,
    SPOTS_MAX,
    Known,
    State,
    no_spots,
)

VERSION: Final = 1
BYTES_MAX = 512 << 20
SAMPLES_MAX = 64  # Seconds whose rows are remembered.


class _Attack(msgspec.Struct, frozen=True, array_like=True):
    attack: str
    target: str
    of: str
    group: int
    spot: int
    raised_ms: int
    from_ms: int
    last_ms: int
    vectors: dict[str, float]
    live: bool


class _Rows(msgspec.Struct, frozen=True, array_like=True):
    at: int
    count: int
    columns: list[bytes]


class _Form(msgspec.Struct, frozen=True, array_like=True):
    version: int
    now_ms: int
    ours: str
    groups: tuple[str, ...]
    taught_tick: int
    told_tick: int
    count: int
    spots: list[bytes]
    heard_s: bytes
    rows: list[_Rows]
    attacks: list[_Attack]
    looked: list[tuple[int, int, float, int]]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Form)
_ROW_KINDS = (*KINDS.values(), np.uint64, np.uint64, np.uint8)


def to_bytes(state: State) -> bytes:
    """Return the bytes of a state, for `of_bytes`."""
    p = state.spots
    form = _Form(
        VERSION,
        state.now_ms,
        state.ours,
        state.groups,
        state.taught_tick,
        state.told_tick,
        p.count,
        [np.ascontiguousarray(getattr(p, name)[: p.count]).tobytes() for name in SHAPES],
        state.heard_s.tobytes(),
        [_Rows(at, len(sample), _columns(sample)) for at, sample in state.rows],
        [
            _Attack(*(getattr(known, f) for f in _Attack.__struct_fields__))
            for known in state.attacks
        ],
        [(spot, *seen) for spot, seen in sorted(state.looked.items())],
    )
    return _ENCODER.encode(form)


def of_bytes(data: bytes) -> State:
    """Return the state of these bytes. Raise BundleDamaged for what is none, or does not fit together."""
    if len(data) > BYTES_MAX:
        raise BundleDamaged(f"the state has {len(data)} bytes; at most {BYTES_MAX} are read")
    try:
        form = _DECODER.decode(data)
    except msgspec.MsgspecError as error:
        raise BundleDamaged(f"the state of watching cannot be read: {error}") from error
    if form.version != VERSION:
        raise BundleDamaged(f"the state is of version {form.version}; {VERSION} is read")
    if not (0 <= form.count <= SPOTS_MAX and 0 <= form.now_ms < INSTANT_MAX):
        raise BundleDamaged("the state tells of more spots, or of a later time, than are kept")
    if (
        len(form.rows) > SAMPLES_MAX
        or len(form.attacks) > ATTACKS_MAX
        or len(form.looked) > form.count
    ):
        raise BundleDamaged("the state tells of more rows or attacks than are kept")
    state = State(
        now_ms=form.now_ms,
        ours=form.ours,
        groups=form.groups,
        taught_tick=form.taught_tick,
        told_tick=form.told_tick,
    )
    state.spots = no_spots(max(form.count, 1))
    state.spots.count = form.count
    if len(form.spots) != len(SHAPES):
        raise BundleDamaged("the state's columns are not those that are kept")
    for data_, (name, (kind, shape)) in zip(form.spots, SHAPES.items(), strict=True):
        column = _array(data_, kind, form.count * int(np.prod(shape, dtype=np.int64)))
        getattr(state.spots, name)[: form.count] = column.reshape(form.count, *shape)
    state.heard_s = _array(form.heard_s, np.float64, SECONDS).copy()
    state.rows = [(rows.at, _sample(rows)) for rows in form.rows]
    state.attacks = [
        Known(**{f: getattr(each, f) for f in _Attack.__struct_fields__}) for each in form.attacks
    ]
    state.looked = {spot: (until, rate, since) for spot, until, rate, since in form.looked}
    _check(state)
    state.index()
    return state


def _columns(sample: Sample) -> list[bytes]:
    columns = [getattr(sample.rows, name) for name in KINDS]
    return [
        np.ascontiguousarray(column).tobytes()
        for column in (*columns, sample.hi, sample.lo, sample.level)
    ]


def _sample(rows: _Rows) -> Sample:
    if not 0 <= rows.count <= ROWS_MAX or len(rows.columns) != len(_ROW_KINDS):
        raise BundleDamaged("the state's rows are not those that are kept")
    columns = iter(
        [
            _array(data, kind, rows.count)
            for data, kind in zip(rows.columns, _ROW_KINDS, strict=True)
        ]
    )
    traffic = Traffic(**{name: next(columns) for name in KINDS})
    return Sample(traffic, next(columns), next(columns), next(columns))


def _array(data: bytes, kind: Any, count: int) -> NDArray[Any]:
    if len(data) != np.dtype(kind).itemsize * count:
        raise BundleDamaged("the state's columns are not as long as it says")
    return np.frombuffer(data, kind)


def _check(state: State) -> None:
    p, n = state.spots, state.spots.count
    spots = [known.spot for known in state.attacks if known.spot != NOWHERE] + [*state.looked]
    above = p.above[:n]
    if len(state.groups) > n or (p.level[: len(state.groups)] != GROUP).any():
        raise BundleDamaged("the state tells of hostgroups that it does not have")
    if ((p.group[:n] < 0) | (p.group[:n] >= max(len(state.groups), 1))).any():
        raise BundleDamaged("the state has an address of a hostgroup that it does not have")
    if any(not 0 <= spot < n for spot in spots) or ((above >= n) | (above < NOWHERE)).any():
        raise BundleDamaged("the state tells of a spot that it does not have")
    numbers = (p.ring[:n], p.usual[:n], p.wide[:n], p.ticks[:n], state.heard_s)
    if not all(np.isfinite(each).all() for each in numbers) or (p.level[:n] > 3).any():
        raise BundleDamaged("the state holds what is no number")
