"""The workers as processes: begun, listened to, and ended together with who began them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence

from uproar.errors import WorkerLost
from uproar.inlets.flows.delivery import PIPE_BYTES, Delivery, deliveries
from uproar.model.seeing import Seeing

HUNG_S = 60.0  # A worker that delivers nothing for so long is ended, and begun again.
STOP_S = 2.0  # For so long a worker may take to hand over what it has; then it is killed.


class WorkerProcess:
    """One worker: `run` lasts as long as its process does, and raises WorkerLost when that ends by itself.

    command: what is run; it is given `charge` on its standard input, and the sockets by the numbers that
    the charge names. taken: is given each delivery, in the event loop.
    """

    def __init__(
        self,
        number: int,
        command: Sequence[str],
        charge: Callable[[list[int]], bytes],
        sockets: Sequence[socket.socket],
        taken: Callable[[Delivery], None],
        *,
        patience_s: float = HUNG_S,
    ) -> None:
        self._number = number
        self._command = tuple(command)
        self._charge = charge
        self._sockets = tuple(sockets)
        self._taken = taken
        self._patience_s = patience_s
        self._read = 0
        self._heard_at = 0
        self.process_id: int | None = None

    @property
    def name(self) -> str:
        """Which worker it is, from 1."""
        return f"flows worker {self._number}"

    async def run(self) -> None:
        """Begin the process, and take what it delivers until it ends or this is cancelled."""
        descriptors = [sock.fileno() for sock in self._sockets]
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE,
            stdout=PIPE,
            limit=PIPE_BYTES,
            pass_fds=descriptors,
            start_new_session=True,  # An interrupt at the keyboard is for us, who then end it in order.
        )
        self.process_id = process.pid
        listening = asyncio.create_task(self._listen(process))
        try:
            await self._give(process, self._charge(descriptors))
            await asyncio.shield(listening)
            code = await process.wait()
            ended = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            raise WorkerLost(f"{self.name} ended {ended}")
        finally:
            self.process_id = None
            await _end(process, listening)

    async def _give(self, process: Process, charge: bytes) -> None:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # Its end tells more.
            process.stdin.write(charge)
            await process.stdin.drain()
        process.stdin.close()

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None
        async for delivery in deliveries(process.stdout, self._patience_s):
            self._read += delivery.datagrams
            self._heard_at = max(self._heard_at, delivery.at)
            self._taken(delivery)

    def seeing(self) -> Seeing:
        """Return how it is doing by itself."""
        return Seeing(heard_at=self._heard_at, read=self._read)


async def _end(process: Process, listening: asyncio.Task[None]) -> None:
    """End a process: it is asked, its last words are heard, and then it is no longer asked."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait({listening}, timeout=STOP_S)
    if not listening.done():
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        listening.cancel()
    await asyncio.wait({listening})
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
