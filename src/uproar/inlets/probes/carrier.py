"""How a probe elsewhere speaks with its observatory: two POSTs over HTTPS, verified, bounded, in time.

Nothing listens at the probe, so that it works behind any firewall that lets HTTPS out. Redirects are not
followed: a token goes to the address that was given, and nowhere else.
"""

from __future__ import annotations

import asyncio
import gzip
import ipaddress
import ssl
from urllib.parse import urlsplit

import httpcore2

from uproar.errors import BadInput, FetchFailed
from uproar.model.probe import Batch, Taken, Work
from uproar.wire import probed

WORK = "/api/v1/agents/work"
RESULTS = "/api/v1/agents/results"
DEADLINE_S = 20.0
STEP_S = 10.0
PACKED_FROM = 1_024  # bytes; below it packing saves nothing
ANSWER_BYTES_MAX = probed.WORK_BYTES_MAX


def base_of(url: str, *, allow_plain: bool) -> str:
    """Return the address of an observatory without a slash at its end; raises BadInput.

    Plain http would show the token to whoever listens: it is for this machine, or where one insists.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise BadInput(f"--url {url[:80]!r} is no address") from None
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise BadInput(f"--url {url[:80]!r} is no address like https://observatory.example")
    if parts.scheme == "http" and not (allow_plain or _is_here(host)):
        raise BadInput(
            "--url: plain http would show the token to others; use https, or --allow-plain"
        )
    if parts.scheme not in {"http", "https"}:
        raise BadInput("--url: an observatory is reached by https")
    return url.rstrip("/")


class Carrier:
    """Carries work and results. `agent` is the User-Agent."""

    def __init__(self, base: str, token: str, agent: str) -> None:
        self._base = base
        self._headers: dict[bytes | str, bytes | str] = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": agent,
        }
        # The machine's own store of authorities, so that a private one can be believed (SSL_CERT_FILE).
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(), max_connections=4, keepalive_expiry=30.0
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()

    async def ask(self) -> Work:
        """Return what is due. Raises FetchFailed, ProbeRejected."""
        return probed.decode_work(await self._post(WORK, b"{}"))

    async def send(self, batch: Batch) -> Taken:
        """Deliver a batch. Raises FetchFailed, ProbeRejected."""
        return probed.decode_taken(await self._post(RESULTS, probed.encode_batch(batch)))

    async def _post(self, path: str, body: bytes) -> bytes:
        headers = dict(self._headers)
        if len(body) >= PACKED_FROM:
            body = gzip.compress(body, 5, mtime=0)
            headers["Content-Encoding"] = "gzip"
        waits = dict.fromkeys(("connect", "read", "write", "pool"), STEP_S)
        try:
            async with (
                asyncio.timeout(DEADLINE_S),
                self._pool.stream(
                    "POST",
                    f"{self._base}{path}",
                    headers=headers,
                    content=body,
                    extensions={"timeout": waits},
                ) as answer,
            ):
                got = bytearray()
                async for chunk in answer.aiter_stream():
                    got += chunk
                    if len(got) > ANSWER_BYTES_MAX:
                        raise FetchFailed("the observatory's answer is too long", again=True)
        except (TimeoutError, httpcore2.TimeoutException):
            raise FetchFailed("the observatory does not answer in time", again=True) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError):
            raise FetchFailed("the observatory cannot be reached", again=True) from None
        except (httpcore2.UnsupportedProtocol, ValueError):
            raise FetchFailed("the observatory's address cannot be used", again=True) from None
        if answer.status == 401:
            raise FetchFailed("the observatory does not know this token", again=True)
        if answer.status not in {200, 202}:
            # What is wrong with this batch stays wrong; all else may pass.
            again = answer.status not in {400, 413, 422}
            raise FetchFailed(f"the observatory answers {answer.status}", again=again)
        return bytes(got)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
