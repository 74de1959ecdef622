"""Where reporters are: by the registries, by the operator's own file of whatever kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.mmdb_writer import mmdb
from uproar.app import geo
from uproar.errors import NetworksInvalid
from uproar.inlets import networks
from uproar.inlets.addresses import packed
from uproar.wire.networks.records import of_record

KEY = b"k" * 32


def test_a_file_without_one_good_line_is_refused_with_what_to_write(tmp_path: Path) -> None:
    path = tmp_path / "networks.tsv"
    path.write_text("hello\n")
    with pytest.raises(NetworksInvalid, match=r"is, for instance, 192\.0\.2\.0/24, a tab"):
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
    assert known.note == "rows of networks: 1, lines set aside: 1"


def test_a_table_that_was_built_and_an_mmdb_give_the_same_networks_and_countries(
    tmp_path: Path,
) -> None:
    source, built = tmp_path / "own.mmdb", tmp_path / "own.networks"
    source.write_bytes(
        mmdb(
            {
                "193.0.0.0/21": {"asn": 3333, "country_code": "GB"},
                "2001:67c:2e8::/48": {"asn": "AS3333"},
            }
        )
    )
    geo.build([source], [{}], built)
    for path in (source, built):
        known = networks.load(path)
        assert known.locate(packed("193.0.6.139") or b"", KEY) == ("GB", "AS3333")
        assert known.locate(packed("2001:67c:2e8::1") or b"", KEY) == ("NL", "AS3333")
        assert known.locate(packed("192.0.2.1") or b"", KEY)[0] == "ZZ"
        assert len(known.digest) == 32
        assert known.told[0].date == "2025-11-20"


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
    assert of_record(record) == wanted
