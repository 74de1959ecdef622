"""An access log in words and as a JSON line: what explains its most striking stretch, how probably, and on what evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from uproar.model.tick import iso
from uproar.present.tracing import WHO, origins, weighed
from uproar.present.tracingvalues import of_sources
from uproar.trace.attack import Evidence
from uproar.trace.logged import Surge
from uproar.trace.surging import ATTACK, CROWD, ORDINARY, RETRY, ROBOT

CAUTION = "Proxies, mobile networks and rented or infected devices stand behind addresses: a country of addresses is not a country of people."
_ENCODER = msgspec.json.Encoder()

VECTORS: Mapping[str, str] = MappingProxyType(
    {
        "http.flood": "requests without the manners of browsers, far more than usual",
        "http.cache-busting": "ever new query strings on few paths, which no cache can answer",
        "http.login-flood": "far more log-ins than usual",
        "http.slow": "connections held open and hardly used",
        "http.rapid-reset": "requests given up at once, again and again",
    }
)
EXPLAINED: Mapping[str, str] = MappingProxyType(
    {
        ATTACK: "an attack by requests",
        CROWD: "a flash crowd: people came",
        RETRY: "a retry storm: clients try again after an outage",
        ROBOT: "one or few programs: crawlers, scanners, a client that loops",
        ORDINARY: "nothing out of the ordinary",
    }
)


def _percent(value: float) -> str:
    return f"{value:.1%}" if 0 < value < 0.1 else f"{value:.0%}"


def _usually(evidence: Evidence) -> str:
    return f" (usually {_percent(float(evidence.detail))})" if evidence.detail else ""


_SENTENCES: Mapping[str, Callable[[Evidence], str]] = MappingProxyType(
    {
        "no-usual": lambda _: "nothing in the log tells what is usual there",
        "factor": lambda e: f"{e.value:,.1f} times as many requests as usual",
        "failed-before": lambda e: (
            "whether the service failed before is not known"
            if e.detail
            else f"{_percent(e.value)} of the requests in the ten minutes before failed (5xx)"
        ),
        "known": lambda e: f"{_percent(e.value)} come from networks that came before",
        "path-divergence": lambda e: (
            f"the mix of paths is {e.value:.2f} bits from the usual (0 is the same, 1 nothing in common)"
        ),
        "agent-paths": lambda e: (
            f"they ask for what clients of the same agents usually ask for ({e.value:.2f} bits apart; 1 is nothing in common)"
        ),
        "failed": lambda e: f"{_percent(e.value)} failed (5xx), and hardly any before",
        "refused": lambda e: f"{_percent(e.value)} were refused as too many (429)",
        "novelty": lambda e: f"{_percent(e.value)} ask with a query that hardly came before",
        "login": lambda e: f"{_percent(e.value)} are log-ins",
        "slow": lambda e: f"{_percent(e.value)} were held open for long and hardly used",
        "reset": lambda e: f"{_percent(e.value)} were given up at once (499)",
        "unharmed": lambda e: (
            f"few sources, {e.value:,.1f} times the usual, and the service answers: no harm is seen"
        ),
        "falls": lambda e: (
            f"the log begins with it: {e.value:,.1f} times as many requests as afterwards, and no rise is seen"
        ),
        "step": lambda e: f"it begins slowly: {e.value:,.1f} times the rate of right before",
        "special": lambda e: (
            f"{_percent(e.value)} come from private or special addresses (RFC 6890)"
        ),
        "silent-before": lambda e: (
            f"hardly anything came in {_percent(e.value)} of the time right before: an outage, perhaps"
        ),
        "new-agents": lambda e: f"{_percent(e.value)} are of agents that did not come before",
        "beside": lambda e: f"{e.value:,.2f} other requests of the same sources for each of them",
        "sub": lambda e: (
            f"{_percent(e.value)} are parts of pages, as browsers load them{_usually(e)}"
        ),
        "referred": lambda e: f"{_percent(e.value)} say from where they come{_usually(e)}",
        "agent": lambda e: f"{_percent(e.value)} are of one and the same agent{_usually(e)}",
        "agent-divergence": lambda e: (
            f"the mix of agents is {e.value:.2f} bits from the usual (0 is the same, 1 nothing in common)"
        ),
        "agents-per-request": lambda e: f"{e.value:.2f} different agents a request",
        "per-minute": lambda e: (
            f"{e.value:,.1f} requests a minute of each source"
            + (f" (usually {e.detail})" if e.detail else "")
        ),
        "top-sources": lambda e: f"{_percent(e.value)} come from the ten busiest sources",
        "asked-once": lambda e: f"{e.value:.2f} different addresses a request, over many pages",
        "again": lambda e: (
            f"{_percent(e.value)} ask for what the same client had asked for within five minutes"
        ),
        "spread": lambda e: (
            f"each source's requests are spread over the time ({e.value:.2f}: 1 as a program's, 0 as those of a visit)"
        ),
        "top-one": lambda e: f"{_percent(e.value)} come from one source",
        "top-known": lambda e: f"{_percent(e.value)} of what the busiest ask is of old clients",
        "path-distinct": lambda e: f"{e.value:.3f} different paths a request",
        "completed": lambda _: "requests are made on connections that came about",
    }
)


def sentence(evidence: Evidence) -> str:
    """Return one piece of evidence in words. What is counted is what came beyond the usual."""
    return _SENTENCES[evidence.about](evidence)


def plain(surge: Surge, target: str, file: str) -> dict[str, Any]:
    """Return an attack as plain values, in the shape of `tracingvalues.plain`; rates are of requests."""
    sources = surge.sources
    return {
        "kind": "attack",
        "from": iso(surge.from_ms),
        "to": iso(surge.to_ms),
        "target": target,
        "vector": surge.vector,
        "vectors": [
            {
                "vector": surge.vector,
                "share": 1.0,
                "requests": surge.rates.requests,
                "octets": surge.rates.octets,
            }
        ],
        "probability": surge.probability,
        "rates": msgspec.to_builtins(surge.rates),
        "sources": of_sources(sources, _because(surge)),
        "flash_crowd": surge.flash_crowd,
        "evidence": [
            {"about": e.about, "value": e.value, "ratio": e.ratio, "sentence": sentence(e)}
            for e in (*surge.evidence, *sources.evidence)
        ],
        "one_of": surge.one_of,
        "file": file,
    }


def encode(
    surge: Surge, target: str, file: str, rules: list[dict[str, Any]] | None = None
) -> bytes:
    """Return an attack as one line of JSON, without the line's end; with the filters against it, if they are given."""
    values = plain(surge, target, file)
    return _ENCODER.encode(values if rules is None else {**values, "rules": rules})


def _because(surge: Surge) -> str:
    return {
        "few": "too few sources to speak of countries",
        "no-database": "no database knows these addresses",
    }.get(surge.sources.reason, f"these are the last hops of whole connections. {CAUTION}")


def report(found: Surge | None, form: str, requests: int) -> list[str]:
    """Return what a log shows as lines for a person."""
    lines = [f"{requests:,} requests in a log of the format {form}"]
    if found is None:
        return [*lines, "Nothing can be told from a log without requests."]
    rates = found.rates
    lines.append(_said(found))
    stretch = "The stretch that stands out" if found.risen else "The whole log, alike throughout"
    lines.append(f"{stretch}: {iso(found.from_ms)} to {iso(found.to_ms)}")
    usual = (
        "what is usual is not known"
        if rates.usual_requests_s is None
        else f"usually {rates.usual_requests_s:,.2f}"
    )
    lines.append(
        f"  {rates.requests:,.0f} requests; {rates.mean_requests_s:,.1f} a second"
        f" ({usual}), at most {rates.peak_requests_s:,.0f}"
    )
    if found.one_of > 1:
        lines.append(f"  estimated from one of {found.one_of} requests")
    lines.append("How probable each explanation is")
    for name, probability in sorted(found.probability.items(), key=lambda e: (-e[1], e[0])):
        lines.append(f"  {probability:>4.0%}  {EXPLAINED[name]}")
    if found.attack:
        lines.append(f"  by {found.vector}: {VECTORS[found.vector]}")
    lines.append("Evidence")
    lines += [f"  {sentence(each)}{weighed(each, 'an attack')}" for each in found.evidence]
    lines += _whence(found)
    return lines


def _said(found: Surge) -> str:
    if not found.said:
        return "It cannot be told what this is."
    if found.said == ORDINARY:
        return "No attack is seen: nothing out of the ordinary."
    if found.attack:
        return f"An attack by requests is probable: {found.vector}."
    return f"No attack is seen. More probable is {EXPLAINED[found.said]}."


def _whence(found: Surge) -> list[str]:
    sources = found.sources
    lines = ["From where", f"  {sources.count:,} sources"]
    lines += origins(sources, _percent)
    lines.append(f"  {CAUTION}")
    if found.attack:
        lines.append(f"  {WHO}")
    return lines
