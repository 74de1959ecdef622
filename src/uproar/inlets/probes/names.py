"""What do name servers say? Each is asked by itself, over UDP and, where it cuts, over TCP.

A library that resolves would hide rcodes behind its own errors, so messages are sent to a server
directly and read as they come. A resolver that fails is asked again without validation (CD=1): an
answer to that and none before is a fault of DNSSEC.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from typing import Any, Literal, NamedTuple

import dns.asyncbackend
import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import msgspec

from uproar.inlets.probes.design import Design, Server
from uproar.inlets.probes.raised import facts
from uproar.model.measurement import Dnssec, Failure, Lookup, Role
from uproar.wire import failures

ATTEMPTS = 2  # a lost packet is no outage
PAYLOAD = 1_232  # bytes of a UDP answer that pass everywhere
ADDRESSES_MAX = 8  # of one answer
EXTENDED_MAX = 8
EXTENDED_TEXT_MAX = 200  # characters
ZONES_MAX = 6  # how far up a name its zone is looked for
NAME_SERVERS_MAX = 4

Question = Literal["A", "AAAA", "NS"]
FAMILIES: tuple[Question, ...] = ("A", "AAAA")


class _Asked(NamedTuple):
    """One answer with what it took; `message` is None where there is none."""

    message: dns.message.Message | None
    over_tcp: bool
    ms: float
    failure: Failure | None


async def resolve(host: str, design: Design, *, every: bool) -> tuple[Lookup, ...]:
    """Ask the resolvers for the addresses of a name; all of them, or until one has answered."""
    if every:
        asked = await asyncio.gather(*(_both(server, host, design) for server in design.resolvers))
        return tuple(one for pair in asked for one in pair)
    found: list[Lookup] = []
    for server in design.resolvers:
        pair = await _both(server, host, design)
        found.extend(pair)
        if any(one.addresses for one in pair):
            break
    return tuple(found)


def responsive(lookups: Iterable[Lookup], design: Design) -> Server | None:
    """Return the first resolver that said anything: a silent one would cost a wait a question."""
    spoke = {one.server for one in lookups if one.rcode}
    return next((server for server in design.resolvers if _shown(server) in spoke), None)


async def authorities(host: str, server: Server, design: Design) -> tuple[Lookup, ...]:
    """Ask the servers of the zone that holds a name for its addresses, each by itself.

    `server` is the resolver that is asked who they are.
    """
    zone, names = await _name_servers(host, server, design)
    servers = await asyncio.gather(*(_address(name, server, design) for name in names))
    asked: list[Coroutine[Any, Any, list[Lookup]]] = [
        _own((address, design.name_port), name, host, zone, design)
        for name, address in zip(names, servers, strict=True)
        if address and not _refused(address, design)
    ]
    return tuple(one for each in await asyncio.gather(*asked) for one in each)


async def _own(server: Server, name: str, host: str, zone: str, design: Design) -> list[Lookup]:
    """Ask one server of a zone for the addresses of a name, and which version of the zone it has."""
    asking = asyncio.gather(
        *(_lookup(server, host, kind, "authoritative", design, name=name) for kind in FAMILIES)
    )
    version, lookups = await asyncio.gather(
        _ask(server, zone, "SOA", design, recurse=False), asking
    )
    serial = _serial(version.message)
    return [msgspec.structs.replace(one, serial=serial) for one in lookups]


def _serial(message: dns.message.Message | None) -> int | None:
    """Return the version of a zone that an answer tells, None where it tells none."""
    for group in () if message is None else message.answer:
        for record in group:
            if group.rdtype == dns.rdatatype.SOA:
                return int(record.serial)
    return None


def _refused(address: str, design: Design) -> bool:
    """Tell whether a name server may not be asked: a zone can name one within our own network."""
    # The guard's ports are those of sites; of a name server the address alone matters.
    return bool(design.guard.refusal(address, 443))


async def _both(server: Server, host: str, design: Design) -> list[Lookup]:
    return list(
        await asyncio.gather(
            *(_lookup(server, host, kind, "resolver", design) for kind in FAMILIES)
        )
    )


async def _lookup(
    server: Server, host: str, kind: Question, role: Role, design: Design, *, name: str = ""
) -> Lookup:
    """Ask one server one question, and once more without validation where it fails."""
    asked = await _ask(server, host, kind, design, recurse=role == "resolver")
    told = Lookup(
        _shown(server, name),
        role,
        kind,
        over_tcp=asked.over_tcp,
        ms=asked.ms,
        failure=asked.failure,
    )
    if asked.message is None:
        return told
    rcode = dns.rcode.to_text(asked.message.rcode())
    addresses, aliased = _addresses(asked.message, kind)
    extended = _extended(asked.message)
    failure = failures.resolution(
        rcode, len(addresses), extended, aliased=aliased and role == "authoritative"
    )
    dnssec: Dnssec = "ok" if asked.message.flags & dns.flags.AD else ""
    if rcode == "SERVFAIL" and role == "resolver" and failure is not None:
        again = await _ask(server, host, kind, design, recurse=True, checking=False)
        if again.message is not None and again.message.rcode() == dns.rcode.NOERROR:
            dnssec = "bogus"
            failure = msgspec.structs.replace(failure, layer="dnssec_config")
    return msgspec.structs.replace(
        told,
        rcode=rcode,
        addresses=addresses,
        extended=extended,
        dnssec=dnssec,
        failure=failure,
    )


def _shown(server: Server, name: str = "") -> str:
    return f"{name} {server[0]}".strip() + (f":{server[1]}" if server[1] != 53 else "")


async def _ask(
    server: Server,
    host: str,
    kind: str,
    design: Design,
    *,
    recurse: bool,
    checking: bool = True,
) -> _Asked:
    begun = design.clock()
    over_tcp = False
    try:
        query = dns.message.make_query(host, kind, use_edns=0, payload=PAYLOAD)
        query.flags |= dns.flags.AD
        if not recurse:
            query.flags &= ~dns.flags.RD
        if not checking:
            query.flags |= dns.flags.CD
        for attempt in range(ATTEMPTS):
            with suppress(dns.exception.Timeout, TimeoutError):
                message = await _over_udp(query, server, design)
                if message is None:
                    over_tcp = True
                    message = await _over_tcp(query, server, design)
                return _Asked(message, over_tcp, design.since(begun), None)
            del attempt
    except (dns.exception.DNSException, OSError, EOFError, ValueError) as error:
        failure = failures.unresolved(facts(error))
        return _Asked(None, over_tcp, design.since(begun), failure)
    silent = failures.unresolved(failures.Raised(("Timeout",)))
    return _Asked(None, over_tcp, design.since(begun), silent)


async def _over_udp(
    query: dns.message.Message, server: Server, design: Design
) -> dns.message.Message | None:
    """Return an answer, or None where the server says that it does not fit."""
    try:
        async with asyncio.timeout(design.deadlines.lookup_s):
            return await dns.asyncquery.udp(
                query,
                server[0],
                port=server[1],
                timeout=design.deadlines.lookup_s,
                raise_on_truncation=True,
                ignore_unexpected=True,
                backend=dns.asyncbackend.get_backend("asyncio"),
            )
    except dns.message.Truncated:
        return None


async def _over_tcp(
    query: dns.message.Message, server: Server, design: Design
) -> dns.message.Message:
    async with asyncio.timeout(design.deadlines.lookup_s):
        return await dns.asyncquery.tcp(
            query,
            server[0],
            port=server[1],
            timeout=design.deadlines.lookup_s,
            backend=dns.asyncbackend.get_backend("asyncio"),
        )


def _addresses(message: dns.message.Message, kind: str) -> tuple[tuple[str, ...], bool]:
    """Return the records that the name leads to, and whether it is an alias."""
    if not isinstance(message, dns.message.QueryMessage):
        return (), False
    try:
        chain = message.resolve_chaining()
    except dns.exception.DNSException:
        return (), False
    if chain.answer is None or kind == "NS":
        return (), bool(chain.cnames)
    return tuple(record.address for record in chain.answer)[:ADDRESSES_MAX], bool(chain.cnames)


def _extended(message: dns.message.Message) -> tuple[tuple[int, str], ...]:
    return tuple(
        (int(one.code), (one.text or "")[:EXTENDED_TEXT_MAX])
        for one in message.extended_errors()[:EXTENDED_MAX]
    )


async def _name_servers(host: str, server: Server, design: Design) -> tuple[str, list[str]]:
    """Return the nearest zone above a name and the names of its servers."""
    labels = host.split(".")
    for cut in range(min(len(labels) - 1, ZONES_MAX)):
        zone = ".".join(labels[cut:])
        asked = await _ask(server, zone, "NS", design, recurse=True, checking=False)
        if asked.message is not None and (names := _servers_named(asked.message.answer, zone)):
            return zone, names[:NAME_SERVERS_MAX]
    return host, []


def _servers_named(answer: Iterable[object], zone: str) -> list[str]:
    owner = dns.name.from_text(zone)
    return sorted(
        record.target.to_text(omit_final_dot=True)
        for group in answer
        if getattr(group, "rdtype", None) == dns.rdatatype.NS
        and getattr(group, "name", None) == owner
        for record in group  # type: ignore[attr-defined]
    )


async def _address(name: str, server: Server, design: Design) -> str:
    """Return an address of a name server: IPv4 where it has one, because every machine has that."""
    for kind in FAMILIES:
        asked = await _ask(server, name, kind, design, recurse=True, checking=False)
        if asked.message is not None:
            addresses, _ = _addresses(asked.message, kind)
            if addresses:
                return addresses[0]
    return ""
