"""A body is counted, unpacked and cut as it comes, and takes no more memory than its bound."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import brotli
import pytest

from uproar.inlets.probes.body import Reply, Unreadable
from uproar.inlets.probes.design import RECEIVED_MAX, UNPACKED_MAX


def reply(**headers: str) -> Reply:
    made = Reply()
    fields = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    made.begin(200, fields)
    return made


def bomb(mebibytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(mebibytes)) + packer.flush()


def test_a_bomb_takes_no_more_memory_than_the_bound() -> None:
    packed, one = bomb(64), reply(content_encoding="gzip")
    tracemalloc.start()
    try:
        wanted = one.take(packed)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not wanted
    assert one.cut
    assert len(one.body) == UNPACKED_MAX
    assert peak < 8 * UNPACKED_MAX


def test_a_bomb_of_brotli_takes_no_more_memory_than_the_bound() -> None:
    packed, one = brotli.compress(bytes(64 << 20), quality=5), reply(content_encoding="br")
    tracemalloc.start()
    try:
        wanted = one.take(packed)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not wanted
    assert one.cut
    assert len(one.body) == UNPACKED_MAX
    assert peak < 8 * UNPACKED_MAX


def test_a_body_of_brotli_in_pieces_is_one_body() -> None:
    text = b"".join(b"hello %d " % number for number in range(5_000))
    packed, one = brotli.compress(text), reply(content_encoding="br")
    assert all(one.take(packed[at : at + 7]) for at in range(0, len(packed), 7))
    assert (bytes(one.body), one.received, one.cut) == (text, len(packed), False)
    assert one.take(b"what follows the end")
    assert bytes(one.body) == text


def test_what_is_no_brotli_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        reply(content_encoding="br").take(b"<html>not packed at all</html>")


def test_a_body_in_pieces_is_one_body() -> None:
    packed, one = gzip.compress(b"hello " * 100), reply(content_encoding="x-gzip")
    assert all(one.take(packed[at : at + 1]) for at in range(len(packed)))
    assert (bytes(one.body), one.received, one.cut) == (b"hello " * 100, len(packed), False)


def test_a_body_at_its_bound_is_whole_and_one_byte_more_is_cut() -> None:
    one = reply()
    assert one.take(bytes(UNPACKED_MAX))
    assert not one.cut
    assert not one.take(b".")
    assert one.cut


def test_what_unpacks_to_nothing_is_bounded_by_what_is_received() -> None:
    empty, one = gzip.compress(b""), reply(content_encoding="gzip")
    assert one.take(empty)
    assert not one.take(bytes(RECEIVED_MAX))


def test_what_is_not_packed_as_it_says_is_refused() -> None:
    with pytest.raises(Unreadable):
        reply(content_encoding="gzip").take(b"plain")


def test_other_packing_is_left_as_it_is() -> None:
    one = reply(content_encoding="zstd")
    assert one.take(b"\x8b\x00")
    assert bytes(one.body) == b"\x8b\x00"


def test_headers_and_titles_are_bounded() -> None:
    one = Reply()
    one.begin(200, [(b"X", b"y" * 100_000)] * 1_000)
    assert len(one.headers) == 200
    assert max(len(value) for _, value in one.headers) == 8 * 1024
    one.take(b"<title>" + b"t" * 5_000 + b"</title>")
    assert len(one.title()) <= 200
