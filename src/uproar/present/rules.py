"""Filters against an attack, in words and as values of JSON: what each would stop, what it costs, and how each program writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from uproar.present.rules_network import NFT_BASE, blackhole, flowspec, nft
from uproar.trace.rules_told import Advice, Measured, Note, Rule

TITLE = "Nothing of this is applied; each line says what it would stop, and what it costs"
ROUTES_SHOWN = 3  # Of a filter that needs a route for each source; JSON has all of them.
WIDE = 400  # Characters of one filter in a report; JSON has all of it.

_WHY: Mapping[str, str] = MappingProxyType(
    {
        "narrow": "all that most of its packets have in common",
        "broader": "less of it, for packets that change",
        "broadest": "its protocol as a whole",
        "fragments": "later fragments of its datagrams",
        "sources": "its busiest sources, which are genuine",
        "prefixes": "the busiest networks of its sources",
        "limit": "a limit at twice the highest second of the baseline; while more comes, ordinary packets lose the same share",
        "blackhole": "throw away all that goes to the target: this completes the attack for that address, for others behind it"
        " the line is free again",
    }
)
_NOTES: Mapping[str, Callable[[Note], str]] = MappingProxyType(
    {
        "forged": lambda n: (
            f"No sources are listed for {n.vector}: they are forged ({n.value:.0%}), so a list would hit strangers and stop nothing."
        ),
        "not-judged": lambda n: (
            f"No sources are listed for {n.vector}: whether they are forged was judged for the largest vector only."
        ),
        "too-many": lambda n: (
            f"No sources are listed for {n.vector}: the busiest that fit into a list send {n.value:.0%} of the attack."
        ),
        "names": lambda n: (
            f"No sources are listed for {n.vector}: they are resolvers, which people use."
        ),
        "no-limit": lambda _: "No limit is told: how much is usual is not known.",
        "baseline-attacked": lambda _: (
            "The baseline shows an attack on the target itself, so what filters cost cannot be trusted."
        ),
    }
)


class Written(NamedTuple):
    """A filter as one program writes it."""

    kind: str
    text: str


def written(rule: Rule, place: int) -> list[Written]:
    """Return a filter in every syntax that can express it; `place` makes the names of routes distinct."""
    if rule.action == "blackhole":
        return [Written("rtbh", blackhole(rule))]
    found = []
    if rule.action != "limit-octets":
        found.append(Written("nftables", nft(rule)))
    if rule.action != "limit-packets":
        found.append(Written("flowspec", "\n".join(flowspec(rule, f"uproar-{place}"))))
    return found


def report(advice: Advice) -> list[str]:
    """Return the filters for one attack as lines for a person."""
    lines = [
        f"Against the attack on {advice.target}. {TITLE}",
        f"  baseline: {measured(advice.measured)}",
    ]
    vector = ""
    for place, rule in enumerate(advice.rules, 1):
        if rule.vector != vector:
            vector = rule.vector
            lines.append(f"  against {vector}" if vector else "  against all of it")
        lines.append(f"    {rule.why}: {_WHY[rule.why]}")
        lines.append(f"      {_shares(rule, advice.measured)}")
        for each in written(rule, place):
            texts = each.text.splitlines()
            for text in texts[:ROUTES_SHOWN]:
                shown = text if len(text) <= WIDE else f"{text[:WIDE]} ... (whole with --json)"
                lines.append(f"      {each.kind:<9} {shown}")
            if len(texts) > ROUTES_SHOWN:
                lines.append(f"      {'':<9} and {len(texts) - ROUTES_SHOWN} more (with --json)")
    lines += [f"  {_NOTES[each.about](each)}" for each in advice.notes]
    lines.append("  nftables filters stand behind")
    lines += [f"    {each}" for each in NFT_BASE]
    return lines


def plain(advice: Advice) -> list[dict[str, Any]]:
    """Return the filters for one attack as plain values, one for each syntax. A share that is not known is null."""
    return list(_plain(advice))


def _plain(advice: Advice) -> Iterator[dict[str, Any]]:
    told = measured(advice.measured)
    for place, rule in enumerate(advice.rules, 1):
        of = "every packet to the target" if rule.action == "blackhole" else told
        for each in written(rule, place):
            # By itself a line of JSON must be whole.
            base = NFT_BASE if each.kind == "nftables" else ()
            yield {
                "kind": each.kind,
                "text": "\n".join([*base, each.text]),
                "attack": round(rule.attack, 4),
                "baseline": _rounded(rule.baseline),
                "baseline_of": of,
                "baseline_sources": _rounded(rule.hosts),
                "vector": rule.vector,
                "because": _WHY[rule.why],
            }


def measured(of: Measured) -> str:
    """Return in words on what costs were measured."""
    if of.source == "file":
        said = f"{of.packets:,.0f} packets to the target in the capture of an ordinary time"
    else:
        said = (
            f"{of.packets:,.0f} packets to the target in the same capture that are not the attack,"
            f" {of.before:,.0f} of them before it"
        )
    if not of.known:
        return f"not known; {said} are too few"
    if of.told:
        said += "; by flow records, whose lengths and flags are estimates"
    return said


def _shares(rule: Rule, of: Measured) -> str:
    unit = "octets" if rule.action == "limit-octets" else "packets"
    stops = f"stops {percent(rule.attack)} of the attack's {unit}"
    if rule.action == "blackhole":
        return f"{stops}, and 100 % of the target's ordinary traffic"
    if rule.baseline is None or rule.hosts is None:
        return f"{stops}; what it costs is not known"
    hits = f"hits {percent(rule.baseline)} of the baseline's"
    if rule.baseline == 0:
        hits = f"hits none of the baseline's {of.packets:,.0f} packets"
    return f"{stops}, {hits}, something of {percent(rule.hosts)} of its sources"


def percent(share: float) -> str:
    """Return a share so that what is not all or nothing is not rounded to it."""
    if 0 < share < 0.0005:
        return "less than 0.1 %"
    if 0.9995 < share < 1:
        return "more than 99.9 %"
    return f"{100 * share:.1f} %" if 0 < share < 0.1 or 0.9 < share < 1 else f"{100 * share:.0f} %"


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
