"""One request over HTTP/3 (RFC 9114), where the answer over TCP offered it and aioquic is installed.

Browsers try it beside TCP and fall back, so whatever goes wrong here keeps nobody out: it is noted, and
never a failure of the check. The idle timeout is short, for a network that drops UDP says nothing.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from typing import Any

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated, QuicEvent

from uproar.inlets.probes.design import Design
from uproar.model.measurement import Check, Failure, Family, Quic

IDLE_S = 2.0
DEADLINE_S = 4.0
DETAIL_MAX = 100  # characters of a peer's reason that are kept

_LOCAL: dict[Family, str] = {"ipv4": "0.0.0.0", "ipv6": "::"}  # noqa: S104 - a client's own end
_UNSEEN = re.compile(r"[^ -~]")


class _Ended(Exception):
    """The connection ended before an answer."""


class _Client(QuicConnectionProtocol):
    """Sends one GET and keeps the status of its answer."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._h3 = H3Connection(self._quic)
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def get(self, headers: list[tuple[bytes, bytes]]) -> None:
        stream = self._quic.get_next_available_stream_id()
        self._h3.send_headers(stream, headers, end_stream=True)
        self.transmit()

    def quic_event_received(self, event: QuicEvent) -> None:  # type: ignore[explicit-override] # typing.override came with 3.12
        if self.status.done():
            return
        if isinstance(event, ConnectionTerminated):
            self.status.set_exception(_Ended(event.reason_phrase or f"code {event.error_code}"))
            return
        for made in self._h3.handle_event(event):
            if isinstance(made, HeadersReceived):
                told = dict(made.headers).get(b":status", b"")
                status = int(told) if told.isdigit() and len(told) == 3 else 0
                if status >= 200 and not self.status.done():
                    self.status.set_result(status)


async def ask(check: Check, address: str, family: Family, design: Design) -> Quic:
    """Ask for the page over QUIC at one address, the one that TCP reached; the guard has passed it.

    `Quic.failure` says what went wrong. The certificate must hold as over TCP.
    """
    begun = design.clock()
    configuration = QuicConfiguration(
        is_client=True, alpn_protocols=H3_ALPN, server_name=check.host, idle_timeout=IDLE_S
    )
    configuration.load_verify_locations(cadata=_believed(design.verifying) or None)
    status, why, name = 0, "", "generic_timeout_error"
    loop = asyncio.get_running_loop()
    transport = None
    try:
        async with asyncio.timeout(DEADLINE_S):
            transport, client = await loop.create_datagram_endpoint(
                lambda: _Client(QuicConnection(configuration=configuration)),
                local_addr=(_LOCAL[family], 0),
            )
            client.connect((address, check.port))
            client.get(_headers(check, design.agent))
            status = await client.status
            client.close()
    except TimeoutError:
        why = "no answer over UDP"
    except _Ended as ended:
        why, name = str(ended), "http_request_failed"
        if "idle" in why.lower():
            why, name = "no answer over UDP", "generic_timeout_error"
    except OSError as error:
        why, name = str(error), "network_unreachable"
    finally:
        if transport is not None:
            transport.close()
    failure = None
    if why or status >= 500:
        detail = _UNSEEN.sub("?", why or f"status {status}")[:DETAIL_MAX]
        failure = Failure("http_round_trip", name if why else "", "ambiguous", detail)
    return Quic(address, family, design.since(begun), status, failure)


def _believed(context: ssl.SSLContext) -> bytes:
    """Return the authorities that a context believes, as PEM; without those that aioquic warns of.

    A serial number must be positive (RFC 5280, 4.1.2.2); some old roots have zero.
    """
    pairs = zip(context.get_ca_certs(), context.get_ca_certs(binary_form=True), strict=True)
    sound = [der for told, der in pairs if _is_positive(str(told.get("serialNumber", "")))]
    return "".join(map(ssl.DER_cert_to_PEM_cert, sound)).encode()


def _is_positive(serial: str) -> bool:
    return not serial.startswith("-") and bool(serial.strip("0"))


def _headers(check: Check, agent: str) -> list[tuple[bytes, bytes]]:
    host = check.url.partition("://")[2].partition("/")[0]
    told = {
        ":method": "GET",
        ":scheme": "https",
        ":authority": host,
        ":path": check.target,
        "user-agent": agent,
        "accept": "text/html,*/*;q=0.8",
    }
    return [(name.encode(), value.encode()) for name, value in told.items()]
