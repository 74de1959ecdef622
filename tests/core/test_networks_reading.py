"""Every form of a table of networks, by lines as they are published; what cannot be used is counted with its reason."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from pathlib import Path

import numpy as np
import pytest

from core.mmdb_writer import encoded, finished, mmdb
from uproar.errors import NetworksInvalid
from uproar.inlets import networkfiles
from uproar.wire.networks import kept
from uproar.wire.networks.reading import LINE_MAX, LineReader, date_in
from uproar.wire.networks.spans import country_code, number_of
from uproar.wire.networks.table import Source, Table, table


def read(text: str, file: str = "table.txt", **told: str) -> tuple[Source, LineReader]:
    reader = LineReader()
    reader.feed(text.encode().split(b"\n"))
    return reader.source(file, **told), reader


def says(made: Table, address: str) -> tuple[int, str, str]:
    number = number_of(address)
    assert number is not None
    system, country = made.one(number.to_bytes(16, "big"))
    return system, country_code(country), made.names.of(system)


IPTOASN = (
    "1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n1.0.1.0\t1.0.3.255\t0\tNone\tNot routed\n"
    "2001:200::\t2001:200:ffff:ffff:ffff:ffff:ffff:ffff\t2500\tJP\tWIDE-BB\n"
)
RIB = (
    "TABLE_DUMP2|1763596800|B|192.0.2.1|64500|203.0.113.0/24|64500 64501 64502|IGP|192.0.2.1|0|0||NAG||\n"
    "TABLE_DUMP2|1763596800|B|192.0.2.2|64510|203.0.113.0/24|64510 64502|IGP|192.0.2.2|0|0||NAG||\n"
    "TABLE_DUMP2|1763596800|B|192.0.2.3|64520|203.0.113.0/24|64520 64666|IGP|192.0.2.3|0|0||NAG||\n"
    "TABLE_DUMP2|1763596800|B|192.0.2.1|64500|2001:db8:1::/48|64500 {64503,64504}|INCOMPLETE|192.0.2.1|0|0||AG||\n"
)
CASES = [
    ("prefixes", "192.0.2.0/24\t64500\n2001:db8::/32 AS64501\n",
     {"192.0.2.9": (64500, "", ""), "2001:db8::1": (64501, "", ""), "192.0.3.0": (0, "", "")}),
    ("pfx2as", "1.0.0.0\t24\t13335\n1.0.4.0\t22\t38803_56203\n1.0.5.0\t24\t4_5,6\n2001:200::\t32\t2500\n",
     {"1.0.0.1": (13335, "", ""), "1.0.4.1": (38803, "", ""), "1.0.5.1": (4, "", ""), "2001:200::1": (2500, "", "")}),
    ("iptoasn", IPTOASN,
     {"1.0.0.1": (13335, "US", "CLOUDFLARENET"), "1.0.2.1": (0, "", ""), "2001:200::1": (2500, "JP", "WIDE-BB")}),
    ("iptoasn", "16777216\t16777471\t13335\tUS\tCLOUDFLARENET\n", {"1.0.0.1": (13335, "US", "CLOUDFLARENET")}),
    ("ranges", '1.0.0.0,1.0.0.255,13335,"Cloudflare, Inc."\n1.0.4.0,1.0.7.255,38803,Gtelecom\n',
     {"1.0.0.1": (13335, "", "Cloudflare, Inc."), "1.0.7.255": (38803, "", "Gtelecom")}),
    ("ranges", "1.0.0.0,1.0.0.255,AU\n2001:200::,2001:200::ffff,JP\n1.1.0.0,1.1.0.9,ZZ\n",
     {"1.0.0.1": (0, "AU", ""), "2001:200::1": (0, "JP", ""), "1.1.0.1": (0, "", "")}),
    ("csv", 'network,country,country_code,continent,asn,as_name\n1.0.0.0/24,Australia,AU,Oceania,AS13335,"Cloudflare, Inc."\n',
     {"1.0.0.1": (13335, "AU", "Cloudflare, Inc.")}),
    ("csv", "network,autonomous_system_number,autonomous_system_organization\n2001:200::/32,2500,WIDE\n1.1.1.1,9,x\n",
     {"2001:200::1": (2500, "", "WIDE"), "1.1.1.1": (9, "", "x"), "1.1.1.2": (0, "", "")}),
    ("csv", "start_ip,end_ip,asn,country\n1.0.0.0,1.0.0.9,AS7,NL\n", {"1.0.0.9": (7, "NL", ""), "1.0.0.10": (0, "", "")}),
    ("rib", RIB,
     {"203.0.113.7": (64502, "", ""), "2001:db8:1::1": (64503, "", "")}),
]  # fmt: skip


@pytest.mark.parametrize(("form", "text", "wanted"), CASES)
def test_each_form_is_told_by_its_lines_and_read(form, text, wanted) -> None:
    found, reader = read(text)
    assert found.told.form == form
    assert reader.shown == []
    made = table([found])
    assert {address: says(made, address) for address in wanted} == wanted


def test_rows_with_several_networks_are_counted_and_the_first_is_taken() -> None:
    assert read(CASES[1][1])[0].told.several == 2
    rib, _ = read(CASES[-1][1])
    assert (rib.told.several, rib.told.rows, rib.told.date) == (2, 2, "2025-11-20")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("10.0.0.0\t1", "not of the file's form"),
        ("10.0.0.0/33\t1", "no prefix length"),
        ("2001:db8::/129\t1", "no prefix length"),
        ("::ffff:10.0.0.0/90\t1", "no prefix length"),
        ("10.0.0.0/x\t1", "no prefix length"),
        ("10.0.0/8\t1", "no address"),
        ("010.0.0.0/8\t1", "no address"),
        ("0.0.0.0/0\t1", "the default route"),
        ("10.0.0.0/8\t0", "no number of a network"),
        ("10.0.0.0/8\t4294967296", "no number of a network"),
        ("10.0.0.0/8\tnone", "no number of a network"),
        ("10.0.0.0/8\t1\t2\t3", "not of the file's form"),
        ("x" * (LINE_MAX + 1), "too long"),
    ],
)
def test_a_line_that_cannot_be_used_is_counted_with_reason_and_number(line, reason) -> None:
    found, reader = read(f"192.0.2.0/24\t1\n# a comment\n\n{line}\n")
    assert found.told.rows == 1
    ((why, count),) = found.told.aside.items()
    assert (why.startswith(reason), count) == (True, 1)
    assert reader.shown[0].startswith(f"line 4: {reason}")


def test_ranges_that_end_before_they_begin_are_set_aside() -> None:
    found, _ = read("1.0.0.0,1.0.0.9,5,x\n1.0.0.9,1.0.0.0,5,x\n1.0.0.0,2001::,5,x\n")
    assert (found.told.rows, sum(found.told.aside.values())) == (1, 2)


def test_what_the_operator_says_of_a_source_comes_before_what_its_name_tells() -> None:
    known, _ = read(CASES[1][1], "routeviews-rv2-20251120-1200.pfx2as")
    assert known.told.date == "2025-11-20"
    assert known.told.licence == "CAIDA Acceptable Use Agreement"
    own, _ = read(
        CASES[1][1],
        "routeviews-rv2-20251120-1200.pfx2as",
        name="Ours",
        licence="CC0",
        date="2020-01-02",
    )
    assert (own.told.name, own.told.licence, own.told.date) == ("Ours", "CC0", "2020-01-02")
    assert read(CASES[0][1])[0].told.licence == ""


@pytest.mark.parametrize(
    ("name", "day"),
    [("dbip-asn-lite-2026-09.csv.gz", "2026-09"), ("rib.20251120.0000.txt", "2025-11-20"), ("x-20259999", ""), ("a", "")],
)  # fmt: skip
def test_a_files_name_may_tell_its_day(name, day) -> None:
    assert date_in(name) == day


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_packed_files_are_read_as_if_they_were_not(pack, tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_bytes(pack(CASES[1][1].encode()) + (pack(b"9.0.0.0\t8\t9\n")))
    found, _ = networkfiles.read(path)
    assert (found.told.rows, says(table([found]), "9.9.9.9")[0]) == (5, 9)
    path.write_bytes(pack(os.urandom(3000))[:-20])
    with pytest.raises(NetworksInvalid, match=r"damaged|no line tells"):
        networkfiles.read(path)


def test_what_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(networkfiles, "UNPACKED_BYTES_MAX", 100_000)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"1.0.0.0/24 5\n" * 100_000))
    with pytest.raises(NetworksInvalid, match="unpacks to more than 100,000 bytes"):
        networkfiles.read(path)


@pytest.mark.parametrize("packed_too", [False, True])
def test_an_mmdb_tells_networks_names_countries_and_its_own_day(packed_too, tmp_path: Path) -> None:
    raw = mmdb(
        {
            "1.0.0.0/24": {"autonomous_system_number": 13335, "autonomous_system_organization": "CLOUDFLARENET"},
            "2001:200::/32": {"asn": "AS2500", "as_name": "WIDE", "country": {"iso_code": "JP"}},
            "9.0.0.0/8": {"city": "nowhere"},
        }
    )  # fmt: skip
    path = tmp_path / ("x.mmdb.gz" if packed_too else "x.mmdb")
    path.write_bytes(gzip.compress(raw) if packed_too else raw)
    found, _ = networkfiles.read(path)
    made = table([found])
    assert says(made, "1.0.0.255") == (13335, "", "CLOUDFLARENET")
    assert says(made, "2001:200::1") == (2500, "JP", "WIDE")
    assert found.told.name == "MaxMind GeoLite2 (GeoLite2-ASN)"
    assert "created by MaxMind" in found.told.attribution
    assert (found.told.date, found.told.rows, sum(found.told.aside.values())) == (
        "2025-11-20",
        2,
        1,
    )


@pytest.mark.parametrize(
    "nodes", [[[0, 0]], [[1, 1], [0, 1]], [[500, 500]], [[1, 1], [999_999, 999_999]]]
)
def test_a_damaged_mmdb_is_refused_and_never_waited_for(nodes, tmp_path: Path) -> None:
    path = tmp_path / "x.mmdb"
    path.write_bytes(finished(nodes, encoded({"asn": 1}), "x", 0))
    with pytest.raises(NetworksInvalid, match="damaged"):
        networkfiles.read(path)


def sealed(data: bytes) -> bytes:
    """A file whose digest fits whatever it holds: who writes nonsense can write that too."""
    return data[:16] + kept._digest(data[:16], data[32:]) + data[32:]


def test_a_kept_file_with_a_fitting_digest_and_nonsense_inside_is_refused() -> None:
    made, _ = read(CASES[2][1])
    good = kept.to_bytes(table([made]))
    assert kept.from_bytes(sealed(good)).four.starts[0] == 0
    head_bytes = int.from_bytes(good[12:16], "little")
    begin, body = good[:32], good[32:]
    lengths = body[:head_bytes].split(b'"lengths":[')[1].split(b"]")[0]
    huge = body.replace(lengths, b"9" * len(lengths), 1)
    for bad in (
        begin + huge,
        begin + body.replace(b'"lengths"', b'"lengthz"', 1),
        begin + body.replace(lengths, lengths.replace(b",", b" ", 1), 1),
        good[:12] + (1 << 31).to_bytes(4, "little") + good[16:],
        good[:-1],
    ):
        with pytest.raises(NetworksInvalid, match="build it again"):
            kept.from_bytes(sealed(bad))
    with pytest.raises(NetworksInvalid, match="of version 2"):
        kept.from_bytes(good[:8] + (2).to_bytes(4, "little") + good[12:])
    with pytest.raises(NetworksInvalid, match="no table of networks"):
        kept.from_bytes(b"PK" + good[2:])


def test_an_index_by_24s_changes_no_answer() -> None:
    lines = [
        f"{first}.{second}.0.{last}/{length} {first + second + last + 1}"
        for first in (0, 1, 255)
        for second in (0, 255)
        for last, length in ((0, 16), (0, 24), (7, 32), (255, 32))
    ]
    text = "\n".join(lines)
    made = table([read(text)[0]])
    lo = np.unique(
        np.concatenate([made.four.starts.astype(np.int64) + step for step in (-1, 0, 1, 255, 256)])
    )
    lo = lo[(lo >= 0) & (lo < 1 << 32)].astype(np.uint64) | np.uint64(0xFFFF << 32)
    hi = np.zeros(len(lo), np.uint64)
    assert made.indexed().systems(hi, lo).tolist() == made.systems(hi, lo).tolist()
