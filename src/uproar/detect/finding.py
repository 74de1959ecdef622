"""Where does a measurement break, who answered, and on whose side is the fault?

The way is looked at in the order in which a browser goes it: name, connection, TLS, HTTP, content.
The first step that stops it decides. A challenge or a block is a state of its own and never a
failure; a page of success may hold an error. Where two sides are possible, neither is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from uproar.model.fault import LAYERS
from uproar.model.measurement import (
    Exchange,
    Failure,
    Finding,
    Handshake,
    Hop,
    Lookup,
    Match,
    Measurement,
    State,
    Step,
)

EXPIRES_SOON_MS = 14 * 24 * 3_600 * 1_000  # by then certificates that renew themselves have done so
REFUSING = frozenset({401, 403, 407, 429, 451})  # statuses that refuse us, and may serve others
BLOCKING = frozenset({"policy_block", "dns_policy", "dns_censorship"})  # somebody means it
# Layers of pages that tell who refused, and no more; others name a fault beside a refusing status.
_WHO_ONLY = frozenset({"origin_server_or_lb", "origin_lb", "origin_auth", "policy_or_config"})
_KINDS: Mapping[str, State] = MappingProxyType({"block": "blocked", "maintenance": "maintenance"})
_STALE = frozenset({3, 19})  # RFC 8914: an old answer, because the authority is not there
_VAGUE = frozenset({"dns", "ambiguous"})


def find(measurement: Measurement) -> Finding:
    """Return what a measurement comes to; every measurement has a finding."""
    last = measurement.hops[-1]
    notes = tuple(_notes(measurement))
    page = last.exchange()
    relayed = _relayed(page)
    if last.failure is not None:
        return _stopped(last.failure, notes, relayed)
    if not last.connects:
        return _unresolved(last.lookups, notes)
    if last.family == "":
        failure = _likeliest([one.failure for one in last.connects if one.failure])
        return _failed("tcp", failure, notes)
    # A redirect may lead from a site whose certificate does not hold to one where it does.
    for handshake in (last.handshake(), *(hop.handshake() for hop in measurement.hops)):
        if handshake is not None and handshake.failure is not None:
            return _failed("tls", handshake.failure, notes, page=page)
    if page is None:
        return Finding("unknown", notes=notes)
    return _read(page, notes, relayed)


def _stopped(failure: Failure, notes: tuple[str, ...], relayed: tuple[str, ...]) -> Finding:
    """Return the finding where we went no further: a refusal, a circle, or no time left."""
    if failure.operation == "guard":
        return Finding("unknown", "dns", failure.layer, "unknown", failure=failure, notes=notes)
    side = LAYERS.get(failure.layer, "unknown")
    # In a circle that sets cookies a browser may well come through.
    circle = failure.failure == "http_unexpected_redirect_url" and failure.layer == "ambiguous"
    state = "unknown" if circle else _state(failure.layer)
    return Finding(state, "http", failure.layer, side, "", relayed, failure=failure, notes=notes)


def _state(layer: str) -> State:
    return "blocked" if layer in BLOCKING else "fails"


def _unresolved(lookups: Sequence[Lookup], notes: tuple[str, ...]) -> Finding:
    """No resolver gave an address; the name's own servers tell whether that is their doing."""
    resolvers = [one for one in lookups if one.role == "resolver"]
    own = [one for one in lookups if one.role == "authoritative"]
    failure = _likeliest([one.failure for one in resolvers if one.failure])
    layer = failure.layer
    if layer in _VAGUE and own:
        if any(one.addresses for one in own):
            layer = "dns_resolver"
        elif all(one.failure is not None for one in own):
            layer = "dns_authoritative"
            if all(one.rcode == "" for one in own):
                layer = "dns_authoritative_down"
    side = LAYERS.get(layer, "unknown")
    return Finding(_state(layer), "dns", layer, side, failure=failure, notes=notes)


def _failed(
    step: Step, failure: Failure, notes: tuple[str, ...], *, page: Exchange | None = None
) -> Finding:
    side = LAYERS.get(failure.layer, "unknown")
    return Finding(
        _state(failure.layer),
        step,
        failure.layer,
        side,
        "",
        _relayed(page),
        page.status if page else 0,
        failure,
        None,
        notes,
    )


def _read(page: Exchange, notes: tuple[str, ...], relayed: tuple[str, ...]) -> Finding:
    """Judge the answer: who wrote it and what it says, then whether it is whole and as expected."""
    told = next((one for one in page.matches if _decides(one, page)), None)
    status = page.status
    if told is not None:
        state, layer = _KINDS.get(told.kind, "fails"), told.layer
        if status in REFUSING and layer in _WHO_ONLY:
            state, layer = "blocked", "policy_block"
        step: Step = "http" if status >= 400 else "content"
        side = LAYERS.get(layer, "unknown")
        return Finding(
            state, step, layer, side, told.vendor, relayed, status, page.failure, told, notes
        )
    if page.failure is not None:
        return _failed("http", page.failure, notes, page=page)
    return _plainly(page, notes, relayed)


def _plainly(page: Exchange, notes: tuple[str, ...], relayed: tuple[str, ...]) -> Finding:
    """Judge an answer that bears no fingerprint: by its status, and by the expected text."""
    status = page.status
    blank = Finding("works", relayed=relayed, status=status, notes=notes)
    put = msgspec.structs.replace
    if status in REFUSING:
        return put(blank, state="blocked", step="http", layer="policy_block", side="nobody")
    if not 200 <= status < 400:
        layer = "client_request" if 400 <= status < 500 else "ambiguous"
        return put(blank, state="fails", step="http", layer=layer, side="unknown")
    if page.found is False:
        state = "unknown" if page.cut else "fails"
        return put(blank, state=state, step="content", layer="origin_app", side="origin")
    return blank


def _decides(match: Match, page: Exchange) -> bool:
    """Tell whether a fingerprint decides, which it does only as far as the status bears it out.

    In an answer of success a text may be a quotation: there only strong ones count. A weak one
    counts beside a status of failure, and never to call something a block.
    """
    if match.kind == "relay":
        return False
    if page.status < 400:
        return match.strength in {"decisive", "strong"}
    if match.strength == "weak":
        return page.status >= 500 and match.kind == "fault" and match.layer != "ambiguous"
    return True


def _relayed(page: Exchange | None) -> tuple[str, ...]:
    if page is None:
        return ()
    return tuple(dict.fromkeys(one.vendor for one in page.matches if one.kind == "relay"))


def _likeliest(found: Sequence[Failure]) -> Failure:
    """Return the failure that says most: one that names a layer before one that names none."""
    if not found:
        return Failure("resolve", "unknown_failure", "dns", "no name server could be asked")
    return min(
        found,
        key=lambda one: (
            one.layer == "client_network",
            one.failure == "dns_no_answer",  # IPv6 addresses are often missing, and rightly
            one.layer in _VAGUE,
            one.failure == "generic_timeout_error",
        ),
    )


def _notes(measurement: Measurement) -> Iterable[str]:
    """Yield what is not in order although it need not stop anybody."""
    first = measurement.hops[0]
    yield from _name_notes(first)
    for family in ("ipv6", "ipv4"):
        tried = [one for one in first.connects if one.family == family]
        local = all(one.failure and one.failure.layer == "client_network" for one in tried)
        if tried and local:
            yield f"{family}-not-here"
        elif tried and first.family and all(one.failure for one in tried):
            yield f"{family}-fails"
    if first.family:
        yield from _family_notes(first)
    for hop in measurement.hops:
        handshake = hop.handshake()
        if handshake is not None and _expires_soon(handshake, measurement.at):
            yield "certificate-expires-soon"
            break


def _name_notes(hop: Hop) -> Iterable[str]:
    served = [one for one in hop.lookups if one.addresses]
    if not served:
        return
    for role, note in (("resolver", "resolver-fails"), ("authoritative", "name-server-fails")):
        # An address of one family alone is usual; a server fails where it gives neither.
        servers = {one.server for one in hop.lookups if one.role == role}
        good = {
            one.server
            for one in hop.lookups
            if one.role == role and (one.failure is None or one.failure.failure == "dns_no_answer")
        }
        if servers - good:
            yield note
    if len({one.serial for one in hop.lookups if one.serial is not None}) > 1:
        yield "serials-differ"
    if any(code in _STALE for one in hop.lookups for code, _ in one.extended):
        yield "stale-answer"
    if any(one.dnssec == "bogus" for one in hop.lookups):
        yield "dnssec-bogus"


def _family_notes(hop: Hop) -> Iterable[str]:
    """Yield a note where both families connect, and one of them goes wrong later on."""
    families = {one.family for one in hop.handshakes} | {one.family for one in hop.exchanges}
    used = _sound(hop, hop.family)
    for family in sorted(families - {hop.family}):
        if _sound(hop, family) != used:
            yield f"{family}-{'fails' if used else 'works'}"


def _sound(hop: Hop, family: str) -> bool:
    """Tell whether TLS and HTTP over one family came to an answer that is no failure."""
    shaken = all(one.failure is None for one in hop.handshakes if one.family == family)
    pages = [one for one in hop.exchanges if one.family == family]
    return shaken and bool(pages) and all(not one.failure and one.status < 500 for one in pages)


def _expires_soon(handshake: Handshake, at: int) -> bool:
    if not handshake.chain or not handshake.verified:
        return False
    ends = min((one.not_after for one in handshake.chain if one.not_after), default=0)
    return 0 < ends - at < EXPIRES_SOON_MS
