"""One document by GET: conditional, bounded in time and size, with redirects that are looked at."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

import httpcore2
import msgspec

from uproar.errors import FetchFailed
from uproar.inlets.targets import Targets

DEADLINE_S = 30.0  # From the first byte that is sent to the last that is read, redirects included.
STEP_S = 10.0  # To connect, to write, or to wait for the next bytes.
REDIRECTS_MAX = 3
CONNECTIONS_MAX = 16
CONNECTIONS_KEPT_S = 75.0  # A little longer than feeds are usually looked at.
AGE_S_MAX = 3_600  # An answer that has lain in somebody's cache for longer stands still.
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOT_MODIFIED = 304


class Known(msgspec.Struct, frozen=True):
    """What is known of a document from before, to ask only for a newer one."""

    etag: str = ""
    modified: str = ""


class Fetched(msgspec.Struct, frozen=True):
    """An answer: the body, None where it has not changed, and what to ask with next time."""

    body: bytes | None
    known: Known


class Fetcher:
    """Fetches documents. `agent` says who asks, with a contact; `bytes_max` bounds a body unpacked."""

    def __init__(
        self, targets: Targets, agent: str, bytes_max: int, *, deadline_s: float = DEADLINE_S
    ) -> None:
        self._targets = targets
        self._agent = agent
        self._bytes_max = bytes_max
        self._deadline_s = deadline_s
        self._pool = httpcore2.AsyncConnectionPool(
            network_backend=targets,
            max_connections=CONNECTIONS_MAX,
            keepalive_expiry=CONNECTIONS_KEPT_S,
        )

    async def close(self) -> None:
        """Close what is kept open."""
        await self._pool.aclose()

    async def get(self, url: str, known: Known) -> Fetched:
        """Return a document. Raises FetchFailed; `again` says whether another try may help."""
        try:
            async with asyncio.timeout(self._deadline_s):
                for _ in range(REDIRECTS_MAX + 1):
                    self._targets.check(url)
                    found = await self._one(url, known)
                    if isinstance(found, Fetched):
                        return found
                    url = urljoin(url, found)
        except TimeoutError:
            raise FetchFailed("it takes too long", again=True) from None
        except httpcore2.TimeoutException:
            raise FetchFailed("it does not answer in time", again=True) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError):
            raise FetchFailed("its server cannot be reached, or breaks off", again=True) from None
        except (httpcore2.UnsupportedProtocol, ValueError):
            raise FetchFailed("it leads to what is no address") from None
        raise FetchFailed("it is sent on and on")

    async def _one(self, url: str, known: Known) -> Fetched | str:
        """Return an answer, or the address it sends us on to."""
        headers: dict[bytes | str, bytes | str] = {
            "User-Agent": self._agent,
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
        }
        if known.etag:
            headers["If-None-Match"] = known.etag
        if known.modified:
            headers["If-Modified-Since"] = known.modified
        waits = dict.fromkeys(("connect", "read", "write", "pool"), STEP_S)
        request = self._pool.stream("GET", url, headers=headers, extensions={"timeout": waits})
        async with request as answer:
            said: dict[bytes, str] = {
                name.lower(): value.decode("latin-1") for name, value in answer.headers
            }
            if answer.status in _REDIRECTS and b"location" in said:
                return said[b"location"]
            if answer.status == _NOT_MODIFIED and (known.etag or known.modified):
                return Fetched(None, known)
            if answer.status != 200:
                raise FetchFailed(f"it answers {answer.status}", again=answer.status >= 500)
            _check_age(said)
            body = await self._body(answer, said.get(b"content-encoding", "").strip().lower())
            return Fetched(body, Known(said.get(b"etag", ""), said.get(b"last-modified", "")))

    async def _body(self, answer: Any, encoding: str) -> bytes:
        if encoding not in {"", "identity", "gzip", "x-gzip"}:
            raise FetchFailed("it is packed in a way we did not ask for")
        unpack = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
        body = bytearray()
        async for chunk in answer.aiter_stream():
            if unpack is None:
                body += chunk
            else:
                try:
                    body += unpack.decompress(chunk, self._bytes_max + 1 - len(body))
                except zlib.error:
                    raise FetchFailed("it cannot be unpacked") from None
            if len(body) > self._bytes_max:
                raise FetchFailed("it is too long")
            if unpack is not None and unpack.eof:
                break
        if unpack is not None and not unpack.eof:
            raise FetchFailed("it breaks off", again=True)
        return bytes(body)


def _check_age(said: Mapping[bytes, str]) -> None:
    age = said.get(b"age", "").strip()
    if age.isascii() and age.isdigit() and int(age[:12]) > AGE_S_MAX:
        raise FetchFailed("it stands still: what comes is an old copy")
