"""One request and its answer in HTTP/2, over a channel that agreed on it."""

from __future__ import annotations

from collections.abc import Callable

import h2.config
import h2.connection
import h2.events
import h2.settings

from uproar.inlets.probes.body import Reply
from uproar.inlets.probes.channel import Channel

FRAMES_MAX = 8 * 1024 * 1024  # bytes of frames of one exchange, headers and padding included

Headers = list[tuple[str, str]]


class Ended(Exception):
    """The peer ended the stream or the connection with a code of RFC 9113, section 7."""

    def __init__(self, code: int) -> None:
        super().__init__(f"HTTP/2 code {code}")
        self.code = code


async def ask(
    channel: Channel,
    pseudo: Headers,
    headers: Headers,
    reply: Reply,
    clock: Callable[[], float],
) -> None:
    """Send a GET and fill the reply; raises Ended, h2.ProtocolError, EOFError, OSError, SSLError."""
    config = h2.config.H2Configuration(client_side=True, header_encoding=None)
    state = h2.connection.H2Connection(config)
    state.initiate_connection()
    state.update_settings({h2.settings.SettingCodes.ENABLE_PUSH: 0})
    stream = state.get_next_available_stream_id()
    state.send_headers(stream, [*pseudo, *headers], end_stream=True)
    await channel.send(state.data_to_send())
    reply.sent = clock()
    taken = 0
    while reply.last is None:
        data = await channel.receive()
        taken += len(data)
        if not data:
            raise EOFError("the peer closed without a whole answer")
        reply.cut = reply.cut or taken > FRAMES_MAX
        if reply.cut or _read(state, state.receive_data(data), reply, clock):
            reply.last = clock()
        if out := state.data_to_send():
            await channel.send(out)


def _read(
    state: h2.connection.H2Connection,
    events: list[h2.events.Event],
    reply: Reply,
    clock: Callable[[], float],
) -> bool:
    """Take what has come; tell whether the answer is whole, or as much of it as is wanted."""
    for event in events:
        if isinstance(event, h2.events.ResponseReceived):
            reply.first = clock()
            fields = [(_raw(name), _raw(value)) for name, value in event.headers or []]
            status = next((value for name, value in fields if name == b":status"), b"0")
            reply.begin(
                int(status) if status.isdigit() else 0,
                [(name, value) for name, value in fields if not name.startswith(b":")],
            )
        elif isinstance(event, h2.events.DataReceived):
            state.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 1)
            if not reply.take(event.data or b""):
                return True
        elif isinstance(event, h2.events.StreamEnded):
            return True
        elif isinstance(event, h2.events.StreamReset | h2.events.ConnectionTerminated):
            code = int(event.error_code or 0)
            if isinstance(event, h2.events.StreamReset) or code:
                raise Ended(code)
    return False


def _raw(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "replace")
