"""The network of an address: longest match, whatever the order and nesting of the prefixes."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uproar.errors import NetworksInvalid
from uproar.inlets import networks, prefixes
from uproar.inlets.addresses import packed

KEY = b"k" * 32


def number(table: prefixes.Prefixes, address: str) -> int:
    raw = packed(address)
    assert raw is not None
    return table.number(raw)


def test_the_longest_prefix_wins_and_gaps_have_no_number() -> None:
    table, rejects = prefixes.parse(
        b"# comment\n10.0.0.0/8\t1\n10.1.0.0/16\t2\n10.1.2.0/24\t3\n10.1.2.3/32 4\n\n"
        b"10.1.3.0\t24\t5\n192.0.2.0\t24\t64500_64501\n198.51.100.0/24\tAS6\n"
        b"2001:db8::/32\t7\n2001:db8:1::/48\t8\n"
    )
    assert rejects.count == 0
    wanted = {
        "9.255.255.255": 0, "10.0.0.0": 1, "10.255.255.255": 1, "11.0.0.0": 0, "10.1.0.1": 2,
        "10.1.2.2": 3, "10.1.2.3": 4, "10.1.2.4": 3, "10.1.3.9": 5, "10.1.4.0": 2, "10.2.0.0": 1,
        "192.0.2.255": 64500, "198.51.100.1": 6, "203.0.113.1": 0,
        "2001:db8::1": 7, "2001:db8:1::1": 8, "2001:db8:2::1": 7, "2001:db9::": 0,
    }  # fmt: skip
    assert {address: number(table, address) for address in wanted} == wanted


NETWORKS = st.tuples(st.integers(0, 255), st.integers(24, 32), st.integers(1, 5))


@given(st.lists(NETWORKS, min_size=1, max_size=40))
def test_a_look_up_agrees_with_trying_every_prefix(rows: list[tuple[int, int, int]]) -> None:
    lines = []
    known: dict[ipaddress.IPv4Network, int] = {}
    for last, length, system in rows:
        network = ipaddress.ip_network(f"192.0.2.{last}/{length}", strict=False)
        assert isinstance(network, ipaddress.IPv4Network)
        known[network] = system
        lines.append(f"192.0.2.{last}/{length}\t{system}")
    table, rejects = prefixes.parse("\n".join(lines).encode())
    assert (table.rows, rejects.count) == (len(known), 0)
    for last in range(256):
        address = ipaddress.ip_address(f"192.0.2.{last}")
        holding = [network for network in known if address in network]
        best = max(holding, key=lambda network: network.prefixlen, default=None)
        assert number(table, str(address)) == (known[best] if best is not None else 0)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_table_and_the_lines_that_were_set_aside(raw: bytes) -> None:
    table, rejects = prefixes.parse(raw)
    assert table.rows >= 0
    assert len(rejects.first) <= rejects.count or rejects.count == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("10.0.0.0\t1", "not a prefix"),
        ("10.0.0.0/33\t1", "length from 0 to 32"),
        ("2001:db8::/65\t1", "length from 0 to 64"),
        ("10.0.0.0/x\t1", "length"),
        ("10.0.0/8\t1", "no address"),
        ("10.0.0.0/8\t0", "autonomous system"),
        ("10.0.0.0/8\t4294967296", "autonomous system"),
        ("10.0.0.0/8\tnone", "autonomous system"),
        ("10.0.0.0/8\t1\t2\t3", "not a prefix"),
    ],
)
def test_a_line_that_cannot_be_used_is_counted_with_its_reason(line: str, reason: str) -> None:
    table, rejects = prefixes.parse(f"192.0.2.0/24\t1\n{line}\n".encode())
    assert (table.rows, rejects.count) == (1, 1)
    assert rejects.first[0].startswith("line 2: ")
    assert reason in rejects.first[0]


def test_a_file_without_one_good_line_is_refused_with_what_to_write(tmp_path: Path) -> None:
    path = tmp_path / "networks.tsv"
    path.write_text("hello\n")
    with pytest.raises(NetworksInvalid, match=r"write 192\.0\.2\.0/24, a tab"):
        networks.load(path)
    with pytest.raises(NetworksInvalid, match="cannot be read"):
        networks.load(tmp_path / "missing.tsv")
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"nothing of the kind")
    with pytest.raises(NetworksInvalid, match="no MMDB file"):
        networks.load(broken)


def test_a_prefix_file_gives_networks_and_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "networks.tsv"
    path.write_text("193.0.0.0/21\t3333\nnonsense\n")
    known = networks.load(path)
    assert known.locate(packed("193.0.6.139") or b"", KEY) == ("NL", "AS3333")
    assert len(known.digest) == 32
    assert known.note == "prefixes: 1, lines set aside: 1"


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "::1", "fe80::1", "fd00::1", "203.0.113.5", "0.0.0.0"]
)
def test_addresses_that_belong_to_no_country_have_place_zz(address: str) -> None:
    place, network = networks.by_country_only().locate(packed(address) or b"", KEY)
    assert place == "ZZ"
    assert network.startswith("p:")


def test_countries_come_from_the_registries() -> None:
    known = networks.by_country_only()
    assert known.locate(packed("193.0.6.139") or b"", KEY)[0] == "NL"
    assert known.locate(packed("::ffff:193.0.6.139") or b"", KEY)[0] == "NL"
    assert known.locate(packed("2001:67c:2e8::1") or b"", KEY)[0] == "NL"


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        (None, ("", 0)),
        ({"autonomous_system_number": 3320}, ("", 3320)),
        ({"asn": "AS3320", "country_code": "DE"}, ("DE", 3320)),
        ({"country": {"iso_code": "DE"}}, ("DE", 0)),
        ({"country": "DE", "asn": "x"}, ("DE", 0)),
        ({"autonomous_system_number": -1, "country": 7}, ("", 0)),
        ({"autonomous_system_number": 1 << 40}, ("", 0)),
    ],
)
def test_the_records_of_the_common_databases_are_understood(
    record: object, wanted: tuple[str, int]
) -> None:
    assert networks._of_record(record) == wanted
