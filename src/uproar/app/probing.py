"""The wiring of a probe: clocks, name servers, TLS and fingerprints for `inlets.probes.measure`."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from uproar import catalog as packaged
from uproar.app import introduced
from uproar.catalog import tells
from uproar.detect.finding import find
from uproar.errors import BadInput, UrlInvalid
from uproar.inlets.guard import Guard
from uproar.inlets.probes.design import AskHttp3, Deadlines, Design, Server
from uproar.inlets.probes.measure import measure
from uproar.model.measurement import Check, Finding, Measurement
from uproar.wire import weburl

# Asked beside the machine's own, so that a fault of those can be told from a fault of the name.
PUBLIC_RESOLVERS: tuple[Server, ...] = (("9.9.9.9", 53), ("1.1.1.1", 53))
RESOLVERS_MAX = 8
RESOLV_CONF = Path("/etc/resolv.conf")
RESOLV_CONF_MAX = 64 * 1024  # bytes
TIMEOUT_MAX_S = 120.0


@dataclass(frozen=True)
class Wanted:
    """What somebody wants of a probe. No resolver means the machine's own and two public ones.

    `http3` asks over HTTP/3 as well, where a site offers it and the extra is installed; `authority` is a file of certificates to believe besides the system's own.
    """

    resolvers: tuple[str, ...] = ()
    allow_private: bool = False
    authority: Path | None = None
    timeout_s: float = 15.0
    name_port: int = 53
    http3: bool = True


def target(text: str, folder: Path | None, *, expect: str = "") -> Check:
    """Read an address, or the name of a service of the catalog; raises UrlInvalid, CatalogInvalid.

    The catalog is read only where a name asks for it; `folder` is an operator's own part of it.
    """
    if "." not in text and ":" not in text and "/" not in text:
        catalog = packaged.load(folder)
        service = catalog.resolve(text)
        if service is not None:
            if not service.domains:
                raise UrlInvalid(f"{service.name} has no domain in the catalog; give an address")
            return weburl.check(f"https://{service.domains[0]}/", expect=expect)
        if text != "localhost":
            near = catalog.did_you_mean(text)
            more = f"; did you mean {near}?" if near else ", and no address on the web"
            raise UrlInvalid(f"{text[:80]!r} is no service of the catalog{more}")
    return weburl.check(text, expect=expect)


def probe(check: Check, wanted: Wanted) -> tuple[Measurement, Finding]:
    """Measure once and tell what it comes to; raises BadInput where the guard forbids the address."""
    design = design_of(wanted)
    refuse(check, design.guard)
    measurement = asyncio.run(measure(check, design))
    return measurement, find(measurement)


def refuse(check: Check, guard: Guard) -> None:
    """Raise UrlInvalid where an address is given as a number that the guard forbids, or a port is."""
    host = check.host
    if host == "localhost" or host.endswith(".localhost"):
        host = "127.0.0.1"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        host = "8.8.8.8"  # a name: only its port can be judged before it is looked up
    if why := guard.refusal(host, check.port):
        raise UrlInvalid(f"{why}; --allow-private measures it all the same")


def design_of(wanted: Wanted) -> Design:
    """Return the design of a measurement; raises BadInput for a resolver or file of no use."""
    if not 0.1 <= wanted.timeout_s <= TIMEOUT_MAX_S:
        raise BadInput(f"--timeout is between 0.1 and {TIMEOUT_MAX_S:g} seconds")
    seconds = wanted.timeout_s
    deadlines = Deadlines(
        lookup_s=min(2.0, seconds),
        connect_s=min(5.0, seconds),
        handshake_s=min(5.0, seconds),
        exchange_s=seconds,
        total_s=4 * seconds,
    )
    verifying, lenient = contexts(wanted.authority)
    return Design(
        clock=time.perf_counter,
        now=lambda: time.time_ns() // 1_000_000,
        resolvers=_resolvers(wanted.resolvers),
        verifying=verifying,
        lenient=lenient,
        fingerprints=tells.load(),
        agent=introduced.prober(introduced.ONE_REQUEST),
        guard=Guard(wanted.allow_private),
        deadlines=deadlines,
        name_port=wanted.name_port,
        http3=_http3(verifying) if wanted.http3 else None,
    )


def _http3(trusted: ssl.SSLContext) -> AskHttp3 | None:
    """Return how to ask over HTTP/3, where the extra `http3` is installed."""
    try:
        from uproar.inlets.probes import http3  # noqa: PLC0415 - an extra that may be absent
    except ImportError:
        return None
    return http3.asker(trusted)


def contexts(authority: Path | None) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a TLS context that verifies and one that only looks; raises BadInput."""
    verifying, lenient = ssl.create_default_context(), ssl.create_default_context()
    if authority is not None:
        try:
            verifying.load_verify_locations(authority)
        except OSError as error:
            raise BadInput(f"{authority}: no certificates that could be read ({error})") from None
    lenient.check_hostname = False
    lenient.verify_mode = ssl.CERT_NONE
    for context in (verifying, lenient):
        context.set_alpn_protocols(["h2", "http/1.1"])
    return verifying, lenient


def _resolvers(named: Iterable[str]) -> tuple[Server, ...]:
    given = tuple(_server(text) for text in named)
    found = given or (*_machines_own(), *PUBLIC_RESOLVERS)
    return tuple(dict.fromkeys(found))[:RESOLVERS_MAX]


def resolvers_here() -> tuple[Server, ...]:
    """Return the resolvers that this machine is set to use, or public ones where that cannot be read."""
    return tuple(dict.fromkeys(_machines_own()))[:RESOLVERS_MAX] or PUBLIC_RESOLVERS


def _server(text: str) -> Server:
    """Read 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:5353."""
    host, port = text, "53"
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    try:
        read = (str(ipaddress.ip_address(host)), int(port))
    except ValueError:
        raise BadInput(f"--resolver {text[:80]!r} is no address; write 192.0.2.1:53") from None
    if not 1 <= read[1] <= 65_535:
        raise BadInput(f"--resolver {text[:80]!r}: there is no such port")
    return read


def _machines_own() -> list[Server]:
    """Return the resolvers that this machine is set to use; none where that cannot be read."""
    try:
        with RESOLV_CONF.open("rb") as file:
            text = file.read(RESOLV_CONF_MAX).decode("utf-8", "replace")
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver":
            try:
                found.append((str(ipaddress.ip_address(words[1].partition("%")[0])), 53))
            except ValueError:
                continue
    return found
