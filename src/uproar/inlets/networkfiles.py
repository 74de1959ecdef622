"""Files that say who announces addresses: opened, unpacked within a bound, and handed to their readers; tables of our own are mapped.

gzip, bzip2 and xz are told by their first octets. An MMDB is told by its mark, whatever it is called.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import ipaddress
import lzma
import mmap
import tempfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import maxminddb
import msgspec
from maxminddb.reader import Metadata

from uproar.errors import NetworksInvalid
from uproar.wire import cleaned
from uproar.wire.networks import kept
from uproar.wire.networks.forms import NOTHING
from uproar.wire.networks.publishers import published
from uproar.wire.networks.reading import LINE_MAX, NAME_MAX, LineReader, Rows
from uproar.wire.networks.records import row_of
from uproar.wire.networks.spans import MAPPED_HIGH, V4_BITS, of_prefix
from uproar.wire.networks.table import Source, Table, Told

UNPACKED_BYTES_MAX = 17_179_869_184  # A routing table of forty peers is about 6 GB as text.
MMDB_BYTES_MAX = 2_147_483_648
XZ_MEMORY_MAX = 268_435_456
PIECE_BYTES = 4_194_304
_MMDB_MARK = (
    b"\xab\xcd\xefMaxMind.com"  # Before the metadata, in the last 128 KiB (MaxMind DB 2.0).
)
_MMDB_MARK_WITHIN = 131_072
_BUILT_MAX_S = 4_102_444_800  # The year 2100: what lies behind it is a slip.
_MARK_BYTES = 6
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0"
_DAMAGED = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)


def read(path: Path, **told: str) -> tuple[Source, list[str]]:
    """Return what a source says, and its first lines that could not be used, with their numbers.

    `told` (name, date, licence, attribution) is what the operator says of it. Raises NetworksInvalid where it is of no use.
    """
    try:
        with path.open("rb") as file:
            if _is_mmdb(file):
                return _of_mmdb(path, path.name, told), []
            begin = file.peek(_MARK_BYTES)[:_MARK_BYTES]
            if begin.startswith((_GZIP, _BZIP2, _XZ)):
                unpacked = _unpacked(file, begin)
                if path.suffixes[-2:-1] == [".mmdb"]:
                    return _of_packed_mmdb(unpacked, path.stem, told), []
                return _of_lines(unpacked, path, told)
            return _of_lines(_plain(file), path, told)
    except OSError as problem:
        why = problem.strerror or "damaged"
        raise NetworksInvalid(f"{path}: cannot be read ({why})") from None
    except _DAMAGED as problem:
        raise NetworksInvalid(f"{path}: is packed and damaged ({problem})") from None
    except NetworksInvalid as problem:
        raise NetworksInvalid(f"{path}: {problem}") from None


def is_kept(path: Path) -> bool:
    """Tell whether a file is a table of our own; raises NetworksInvalid where it cannot be read."""
    try:
        with path.open("rb") as file:
            return kept.is_kept(file.read(len(kept.MAGIC)))
    except OSError as problem:
        raise NetworksInvalid(f"{path}: cannot be read ({problem.strerror})") from None


def load(path: Path) -> Table:
    """Return a table of our own, mapped into memory; raises NetworksInvalid where it is none, or damaged."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            # An empty file cannot be mapped.
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
            return kept.from_bytes(memoryview(data))
    except OSError as problem:
        raise NetworksInvalid(f"{path}: cannot be read ({problem.strerror})") from None
    except NetworksInvalid as problem:
        raise NetworksInvalid(f"{path}: {problem}") from None


def keep(table: Table, path: Path) -> int:
    """Write a table beside its place and move it there whole; return its size in bytes. Raises NetworksInvalid."""
    data = kept.to_bytes(table)
    beside = path.with_name(f"{path.name}.part")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as problem:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise NetworksInvalid(f"{path}: cannot be written ({problem.strerror})") from None
    return len(data)


def _plain(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece


def _unpacked(file: BinaryIO, begin: bytes) -> Iterator[bytes]:
    """Yield what is packed, in pieces; raises NetworksInvalid beyond UNPACKED_BYTES_MAX."""
    total = 0
    for piece in _unpacking(file, begin):
        total += len(piece)
        if total > UNPACKED_BYTES_MAX:
            raise NetworksInvalid(f"unpacks to more than {UNPACKED_BYTES_MAX:,} bytes")
        yield piece


def _unpacking(file: BinaryIO, begin: bytes) -> Iterator[bytes]:
    if begin.startswith(_XZ):
        yield from _of_xz(file)
    elif begin.startswith(_GZIP):
        with gzip.GzipFile(fileobj=file) as unpacked:
            while piece := unpacked.read(PIECE_BYTES):
                yield piece
    else:
        with bz2.BZ2File(file) as unpacked_too:
            while piece := unpacked_too.read(PIECE_BYTES):
                yield piece


def _of_xz(file: BinaryIO) -> Iterator[bytes]:
    """Unpack xz, one stream after the other; its file class knows no bound on memory."""
    packed = file.read(PIECE_BYTES)
    while packed:
        unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_MAX)
        while not unpacker.eof:
            piece = unpacker.decompress(packed, PIECE_BYTES)
            yield piece
            packed = file.read(PIECE_BYTES) if unpacker.needs_input else b""
            if unpacker.needs_input and not packed and not unpacker.eof:
                raise EOFError("it ends too soon")
        packed = unpacker.unused_data.lstrip(b"\0") or file.read(PIECE_BYTES).lstrip(b"\0")


def _of_packed_mmdb(pieces: Iterator[bytes], name: str, told: dict[str, str]) -> Source:
    """Unpack a database into a file for the moment: the reader that is written in C wants one, and is ten times as fast."""
    with tempfile.NamedTemporaryFile() as unpacked:
        total = 0
        for piece in pieces:
            total += unpacked.write(piece)
            if total > MMDB_BYTES_MAX:
                raise NetworksInvalid(f"unpacks to more than {MMDB_BYTES_MAX:,} bytes")
        unpacked.flush()
        return _of_mmdb(Path(unpacked.name), name, told)


def _of_lines(
    pieces: Iterator[bytes], path: Path, told: dict[str, str]
) -> tuple[Source, list[str]]:
    reader = LineReader()
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        # Of a line without end only as much is kept as shows that it is too long; its tail is another bad line.
        if len(rest) > LINE_MAX:
            lines.append(rest)
            rest = b""
        reader.feed(lines)
    reader.feed([rest] if rest else [])
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%d")
    source = reader.source(path.name, **told)
    if not source.told.date:
        # The file's own day is the latest that its rows can be of.
        source = msgspec.structs.replace(
            source, told=msgspec.structs.replace(source.told, date=changed)
        )
    return source, reader.shown


def _is_mmdb(file: BinaryIO) -> bool:
    size = file.seek(0, io.SEEK_END)
    file.seek(max(size - _MMDB_MARK_WITHIN, 0))
    found = _MMDB_MARK in file.read(_MMDB_MARK_WITHIN)
    file.seek(0)
    return found


def _of_mmdb(path: Path, name: str, told: dict[str, str]) -> Source:
    try:
        with maxminddb.open_database(path) as reader:
            about = reader.metadata()
            rows, nothing = Rows(), 0
            for network, record in reader:
                row = row_of(_span(network), record)
                if row is None:
                    nothing += 1
                else:
                    rows.add(row)
    except (maxminddb.InvalidDatabaseError, ValueError, RecursionError, UnicodeDecodeError):
        raise NetworksInvalid("is no MMDB file, or a damaged one") from None
    about_it = of_database(about, name, **told)
    if not len(rows.spans):
        raise NetworksInvalid(f"{about_it.name} knows neither networks nor countries")
    aside = {NOTHING: nothing} if nothing else {}
    about_it = msgspec.structs.replace(
        about_it, rows=len(rows.spans), several=rows.several, aside=aside
    )
    return Source(about_it, rows.spans.spans(), rows.names)


def of_database(about: Metadata, name: str, **told: str) -> Told:
    """Return what is to be said of an MMDB, by its own metadata, its file's name and what the operator says of it."""
    kind = cleaned.text(about.database_type, NAME_MAX)
    known = published(kind)
    if not known.name:
        known = published(name)
    built = datetime.fromtimestamp(min(max(about.build_epoch, 0), _BUILT_MAX_S), UTC)
    return Told(
        told.get("name") or known.named(kind or cleaned.text(name, NAME_MAX)),
        "mmdb",
        told.get("date") or built.strftime("%Y-%m-%d"),
        told.get("licence") or known.licence,
        told.get("attribution") or known.attribution,
    )


def _span(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> tuple[int, int]:
    number = int(network.network_address)
    # Not by the network's own last address, which takes longer than all the rest of a row.
    return of_prefix(
        (MAPPED_HIGH << V4_BITS) | number if network.version == 4 else number, network.prefixlen
    )
