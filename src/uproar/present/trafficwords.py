"""An attack on a service in plain sentences: what came, of what kind, how sure, and what it does not show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from uproar.present import tracing, tracinglogs
from uproar.present.figures import bits, count, percent
from uproar.present.instants import seconds, span
from uproar.present.legible import clean
from uproar.present.traffic_views import AttackView, Part, RushView, Unit
from uproar.trace.attack import Evidence

NO_PROOF = "That an attack came does not show that it made the service fail: hold the times against each other."
WHO = tracing.WHO
DIGITS = 3  # Of a rate or an estimate; JSON has what was told.
NOTHING = "Nothing in its traffic looked like an attack."
NOT_TOLD = "Nobody told of its traffic at that time."
_SHORT: Mapping[str, str] = MappingProxyType(
    {
        "http.flood": "flood of requests",
        "http.cache-busting": "cache busting",
        "http.login-flood": "flood of log-ins",
        "http.slow": "slow requests",
        "http.rapid-reset": "rapid reset",
    }
)

# What live watching measures besides; `tracing` has words for the rest.
_OF_WATCHING: Mapping[str, str] = MappingProxyType(
    {
        "attack-packets-s": "{value:,.0f} packets a second of it fit the vectors",
        "attack-bits-s": "these are {rate}",
        "times-threshold": "{value:.1f} times as much as makes it worth a look",
        "connections-held": "{value:,.0f} connections are held open",
        "connections-per-source": "{value:,.1f} of them a source",
    }
)


def said(attacks: Sequence[AttackView], rushes: Sequence[RushView] = ()) -> str:
    """Return one sentence for all attacks of a stretch, the largest first; without any, what else was far above the usual."""
    if not attacks and rushes:
        return f"{NOTHING} {_rushed(max(rushes, key=lambda each: each.packets_s))}"
    if not attacks:
        return NOTHING
    worst = max(attacks, key=lambda each: each.packets_s)
    text = f"Its traffic shows {what(worst)}, {extent(worst)}, first seen {_at(worst)}"
    others = len(attacks) - 1
    more = f"; and {count(others)} more" if others else ""
    return f"{text}{more}."


def what(attack: AttackView) -> str:
    """Return what kind of attack: "an attack: SYN flood"."""
    if not attack.vectors:
        return "an attack of a kind that is not named"
    return f"an attack ({_named(attack)})"


def _named(attack: AttackView) -> str:
    named = [kind(each) for each in attack.vectors[:2]]
    if len(attack.vectors) > 2:
        named.append("others")
    return f"{', '.join(named[:-1])}{' and ' if len(named) > 1 else ''}{named[-1]}"


def _rushed(rush: RushView) -> str:
    return f"Far more came than is usual: {much(rush)}."


def much(rush: RushView) -> str:
    """Return how much came without an attack: "up to 93 100 packets a second where 8 240 are usual"."""
    usual = "" if rush.usual is None else f" where {rough(rush.usual)} are usual"
    return f"up to {rough(rush.packets_s)} {rush.unit} a second{usual}"


def who(rush: RushView) -> str:
    """Return who came without an attack: how many addresses, and whether they are known."""
    known = "" if rush.known is None else _known(rush.known)
    return " ".join(part for part in (_addresses(rush.sources), known) if part)


def _addresses(number: int) -> str:
    return f"About {rough(number)} source addresses." if number else ""


def _known(share: float) -> str:
    return f"{percent(share)} of all that came is from networks that came in the last 28 days too."


def rough(number: float) -> str:
    """Return a rate or an estimate with the three digits that it has: 102 456 is 102 000."""
    digits = len(str(round(abs(number))))
    return count(round(number, min(0, DIGITS - digits)))


def vectors(attack: AttackView) -> list[tuple[str, Part]]:
    """Return the vectors, each with how much of the attack it is; of one that came before and comes no longer, that."""
    return [(percent(each.share) if each.share else "before", each) for each in attack.vectors]


def kind(vector: Part) -> str:
    """Return the short name of a vector: what stands before the colon of its description."""
    return vector.label.partition(":")[0]


def extent(attack: AttackView) -> str:
    """Return how much: "up to 60 000 packets a second at the busiest of 2 targets, where 900 are usual"."""
    also = f" and {bits(attack.bits_s)}" if attack.unit == "packets" and attack.bits_s else ""
    many = f" at the busiest of {count(attack.hit)} targets," if attack.hit > 1 else ""
    usual = "" if attack.usual is None else f"{many} where {rough(attack.usual)} are usual"
    return (
        f"up to {rough(attack.packets_s)} {attack.unit} a second{also}{usual or many.rstrip(',')}"
    )


def heading(attack: AttackView) -> str:
    """Return the heading of an attack: its largest vectors."""
    if not attack.vectors:
        return "An attack of a kind that is not named"
    first = _named(attack)
    return first[:1].upper() + first[1:]


def lasted(attack: AttackView, now_ms: int) -> str:
    """Return how long it lasted or lasts, and in how many waves; it follows the times themselves."""
    waves = f", in {attack.waves} waves" if attack.waves > 1 else ""
    if attack.until is None:
        return f", for {span(now_ms - attack.begins[0])} now{waves}"
    if attack.lost:
        return f"{waves}; then who told of it fell silent, so its end is not known"
    return f", for {span(attack.until - attack.begins[0])}{waves}"


def whence(attack: AttackView) -> str:
    """Return what the sources tell: how many, forged or not, and whether places mean something."""
    parts = [_addresses(attack.sources)]
    if attack.spoofed is not None:
        parts.append(f"Forged with a probability of {percent(attack.spoofed)}.")
    if attack.known is not None:
        parts.append(_known(attack.known))
    if attack.meaningful and attack.countries:
        where = ", ".join(f"{each.label} {percent(each.share)}" for each in attack.countries[:5])
        parts.append(f"Last hops: {where}.")
    elif attack.sources:
        parts.append("Countries of these addresses say nothing of who sends, and are not shown.")
    return " ".join(part for part in parts if part)


def crowd(attack: AttackView) -> str:
    """Return how probable it is that people came instead."""
    if attack.flash_crowd is None:
        return "Whether people came instead cannot be said."
    return f"That people came instead: {percent(attack.flash_crowd)}."


def measure(about: str, value: float, ratio: float, unit: Unit) -> str:
    """Return one measure as a sentence; one that this version has no words for is named."""
    if about in _OF_WATCHING:
        return _OF_WATCHING[about].format(value=value, rate=bits(value))
    try:
        if unit == "requests":
            return tracinglogs.sentence(Evidence(about, value, ratio))
        return tracing.sentence(Evidence(about, value, ratio, "several"))
    except KeyError:
        return f"{clean(about).replace('-', ' ')}: {value:,.3g}"


def weight(ratio: float) -> str:
    """Return by how much a measure speaks, and for which side."""
    times, word = (ratio, "for") if ratio > 1 else (1 / ratio, "against")
    return f"{times:.3g} times {word} it"


def label(vector: str) -> str:
    """Return a vector in words, its short name before a colon; one that this version does not know, as it is."""
    if vector in _SHORT:
        return f"{_SHORT[vector]}: {tracinglogs.VECTORS[vector]}"
    try:
        return tracing.worded(vector)
    except KeyError:
        return clean(vector)


def _at(attack: AttackView) -> str:
    """Return when it began, to the second."""
    first, last = map(seconds, attack.begins)
    return f"{first} UTC" if first == last else f"{first} to {last} UTC"
