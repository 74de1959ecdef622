"""The fold's state as bytes and back, exactly: a restart at any tick changes nothing.

A checkpoint belongs to one shape of the state, one catalog and one design; where any of them differs
it is not used, and the journal is folded again from the start. Raise `FORMAT` whenever the fold would
decide otherwise than before.
"""

from __future__ import annotations

import hashlib
import typing
import zlib
from typing import Any

import msgspec
import numpy as np

from uproar.app import fold
from uproar.app.almanac import WorldAlmanac
from uproar.detect.season import Universal
from uproar.diagnose.judge import Judge
from uproar.model.catalog import Catalog

FORMAT = 6


class Envelope(msgspec.Struct, frozen=True):
    """What a checkpoint is labelled with, and the packed state."""

    format: int
    catalog: str
    design: str
    state: bytes


class NotUsable(Exception):
    """The checkpoint was made with another format, shape of the state, catalog or design."""


def digest_of(value: Any) -> str:
    """Return a digest of any value that msgspec can encode, arrays included."""
    return hashlib.blake2b(_pack(value), digest_size=16).hexdigest()


def encode(state: fold.State, catalog: Catalog, design: fold.Design) -> bytes:
    """Return the state as compressed bytes."""
    lean = _Lean(**{name: getattr(state, name) for name in _Lean.__struct_fields__})
    envelope = Envelope(FORMAT, catalog.digest(), digest_of(design), _pack(lean))
    return zlib.compress(msgspec.msgpack.encode(envelope), 1)


def decode(blob: bytes, catalog: Catalog, design: fold.Design) -> fold.State:
    """Return the state of `encode`; raise NotUsable where it does not fit."""
    try:
        envelope = msgspec.msgpack.decode(zlib.decompress(blob), type=Envelope)
        wanted = (FORMAT, catalog.digest(), digest_of(design))
        if (envelope.format, envelope.catalog, envelope.design) != wanted:
            raise NotUsable
        lean = msgspec.msgpack.decode(envelope.state, type=_Lean, dec_hook=_unpack_array)
    except (msgspec.DecodeError, zlib.error) as problem:
        raise NotUsable from problem
    state = fold.State(**{name: getattr(lean, name) for name in _Lean.__struct_fields__})
    fold.index(state)
    return state


def _pack(value: Any) -> bytes:
    return msgspec.msgpack.encode(value, enc_hook=_pack_array)


def _pack_array(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, np.ascontiguousarray(value).tobytes())
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Universal | WorldAlmanac):
        return value.version
    if isinstance(value, Judge):
        return value.digest
    raise NotImplementedError(f"{type(value).__name__} cannot be kept in a checkpoint")


def _unpack_array(_: type, packed: Any) -> np.ndarray[Any, Any]:
    dtype, shape, raw = packed
    return np.frombuffer(raw, dtype).reshape(shape).copy()


_DERIVED = frozenset({"rows", "owners", "children"})
_Lean = msgspec.defstruct(
    "_Lean",
    [
        (name, kind)
        for name, kind in typing.get_type_hints(fold.State).items()
        if name not in _DERIVED
    ],
)
