"""A measurement for a person: one plain sentence, then a line a layer, then who and whose side.

Everything that a peer sent passes `legible.one_line`: no control character, no turning of direction, one line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from uproar.model.measurement import (
    STEPS,
    Connect,
    Exchange,
    Failure,
    Finding,
    Handshake,
    Hop,
    Http3,
    Lookup,
    Measurement,
    State,
    Step,
)
from uproar.model.tick import iso
from uproar.present.legible import on_a_line, one_line
from uproar.present.probing_words import behind, broken

TOLD_MAX = 120  # characters of a peer's text in a line
SERVERS_SHOWN = 3

SIGNS: Mapping[State, str] = MappingProxyType(
    {"works": "✓", "blocked": "▨", "maintenance": "◌", "fails": "✗", "unknown": "?"}
)
_SIDES: Mapping[str, str] = MappingProxyType(
    {
        "origin": "the site's own",
        "cdn": "the content network's",
        "cloud": "the host's",
        "dns-host": "the name servers'",
        "access-network": "the network that the probe is in, or its resolvers",
        "path": "between the networks",
        "client": "the client's: the request itself",
        "nobody": "nobody's: this is a rule, not a fault",
        "unknown": "not known: more than one fits",
    }
)
_NOTES: Mapping[str, str] = MappingProxyType(
    {
        "ipv6-not-here": "this machine has no IPv6, so it was not tried",
        "ipv4-not-here": "this machine has no IPv4, so it was not tried",
        "ipv6-fails": "over IPv6 it does not work",
        "ipv4-fails": "over IPv4 it does not work",
        "ipv6-works": "over IPv6 it works",
        "ipv4-works": "over IPv4 it works",
        "resolver-fails": "a resolver does not answer as the others do",
        "name-server-fails": "one of the site's own name servers fails",
        "http3-fails": "over HTTP/3, which it offers, it does not work; browsers fall back, so nobody is stopped",
        "serials-differ": "its own name servers hold different versions of the zone",
        "stale-answer": "a resolver serves an old answer, because the name servers do not answer",
        "dnssec-bogus": "a resolver refuses the name because its DNSSEC signatures do not hold",
        "certificate-expires-soon": "the certificate expires within 14 days",
    }
)
_LABELS: Mapping[Step, str] = MappingProxyType(
    {"dns": "DNS", "tcp": "TCP", "tls": "TLS", "http": "HTTP", "content": "Content"}
)


def lines(measurement: Measurement, finding: Finding) -> list[str]:
    """Return what a person reads, line by line, the answer first."""
    told = [f"{SIGNS[finding.state]} {sentence(measurement, finding)}", ""]
    for number, hop in enumerate(measurement.hops):
        if number:
            told += ["", f"  then {one_line(hop.url, TOLD_MAX)}"]
        told += [f"  {line}" for line in _hop(hop, measurement.check.expect)]
    told.append("")
    told += [f"  {name:<15} {text}" for name, text in _answers(measurement, finding)]
    # What a peer sent was cleaned where it was put in; this holds should one place forget it.
    return [on_a_line(line).rstrip() for line in told]


def sentence(measurement: Measurement, finding: Finding) -> str:
    """Return the finding as one plain sentence."""
    name = one_line(measurement.check.host, TOLD_MAX)
    if finding.failure is not None and finding.match is None:
        return one_line(broken(finding.failure, finding.layer, name), 400)
    if finding.match is not None:
        return one_line(behind(finding.match, finding, name), 400)
    if finding.state == "works":
        spent = _ms(sum(_spent(hop) for hop in measurement.hops))
        return f"{name} works: the page came after {spent} (status {finding.status})."
    return _unmarked(finding, name)


def _unmarked(finding: Finding, name: str) -> str:
    """Return the sentence of an answer that is not as it should be and bears no fingerprint."""
    code = finding.status
    match finding.state, finding.step:
        case "blocked", _:
            return (
                f"{name} answers and refuses this probe ({code}); "
                "whether it works for people is not known from here."
            )
        case "unknown", "content":
            return (
                f"{name} answers; the expected text is not in the part of the page that was read."
            )
        case _, "content":
            return f"{name} answers ({code}), but the expected text is not on the page."
        case _, "http" if code >= 500:
            return f"{name} answers with an error ({code}); who wrote it is not known."
        case _, "http":
            return f"{name} answers, but not with this page ({code})."
        case _:
            return f"{name}: nothing can be told."


def _hop(hop: Hop, expect: str) -> list[str]:
    if hop.failure is not None:
        return [f"✗ not followed: {one_line(hop.failure.detail or hop.failure.failure, TOLD_MAX)}"]
    told = []
    for step in STEPS:
        sign, text, spent = _STEPS[step](hop, expect)
        if text:
            told.append(f"{_LABELS[step]:<8} {sign} {spent:>9}  {text}")
        if step == "http" and hop.http3 is not None:
            told.append(_http3(hop.http3))
    return told


def _http3(one: Http3) -> str:
    spent = _ms(one.ms + one.processing_ms + one.transfer_ms)
    good = one.failure is None
    text = f"offered, status {one.status}" if good else f"offered, {_failure(one.failure)}"
    return f"{'HTTP/3':<8} {'✓' if good else '✗'} {spent:>9}  {text}"


_Row = tuple[str, str, str]


def _dns(hop: Hop, _: str) -> _Row:
    if not hop.lookups:
        return "–", "not asked: the address needs no name server", ""
    good = any(one.addresses for one in hop.lookups if one.role == "resolver")
    parts = []
    for role, what in (("resolver", "resolvers"), ("authoritative", "own name servers")):
        asked = dict.fromkeys(one.server for one in hop.lookups if one.role == role)
        served = {one.server for one in hop.lookups if one.role == role and _served(one)}
        if asked:
            parts.append(f"{len(served)} of {len(asked)} {what} give it")
    failed = [one for one in hop.lookups if not _served(one)][:SERVERS_SHOWN]
    parts += [f"{one_line(one.server, TOLD_MAX)}: {_why(one)}" for one in failed]
    if any(one.dnssec == "ok" for one in hop.lookups):
        parts.append("DNSSEC validated")
    return "✓" if good else "✗", "; ".join(dict.fromkeys(parts)), _ms(hop.resolve_ms)


def _served(one: Lookup) -> bool:
    return one.failure is None or (one.failure.failure == "dns_no_answer" and one.rcode != "")


def _why(one: Lookup) -> str:
    said = one.rcode if one.rcode and one.rcode != "NOERROR" else _failure(one.failure)
    more = [f"EDE {code}{f' {text}' if text else ''}" for code, text in one.extended]
    return one_line(" ".join([said, *more]), TOLD_MAX)


def _tcp(hop: Hop, _: str) -> _Row:
    if not hop.connects:
        return "–", "", ""
    used = hop.connect()
    return (
        "✓" if used else "✗",
        "; ".join(_connect(one) for one in hop.connects),
        _ms(used.ms) if used else "",
    )


def _connect(one: Connect) -> str:
    family = "IPv6" if one.family == "ipv6" else "IPv4"
    how = _ms(one.ms) if one.failure is None else _failure(one.failure)
    return f"{family} {one.address} {how}"


def _tls(hop: Hop, _: str) -> _Row:
    if not hop.handshakes:
        return "–", "", ""
    used = hop.handshake() or hop.handshakes[0]
    told = [_handshake(used)]
    told += [
        f"{one.family}: {_failure(one.failure)}"
        for one in hop.handshakes
        if one is not used and one.failure is not None
    ]
    return "✗" if used.failure else "✓", "; ".join(told), _ms(used.ms)


def _handshake(one: Handshake) -> str:
    parts = [one.version] if one.version else []
    if one.failure is not None:
        parts.append(_failure(one.failure))
    if one.chain:
        own = one.chain[0]
        verb = "holds" if one.verified else "dates"
        if own.not_after:
            parts.append(f"certificate {verb} until {iso(own.not_after)[:10]}")
        if own.issuer:
            parts.append(f"by {one_line(own.issuer, 40)}")
        if not one.verified and own.names:
            parts.append(f"for {one_line(', '.join(own.names[:3]), 80)}")
    return ", ".join(parts)


def _http(hop: Hop, _: str) -> _Row:
    page = hop.exchange()
    if page is None:
        return "–", "", ""
    bad = page.failure is not None or page.status >= 400
    parts = [f"status {page.status}"] if page.status else []
    parts.append(page.protocol)
    if page.failure is not None:
        parts.append(_failure(page.failure))
    if page.server:
        parts.append(f"calls itself {one_line(page.server, 40)}")
    if page.status:
        parts.append(_size(page))
    if page.location:
        parts.append(f"leads to {one_line(page.location, TOLD_MAX)}")
    return "✗" if bad else "✓", ", ".join(parts), _ms(page.processing_ms + page.transfer_ms)


def _size(page: Exchange) -> str:
    more = "more than " if page.cut else ""
    packed = f" ({page.received:,} packed)" if page.received != page.unpacked else ""
    return f"{more}{page.unpacked:,} bytes{packed}"


def _content(hop: Hop, expect: str) -> _Row:
    page = hop.exchange()
    if page is None or not page.status:
        return "–", "", ""
    parts = []
    if expect and page.found is not None:
        parts.append("the expected text is there" if page.found else "the expected text is missing")
    if page.title:
        parts.append(f"titled “{one_line(page.title, 80)}”")
    parts += [f"bears {one.id}" for one in page.matches if one.kind != "relay"]
    bad = page.found is False or any(one.kind != "relay" for one in page.matches)
    return "✗" if bad else "✓", "; ".join(parts), ""


_STEPS: Mapping[Step, Callable[[Hop, str], _Row]] = MappingProxyType(
    {"dns": _dns, "tcp": _tcp, "tls": _tls, "http": _http, "content": _content}
)


def _answers(measurement: Measurement, finding: Finding) -> Sequence[tuple[str, str]]:
    """Return who answered, whose side, and what else is not in order."""
    told = []
    page = measurement.hops[-1].exchange()
    if finding.match is not None:
        rests = ", ".join(finding.match.rests_on)
        told.append(("Who answered", f"{finding.answered} ({finding.match.strength}: {rests})"))
        told.append(("What it means", finding.match.meaning))
    elif page is not None and page.server:
        told.append(("Who answered", f"it calls itself {one_line(page.server, 40)}"))
    if finding.relayed:
        told.append(("Passed on by", ", ".join(finding.relayed)))
    if finding.side:
        told.append(("Whose side", f"{_SIDES[finding.side]} ({finding.layer})"))
    told += [("Also", _NOTES[note]) for note in finding.notes]
    told.append(("Measured", f"{iso(measurement.at)} from here, in {_ms(measurement.took_ms)}"))
    return told


def _spent(hop: Hop) -> float:
    page, connect, handshake = hop.exchange(), hop.connect(), hop.handshake()
    return (
        hop.resolve_ms
        + (connect.ms if connect else 0)
        + (handshake.ms if handshake else 0)
        + (page.processing_ms + page.transfer_ms if page else 0)
    )


def _failure(failure: Failure | None) -> str:
    if failure is None:
        return ""
    return (
        f"{failure.failure} ({one_line(failure.detail, 80)})" if failure.detail else failure.failure
    )


def _ms(spent: float) -> str:
    return f"{spent:.0f} ms" if spent >= 10 else f"{spent:.1f} ms"
