"""Failures of connection and TLS over real sockets, each named as it is."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from servers.peers import (
    HERE,
    Authority,
    Session,
    alerting,
    answering,
    design,
    free_port,
    hasty,
    http,
    listening,
    probed,
    reset,
    run,
    silent,
)
from uproar.detect.finding import find
from uproar.inlets.guard import Guard
from uproar.inlets.probes.layers import Dialled, dial
from uproar.model.measurement import Connect, Finding, Measurement

PAGE = answering(http(200, b"<title>Here</title>hello"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


async def _reset_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def _reset_after_hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    reset(writer)


async def _end_after_hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(65_536)
    writer.write_eof()
    await reader.read(65_536)


def of(session: Any, scheme: str = "http", **how: Any) -> tuple[Measurement, Finding]:
    async def main() -> Measurement:
        async with listening(session, how.pop("context", None)) as port:
            return await probed(f"{scheme}://{HERE}:{port}/", design(**how))

    measurement = run(main())
    return measurement, find(measurement)


def test_a_page_is_measured_layer_by_layer() -> None:
    measurement, finding = of(PAGE)
    (hop,) = measurement.hops
    page = hop.exchange()
    assert finding.state == "works"
    assert page is not None
    assert (page.status, page.title, page.received) == (200, "Here", 24)
    assert [(one.family, one.failure) for one in hop.connects] == [("ipv4", None)]
    assert min(page.processing_ms, page.transfer_ms, hop.connects[0].ms) >= 0


def test_times_are_read_from_the_clock_that_is_given() -> None:
    seconds = itertools.count()
    measurement, _ = of(PAGE, clock=lambda: float(next(seconds)), now=lambda: 1_741_600_800_000)
    page = measurement.hops[0].exchange()
    assert page is not None
    assert measurement.at == 1_741_600_800_000
    assert measurement.hops[0].connects[0].ms == 1_000.0
    assert (page.processing_ms, page.transfer_ms) == (1_000.0, 1_000.0)


def test_a_closed_port_is_refused() -> None:
    finding = find(run(probed(f"http://{HERE}:{free_port()}/")))
    assert finding.failure is not None
    assert (finding.step, finding.side) == ("tcp", "origin")
    assert finding.failure.failure == "connection_refused"


def test_a_full_queue_and_a_firewall_look_alike() -> None:
    # Nobody accepts, and the queue of those who wait is full: a SYN is dropped in silence.
    async def main() -> Measurement:
        with socket.socket() as one:
            one.bind((HERE, 0))
            one.listen(0)
            port = one.getsockname()[1]
            waiting = []
            for _ in range(4):
                each = socket.socket()
                each.setblocking(False)
                each.connect_ex((HERE, port))
                waiting.append(each)
            await asyncio.sleep(0)
            try:
                return await probed(f"http://{HERE}:{port}/", design(deadlines=hasty("connect")))
            finally:
                for each in waiting:
                    each.close()

    finding = find(run(main()))
    assert finding.failure is not None
    assert (finding.step, finding.layer) == ("tcp", "origin_network")
    assert finding.failure.failure == "generic_timeout_error"


@pytest.mark.parametrize(
    ("session", "scheme", "step", "failure"),
    [
        (_reset_at_once, "https", "tls", "connection_reset"),
        (_reset_after_hello, "https", "tls", "connection_reset"),
        (_end_after_hello, "https", "tls", "eof_error"),
        (_reset_after_hello, "http", "http", "connection_reset"),
        (_end_after_hello, "http", "http", "eof_error"),
        (answering(http(400, b"plain")), "https", "tls", "ssl_failed_handshake"),
    ],
)
def test_a_connection_that_is_cut_says_how(
    session: Any, scheme: str, step: str, failure: str
) -> None:
    async def chatty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A server of plain HTTP answers a handshake with words of its own.
        await reader.read(1)
        writer.write(http(400, b"plain"))
        await writer.drain()

    told = chatty if failure == "ssl_failed_handshake" else session
    _, finding = of(told, scheme)
    assert finding.failure is not None
    assert (finding.state, finding.step) == ("fails", step)
    assert finding.failure.failure == failure
    if failure == "ssl_failed_handshake":
        assert finding.failure.detail == "WRONG_VERSION_NUMBER"


@pytest.mark.parametrize(
    ("scheme", "step", "given_up"), [("https", "tls", "handshake"), ("http", "http", "exchange")]
)
def test_a_half_open_peer_is_given_up(scheme: str, step: str, given_up: str) -> None:
    _, finding = of(silent, scheme, deadlines=hasty(given_up))
    assert finding.failure is not None
    assert (finding.step, finding.failure.failure) == (step, "generic_timeout_error")


@pytest.mark.parametrize(
    ("how", "names", "failure", "words"),
    [
        ({"ends": -1}, (HERE,), "ssl_invalid_certificate", "expired"),
        ({"begins": 1}, (HERE,), "ssl_invalid_certificate", "not valid yet"),
        ({}, ("other.example",), "ssl_invalid_hostname", "another"),
        ({"self_signed": True}, (HERE,), "ssl_unknown_authority", "self-signed"),
    ],
)
def test_a_certificate_that_does_not_hold_is_told_and_the_page_still_looked_at(
    authority: Authority, how: dict[str, Any], names: tuple[str, ...], failure: str, words: str
) -> None:
    context = authority.context("bad", *names, **how)
    measurement, finding = of(PAGE, "https", context=context, authority=authority.file)
    handshake = measurement.hops[0].handshake()
    assert finding.failure is not None
    assert handshake is not None
    assert (finding.state, finding.step, finding.side) == ("fails", "tls", "origin")
    assert finding.failure.failure == failure
    assert words in finding.failure.detail
    assert finding.status == 200
    assert not handshake.verified
    assert handshake.chain[0].names == names
    assert handshake.chain[0].not_after > handshake.chain[0].not_before > 0


def test_an_unknown_authority_is_not_believed(authority: Authority) -> None:
    _, finding = of(PAGE, "https", context=authority.context("good", HERE))
    assert finding.failure is not None
    assert finding.failure.failure == "ssl_unknown_authority"


def test_a_certificate_that_holds_is_read(authority: Authority) -> None:
    context = authority.context("good", HERE)
    measurement, finding = of(PAGE, "https", context=context, authority=authority.file)
    handshake = measurement.hops[0].handshake()
    assert finding.state == "works"
    assert handshake is not None
    assert handshake.verified
    assert handshake.version == "TLSv1.3"
    assert handshake.chain[0].issuer == "Loopback Trust"
    assert handshake.chain[0].names == (HERE,)
    assert finding.notes == ()


def test_the_whole_chain_is_read_as_it_is_sent(authority: Authority) -> None:
    context = authority.context("chained", HERE, chained=True)
    measurement, _ = of(PAGE, "https", context=context, authority=authority.file)
    handshake = measurement.hops[0].handshake()
    assert handshake is not None
    own, root = handshake.chain
    assert own.names == (HERE,)
    assert root.names == ("Loopback Root",)
    assert own.sha256 != root.sha256


def test_a_certificate_that_ends_soon_is_noted(authority: Authority) -> None:
    context = authority.context("soon", HERE, ends=5)
    _, finding = of(PAGE, "https", context=context, authority=authority.file)
    assert finding.state == "works"
    assert finding.notes == ("certificate-expires-soon",)


def _only_new(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_3


def _wants_certificate(context: ssl.SSLContext) -> None:
    context.verify_mode = ssl.CERT_REQUIRED


def _old_cipher(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")


@pytest.mark.parametrize(
    ("change", "client", "reason", "state"),
    [
        (_only_new, ssl.TLSVersion.TLSv1_2, "TLSV1_ALERT_PROTOCOL_VERSION", "fails"),
        (_old_cipher, None, "SSLV3_ALERT_HANDSHAKE_FAILURE", "fails"),
        (_wants_certificate, None, "TLSV13_ALERT_CERTIFICATE_REQUIRED", "blocked"),
    ],
)
def test_an_alert_of_tls_is_named(
    authority: Authority,
    change: Callable[[ssl.SSLContext], None],
    client: ssl.TLSVersion | None,
    reason: str,
    state: str,
) -> None:
    context = authority.context("alerts", HERE)
    change(context)
    made = design(authority.file)
    for each in (made.verifying, made.lenient):
        if client is not None:
            each.maximum_version = client
        if change is _old_cipher:
            each.maximum_version = ssl.TLSVersion.TLSv1_2
            each.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")

    async def main() -> Measurement:
        async with alerting(context) as port:
            return await probed(f"https://{HERE}:{port}/", made)

    finding = find(run(main()))
    assert finding.failure is not None
    assert (finding.failure.failure, finding.failure.detail) == ("ssl_failed_handshake", reason)
    assert finding.state == state


def test_addresses_of_both_families_are_told_apart() -> None:
    async def main() -> Measurement:
        async with listening(PAGE) as port:
            return await probed(f"http://localhost:{port}/")

    measurement = run(main())
    finding = find(measurement)
    told = {one.family: one.failure for one in measurement.hops[0].connects}
    assert told["ipv4"] is None
    assert told["ipv6"] is not None
    assert finding.state == "works"
    # Where the machine has no IPv6 that is said, and nobody is blamed for it.
    assert finding.notes in {("ipv6-fails",), ("ipv6-not-here",)}


@pytest.mark.parametrize(
    ("six", "four", "state", "notes"),
    [
        (PAGE, PAGE, "works", ()),
        (PAGE, answering(http(502)), "works", ("ipv4-fails",)),
        (answering(http(502)), PAGE, "fails", ("ipv4-works",)),
        (answering(b""), PAGE, "fails", ("ipv4-works",)),
        (answering(http(502)), answering(http(502)), "fails", ()),
    ],
)
def test_a_page_is_asked_for_over_both_families(
    six: Session, four: Session, state: str, notes: tuple[str, ...]
) -> None:
    async def main() -> Measurement:
        async with listening(four) as port, listening(six, host="::1", port=port):
            return await probed(f"http://localhost:{port}/", choice)

    # The race is worked out from times; a clock that stands still lets IPv6 win by its head start.
    choice = design(clock=lambda: 0.0)
    try:
        measurement = run(main())
    except OSError as error:
        pytest.skip(f"no IPv6 on loopback: {error}")
    finding = find(measurement)
    assert (finding.state, finding.notes) == (state, notes)
    assert {one.family for one in measurement.hops[0].exchanges} == {"ipv4", "ipv6"}


def test_an_address_is_checked_by_the_guard_right_before_it_is_connected_to() -> None:
    taken = []

    async def session(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer.get_extra_info("peername"))

    measurement, finding = of(session, guard=Guard())
    assert finding.state == "unknown"
    assert finding.failure is not None
    assert finding.failure.operation == "guard"
    assert measurement.hops[0].connects == ()
    assert taken == []


def test_a_connection_asks_the_guard_by_itself() -> None:
    # Whoever calls it may have asked already; a second caller might not have.
    async def main() -> Dialled:
        async with listening(PAGE) as port:
            one = Dialled(Connect(HERE, "ipv4"))
            await dial(one, port, design(guard=Guard()))
            return one

    one = run(main())
    assert one.channel is None
    assert one.connect.failure is not None
    assert one.connect.failure.operation == "guard"


def test_a_measurement_ends_when_no_time_is_left() -> None:
    measurement, finding = of(silent, deadlines=hasty("total"))
    assert measurement.hops[-1].failure is not None
    assert finding.failure is not None
    assert finding.failure.detail == "no time left"
