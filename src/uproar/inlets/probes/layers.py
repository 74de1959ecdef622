"""One layer after the other, each timed and under its own deadline: TCP, TLS, HTTP."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

import h2.exceptions
import h11
import msgspec

from uproar.inlets.probes import http1, http2
from uproar.inlets.probes.body import ENCODINGS, Reply, Unreadable
from uproar.inlets.probes.channel import Channel, opened
from uproar.inlets.probes.design import Design
from uproar.inlets.probes.raised import facts
from uproar.model.measurement import Check, Connect, Exchange, Failure, Family, Handshake
from uproar.wire import certificate, failures
from uproar.wire.fingerprints import HEAD_MAX, Answer, match, readable

WAIT_S_MAX = 86_400  # A longer wait than a day is not believed.
SHOWN_MAX = 500  # characters of a peer's header that are kept

_BROKEN = (OSError, EOFError, Unreadable, h11.RemoteProtocolError, h2.exceptions.ProtocolError)


@dataclass
class Dialled:
    """A connection to one address: what is told of it, and the channel while it is open."""

    connect: Connect
    channel: Channel | None = None

    def close(self) -> None:
        """Close the channel, if there is one."""
        if self.channel is not None:
            self.channel.close()
            self.channel = None


def family_of(address: str) -> Family:
    """Return the family of an address."""
    return "ipv6" if ":" in address else "ipv4"


async def dial(dialled: Dialled, port: int, design: Design) -> None:
    """Connect to an address. The guard is asked here, so that nothing lies between it and the act."""
    told = dialled.connect
    if why := design.guard.refusal(told.address, port):
        failure = Failure("guard", "dns_bogon_error", "ambiguous", why)
        dialled.connect = msgspec.structs.replace(told, failure=failure)
        return
    begun = design.clock()
    failed = None
    try:
        async with asyncio.timeout(design.deadlines.connect_s):
            dialled.channel = await opened(told.address, port)
    except OSError as error:
        failed = failures.transport(facts(error), "connect")
    dialled.connect = msgspec.structs.replace(told, ms=design.since(begun), failure=failed)


async def shake(dialled: Dialled, check: Check, design: Design) -> Handshake:
    """Shake hands; where the certificate does not hold, again on a new connection without asking.

    The second time only reads what is public: the probe has no secret to give away.
    """
    handshake = await _shaken(dialled, check, design, design.verifying)
    refused = handshake.failure
    if refused is None or refused.failure not in {
        "ssl_invalid_certificate",
        "ssl_invalid_hostname",
        "ssl_unknown_authority",
    }:
        return handshake
    before = dialled.connect
    await dial(dialled, check.port, design)
    dialled.connect = before
    if dialled.channel is None:
        return handshake
    looked_at = await _shaken(dialled, check, design, design.lenient)
    if looked_at.failure is not None:
        return handshake
    return msgspec.structs.replace(looked_at, verified=False, ms=handshake.ms, failure=refused)


async def _shaken(
    dialled: Dialled, check: Check, design: Design, context: ssl.SSLContext
) -> Handshake:
    told = Handshake(dialled.connect.address, dialled.connect.family)
    channel = dialled.channel
    if channel is None:
        return told
    begun = design.clock()
    try:
        async with asyncio.timeout(design.deadlines.handshake_s):
            await channel.secure(context, check.host)
    except OSError as error:
        failure = failures.transport(facts(error), "tls_handshake")
        dialled.close()
        return msgspec.structs.replace(told, ms=design.since(begun), failure=failure)
    return msgspec.structs.replace(
        told,
        version=channel.version,
        cipher=channel.cipher,
        protocol=channel.protocol,
        chain=tuple(map(certificate.read, channel.chain())),
        verified=True,
        ms=design.since(begun),
    )


async def exchange(dialled: Dialled, check: Check, design: Design) -> Exchange:
    """Ask for the page; what has come when it breaks off is told all the same."""
    told = Exchange(dialled.connect.address, dialled.connect.family)
    channel = dialled.channel
    if channel is None:
        return told
    reply = Reply()
    failure = None
    protocol = "h2" if channel.protocol == "h2" else "http/1.1"
    try:
        async with asyncio.timeout(design.deadlines.exchange_s):
            await _asked(channel, check, design, reply, protocol)
    except http2.Ended as ended:
        failure = failures.http2(ended.code)
    except _BROKEN as error:
        failure = failures.transport(facts(error), "http_round_trip")
    finally:
        dialled.close()
    ended_at = reply.last or design.clock()
    sent = reply.sent or ended_at
    first = reply.first or ended_at
    body = bytes(reply.body)
    return msgspec.structs.replace(
        told,
        protocol=protocol,
        status=reply.status,
        server=reply.header("server")[:SHOWN_MAX],
        location=reply.header("location"),
        title=reply.title(),
        received=reply.received,
        unpacked=len(body),
        cut=reply.cut,
        cookie=bool(reply.header("set-cookie")),
        found=_found(check.expect, body) if check.expect and reply.status else None,
        processing_ms=round((first - sent) * 1_000, 3),
        transfer_ms=round((ended_at - first) * 1_000, 3),
        matches=match(
            Answer(check.host, reply.status, tuple(reply.headers), body[:HEAD_MAX], len(body)),
            design.fingerprints,
        )
        if reply.status
        else (),
        wait_s=_seconds(reply.header("retry-after")),
        failure=failure,
    )


def _seconds(text: str) -> int:
    """Return the seconds of a Retry-After; a date, or what is none, asks for nothing in particular."""
    text = text.strip()
    return min(int(text), WAIT_S_MAX) if text.isascii() and text.isdigit() and len(text) < 9 else 0


async def _asked(
    channel: Channel, check: Check, design: Design, reply: Reply, protocol: str
) -> None:
    host = check.url.partition("://")[2].partition("/")[0]
    headers = [
        ("user-agent", design.agent),
        ("accept", "text/html,*/*;q=0.8"),
        ("accept-encoding", ENCODINGS),
    ]
    if protocol == "h2":
        pseudo = [
            (":method", "GET"),
            (":scheme", check.scheme),
            (":authority", host),
            (":path", check.target),
        ]
        await http2.ask(channel, pseudo, headers, reply, design.clock)
    else:
        await http1.ask(
            channel,
            check.target,
            [("host", host), *headers, ("connection", "close")],
            reply,
            design.clock,
        )


def _found(expect: str, body: bytes) -> bool:
    """Tell whether a text is in a page, as sent or with its references to characters resolved."""
    return expect in body.decode("utf-8", "replace") or expect in readable(body)
