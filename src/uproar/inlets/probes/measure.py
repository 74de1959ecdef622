"""What does one check see? From the name to the page, layer by layer, redirects followed.

`measure` is the whole of it: it waits on nothing but the network and the deadlines of its design, so
that an agent or a schedule can call it as the command does.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from dataclasses import replace

from uproar.errors import UrlInvalid
from uproar.inlets.probes import eyeballs, layers, names
from uproar.inlets.probes.design import ADDRESSES_MAX, REDIRECTS_MAX, Design
from uproar.inlets.probes.layers import Dialled
from uproar.model.measurement import (
    Check,
    Connect,
    Exchange,
    Failure,
    Family,
    Handshake,
    Hop,
    Lookup,
    Measurement,
)
from uproar.wire import weburl

REDIRECTS = frozenset({301, 302, 303, 307, 308})
LOOPBACK = ("::1", "127.0.0.1")


async def measure(check: Check, design: Design) -> Measurement:
    """Return what a check sees. Failures are part of it; nothing a peer does is raised."""
    at, begun = design.now(), design.clock()
    hops: list[Hop] = []
    try:
        async with asyncio.timeout(design.deadlines.total_s):
            await _followed(check, design, hops)
    except TimeoutError:
        late = Failure("http_round_trip", "generic_timeout_error", "ambiguous", "no time left")
        hops.append(Hop(check.url if not hops else hops[-1].url, failure=late))
    return Measurement(check, at, design.since(begun), tuple(hops))


async def _followed(check: Check, design: Design, hops: list[Hop]) -> None:
    """Add the hops of a check, up to the page or to where it breaks."""
    seen: set[str] = set()
    while True:
        hop = await _hop(check, design, first=not hops)
        hops.append(hop)
        seen.add(check.url)
        page = hop.exchange()
        if page is None or page.failure or page.status not in REDIRECTS or not page.location:
            return
        try:
            check = weburl.moved(check, page.location)
        except UrlInvalid as error:
            hops.append(_astray(page.location, "http_invalid_redirect_location_host", str(error)))
            return
        if check.url in seen:
            # Some sites set a cookie and send the reader back; a browser then gets the page.
            cookie = any(one.cookie for hop in hops for one in hop.exchanges)
            why = "in a circle" + (
                ", and wants a cookie that a probe does not keep" if cookie else ""
            )
            hops.append(_astray(check.url, "http_unexpected_redirect_url", why, cookie=cookie))
            return
        if len(hops) > REDIRECTS_MAX:
            why = f"more than {REDIRECTS_MAX} times"
            hops.append(_astray(check.url, "http_unexpected_redirect_url", why))
            return


def _astray(url: str, failure: str, why: str, *, cookie: bool = False) -> Hop:
    layer = "ambiguous" if cookie else "origin_app_config"
    told = Failure("http_round_trip", failure, layer, why)
    return Hop(url[: weburl.URL_MAX], failure=told)


async def _hop(check: Check, design: Design, *, first: bool) -> Hop:
    begun = design.clock()
    guard = design.guard.of(check.host)
    if guard is not design.guard:
        design = replace(design, guard=guard)
    lookups, addresses = await _addresses(check.host, design, every=first)
    spent = _resolve_ms(lookups) if lookups else design.since(begun)
    refusals = {one: design.guard.refusal(one, check.port) for one in addresses}
    allowed = _chosen([one for one in addresses if not refusals[one]])
    if addresses and not allowed:
        why = next(iter(refusals.values()))
        told = Failure("guard", "dns_bogon_error", "ambiguous", why)
        return Hop(check.url, spent, lookups, failure=told)
    dialled = [Dialled(Connect(one, layers.family_of(one))) for one in allowed]
    try:
        await asyncio.gather(*(layers.dial(one, check.port, design) for one in dialled))
        connects = tuple(one.connect for one in dialled)
        best = eyeballs.winner(connects)
        if best is None:
            return Hop(check.url, spent, lookups, connects)
        used = _one_a_family(dialled, best.address, every=first)
        pages = await asyncio.gather(*(_page(one, check, design) for one in used))
    finally:
        for one in dialled:
            one.close()
    return Hop(
        check.url,
        spent,
        lookups,
        connects,
        tuple(handshake for handshake, _ in pages if handshake is not None),
        tuple(exchange for _, exchange in pages if exchange is not None),
        best.family,
    )


async def _page(
    dialled: Dialled, check: Check, design: Design
) -> tuple[Handshake | None, Exchange | None]:
    handshake = None
    if check.scheme == "https":
        handshake = await layers.shake(dialled, check, design)
        if dialled.channel is None:
            return handshake, None
    return handshake, await layers.exchange(dialled, check, design)


async def _addresses(
    host: str, design: Design, *, every: bool
) -> tuple[tuple[Lookup, ...], tuple[str, ...]]:
    """Return what name servers said of a host, and the addresses of the first that had any."""
    if host == "localhost" or host.endswith(".localhost"):
        return (), LOOPBACK  # RFC 6761: never asked of a name server
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return (), (host,)
    lookups = await names.resolve(host, design, every=every)
    if every and (server := names.responsive(lookups, design)) is not None:
        lookups += await names.authorities(host, server, design)
    found: dict[str, tuple[str, ...]] = {}
    for one in lookups:
        if one.role == "resolver" and one.addresses:
            found.setdefault(one.question, one.addresses)
    return lookups, tuple(address for part in found.values() for address in part)


def _resolve_ms(lookups: Sequence[Lookup]) -> float:
    """Return how long a browser would have waited: for the first resolver that had an address."""
    served = next((one.server for one in lookups if one.addresses), lookups[0].server)
    return max(one.ms for one in lookups if one.server == served)


def _chosen(addresses: Sequence[str]) -> list[str]:
    """Return the first addresses of each family."""
    chosen: list[str] = []
    counts: dict[Family, int] = {}
    for address in addresses:
        family = layers.family_of(address)
        counts[family] = counts.get(family, 0) + 1
        if counts[family] <= ADDRESSES_MAX and address not in chosen:
            chosen.append(address)
    return chosen


def _one_a_family(dialled: Sequence[Dialled], best: str, *, every: bool) -> list[Dialled]:
    """Return the connection that a browser would use, and with `every` one of the other family."""
    made = [one for one in dialled if one.channel is not None]
    used = [one for one in made if one.connect.address == best]
    if every:
        family = used[0].connect.family
        used += [one for one in made if one.connect.family != family][:1]
    return used
