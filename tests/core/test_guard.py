"""No address within a network of ours is measured, however it is written."""

from __future__ import annotations

import pytest

from uproar.inlets.guard import METADATA, PORTS, Guard

SHUT = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "168.63.129.16", "100.100.100.200", "192.88.99.1",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::7f00:1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1",
    "2002:a9fe:a9fe::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1", "3fff::1", "100::1",
    "fc00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fec0::1", "ff02::1", "5f00::1",
    "2600::5efe:10.0.0.1", "2600::200:5efe:7f00:1",
]  # fmt: skip
OPEN = [
    "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1",
    "11.0.0.1", "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "2001:4860::8888",
    "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8",
]  # fmt: skip
OWN = ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.1.1", "::1", "fe80::1", "fd12::1"]
NEVER = ["0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1", *sorted(map(str, METADATA))]


@pytest.mark.parametrize("address", SHUT)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert Guard().refusal(address, 443)


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_may_be_measured(address: str) -> None:
    assert Guard().refusal(address, 443) == ""


@pytest.mark.parametrize("address", OWN)
def test_who_asks_for_it_may_measure_private_addresses(address: str) -> None:
    assert Guard(allow_private=True).refusal(address, 9_999) == ""


@pytest.mark.parametrize("address", [*NEVER, "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"])
def test_what_is_no_machine_or_holds_secrets_stays_shut(address: str) -> None:
    assert Guard(allow_private=True).refusal(address, 80)


@pytest.mark.parametrize("port", [1, 22, 25, 53, 110, 3306, 5432, 6379, 9200, 11211, 65_535])
def test_ports_of_other_things_are_refused(port: int) -> None:
    assert Guard().refusal("8.8.8.8", port)
    assert port not in PORTS


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "fe80::1%eth0", "1.2.3.4/8", "::ffff:"])
def test_what_is_no_plain_address_is_refused(text: str) -> None:
    assert Guard(allow_private=True).refusal(text, 80)
