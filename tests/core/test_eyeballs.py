"""Which connection Happy Eyeballs would have used follows from connections made apart."""

from __future__ import annotations

from uproar.inlets.probes.eyeballs import interleaved, winner
from uproar.model.measurement import Connect, Failure

REFUSED = Failure("connect", "connection_refused", "origin_server")


def six(ms: float, failure: Failure | None = None, address: str = "2001:db8::1") -> Connect:
    return Connect(address, "ipv6", ms, failure)


def four(ms: float, failure: Failure | None = None, address: str = "192.0.2.1") -> Connect:
    return Connect(address, "ipv4", ms, failure)


def test_ipv6_is_used_where_it_is_at_most_a_quarter_of_a_second_slower() -> None:
    assert winner([four(20), six(260)]) == six(260)
    assert winner([four(20), six(280)]) == four(20)


def test_a_refusal_brings_the_next_address_at_once() -> None:
    # IPv6 is refused after 5 ms, so IPv4 begins then and not after 250.
    assert winner([six(5, REFUSED), four(100)]) == four(100)


def test_silence_on_ipv6_costs_a_quarter_of_a_second_and_no_more() -> None:
    silent = Failure("connect", "generic_timeout_error", "origin_network")
    assert winner([six(5_000, silent), four(30)]) == four(30)


def test_families_take_turns() -> None:
    a, b = six(1, address="2001:db8::1"), six(1, address="2001:db8::2")
    c, d = four(1, address="192.0.2.1"), four(1, address="192.0.2.2")
    assert interleaved([c, d, a, b]) == [a, c, b, d]


def test_where_all_fail_none_wins() -> None:
    assert winner([six(1, REFUSED), four(1, REFUSED)]) is None
    assert winner([]) is None
