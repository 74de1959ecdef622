"""One request and its answer in HTTP/1.1, over a channel that is open."""

from __future__ import annotations

from collections.abc import Callable

import h11

from uproar.inlets.probes.body import Reply
from uproar.inlets.probes.channel import Channel

INTERIM_MAX = 20  # answers of 1xx before the answer
HEAD_MAX = 64 * 1024  # bytes of an answer's head

Headers = list[tuple[str, str]]


async def ask(
    channel: Channel, target: str, headers: Headers, reply: Reply, clock: Callable[[], float]
) -> None:
    """Send a GET and fill the reply; raises h11.RemoteProtocolError, EOFError, OSError, SSLError."""
    state = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_MAX)
    request = h11.Request(method="GET", target=target, headers=headers)
    sending = state.send(request) or b""
    await channel.send(sending + (state.send(h11.EndOfMessage()) or b""))
    reply.sent = clock()
    interim = 0
    while True:
        event = await _next(state, channel, reply, clock)
        if isinstance(event, h11.InformationalResponse):
            interim += 1
            if interim > INTERIM_MAX or event.status_code == 101:
                raise h11.RemoteProtocolError("no answer, but answers of 1xx")
        elif isinstance(event, h11.Response):
            reply.begin(event.status_code, list(event.headers))
        elif isinstance(event, h11.Data):
            if not reply.take(bytes(event.data)):
                break
        else:
            break
    reply.last = clock()


async def _next(
    state: h11.Connection, channel: Channel, reply: Reply, clock: Callable[[], float]
) -> object:
    """Return the next event that needs no more bytes."""
    ended = False
    try:
        while (event := state.next_event()) is h11.NEED_DATA:
            data = await channel.receive()
            ended = not data
            if data and reply.first is None:
                reply.first = clock()
            if ended and reply.status == 0:
                within = "without an answer" if reply.first is None else "within the answer's head"
                raise EOFError(f"the peer closed {within}")
            state.receive_data(data)
    except h11.RemoteProtocolError as error:
        # A body that ends before its announced length is an end, and no breach of the protocol.
        if ended:
            raise EOFError(str(error)) from None
        raise
    return event
