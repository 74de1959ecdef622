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
        event = state.next_event()
        if event is h11.NEED_DATA:
            data = await channel.receive()
            if data and reply.first is None:
                reply.first = clock()
            if not data and reply.first is None:
                raise EOFError("the peer closed without an answer")
            if not data and reply.status == 0:
                raise EOFError("the peer closed within the head of its answer")
            try:
                state.receive_data(data)
                continue
            except h11.RemoteProtocolError as error:
                raise _broken(error, ended=not data) from None
        elif isinstance(event, h11.InformationalResponse):
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


def _broken(error: h11.RemoteProtocolError, *, ended: bool) -> Exception:
    """A body that ends before its announced length is an end, and not a breach of the protocol."""
    return EOFError(str(error)) if ended else error
