"""An attack in words: what came, by which vectors, from what kind of sources, and what that does not tell."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from types import MappingProxyType

from uproar.model.tick import iso
from uproar.present.figures import bits, percent
from uproar.present.legible import one_line
from uproar.trace.addresses import MASK_V4, MASK_V6
from uproar.trace.attack import Attack, Disagreement, Evidence, Quiet, Sources, Traced

WHO = (
    "Who ordered it cannot be told from traffic: last hops are devices that somebody else commands."
)
DISAGREEMENT = "Databases of countries disagree on 4 to 7 % of all addresses, and of an attack's sources often on more."
_SHOWN = 5
_WORTH = 0.1  # What is less probable is not worth a word.

VECTORS: Mapping[str, str] = MappingProxyType(
    {
        "flood.syn": "SYN flood: connections are begun and never completed",
        "flood.syn-ack": "SYN-ACK flood: answers to connections that nobody began, from any port",
        "flood.ack": "ACK flood: packets of connections that do not exist",
        "flood.rst": "RST flood: resets of connections that do not exist",
        "flood.fin": "FIN flood: ends of connections that do not exist",
        "flood.tcp-odd": "TCP with flags that no connection has",
        "flood.udp": "UDP flood",
        "flood.icmp": "ICMP flood",
        "flood.gre": "GRE flood",
        "flood.fragments": "fragments of datagrams whose beginnings do not come",
        "flood.dns-names": "DNS water torture: questions for ever new names",
        "reflection.syn-ack": "SYN-ACK reflection: real servers answer connections that somebody began in the target's name",
        "reflection.icmp": "ICMP reflection: real hosts answer pings that somebody sent in the target's name",
        "amplification.tcp-middlebox": "reflection by middleboxes: pages without a connection",
        "unknown": "of a kind that no rule names",
    }
)

ACRONYMS = frozenset(
    [
        "arms",
        "bacnet",
        "bfd",
        "cldap",
        "coap",
        "dns",
        "dtls",
        "isakmp",
        "mdns",
        "mssql",
        "ntp",
        "qotd",
        "rdp",
        "rip",
        "sip",
        "slp",
        "snmp",
        "ssdp",
        "stun",
        "tftp",
        "xdmcp",
    ]
)  # Names of services that are written in capitals.

_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "spoofed": "the source addresses are forged, so their countries and networks mean nothing",
        "reflected": "the sources are real hosts that only answered; they are reflectors, not attackers",
        "few": "too few sources to speak of countries",
        "no-database": "no database knows these addresses",
        "": "these are the last hops of the traffic, by whomever they are commanded",
    }
)


_SENTENCES: Mapping[str, Callable[[Evidence], str]] = MappingProxyType(
    {
        "of-all": lambda e: f"{percent(e.value)} of all packets to the target are part of it",
        "source-port": lambda e: (
            f"they come from UDP port {e.value:.0f}, whose service answers {e.detail} times what it is asked"
        ),
        "mean-payload": lambda e: f"{e.value:,.0f} octets of payload on average",
        "unasked": lambda e: (
            f"{percent(e.value)} of the target's UDP packets are such answers, and nobody asked for them"
        ),
        "fragments": lambda e: f"{percent(e.value)} of them are later fragments",
        "whole": lambda e: (
            f"{percent(e.value)} of the connections that are begun come about, or are tried again"
        ),
        "answered": lambda e: f"{percent(e.value)} of its TCP packets are to ports that it answers",
        "people": lambda e: (
            f"{e.value:,.0f} sources complete connections or try again as people's systems do"
        ),
        "no-connections": lambda _: "no connection is begun",
        "forged": lambda e: f"sources are forged: {percent(e.value)}",
        "syn-ack": lambda e: (
            f"{percent(e.value)} of the target's TCP packets accept a connection that it never began"
        ),
        "service-ports": lambda e: (
            f"{percent(e.value)} come from the three most frequent source ports"
        ),
        "resets": lambda e: (
            f"{percent(e.value)} of the target's TCP packets are resets of the same servers"
        ),
        "never-completed": lambda e: (
            f"{percent(e.value)} of the connections that are begun are never completed"
        ),
        "tried-again": lambda e: (
            f"{percent(e.value)} of those who could be seen to try again do so as people's systems do, or get through as well"
        ),
        "unanswered": lambda e: (
            f"{percent(e.value)} of all packets are questions that a server which answers others leaves unanswered"
        ),
        "sizes-alike": lambda e: f"{percent(e.value)} of the questions are of one length",
        "per-source": lambda e: f"{e.value:,.2f} packets a source",
        "flags-alike": lambda e: f"{percent(e.value)} have the same flags",
        "per-connection": lambda e: f"{e.value:,.2f} packets a connection",
        "names-distinct": lambda e: f"{percent(e.value)} of the names asked for come only once",
        "share": lambda e: f"{percent(e.value)} of all packets to the target",
        "ports-hit": lambda e: f"{e.value:,.0f} ports of the target are hit",
        "copies": lambda e: f"{percent(e.value)} are copies of one packet, by size and beginning",
        "ttl-entropy": lambda e: f"{e.value:.2f} bits in the time to live, {e.detail} values",
        "sources-per-packet": lambda e: f"{e.value:.3f} sources a packet",
        "bogons": lambda e: (
            f"{percent(e.value)} of the sources are addresses that exist nowhere (RFC 6890)"
        ),
        "country-divergence": lambda e: (
            f"the mix of {e.detail} countries is {e.value:.3f} bits from that of random addresses (0 is the same)"
        ),
        "sixteens": lambda e: (
            f"{e.value:.2f} of the /16 networks that as many random addresses would hit"
        ),
        "reflected": lambda _: "answers come from hosts that exist",
        "completed": lambda e: f"{percent(e.value)} belong to completed connections",
    }
)


def sentence(evidence: Evidence) -> str:
    """Return one piece of evidence in words."""
    return _SENTENCES[evidence.about](evidence)


def because(sources: Sources) -> str:
    """Return why countries and networks mean something, or nothing."""
    return _REASONS[sources.reason]


def worded(vector: str) -> str:
    """Return a vector in words."""
    family, _, name = vector.partition(".")
    if family == "amplification" and vector not in VECTORS:
        told = name.upper() if name in ACRONYMS else name
        return f"{told} amplification: real hosts answer questions that somebody asked in the target's name"
    return VECTORS[vector]


def shown(address: str, *, addresses: bool) -> str:
    """Return an address or a prefix as it is shown: masked to its /24 or /48, unless all of it is asked for."""
    if addresses or "/" in address:
        return address
    parsed = ipaddress.ip_address(address)
    length = MASK_V4 if parsed.version == 4 else MASK_V6
    return str(ipaddress.ip_network((address, length), strict=False))


def report(found: Traced, *, addresses: bool = False) -> list[str]:
    """Return what a capture shows as lines for a person."""
    lines: list[str] = []
    for attack in found.attacks:
        lines += [*_attack(attack, addresses=addresses), ""]
    if not found.attacks:
        lines.append(f"No attack is seen in {found.packets:,.0f} packets.")
        if found.quiet is not None:
            lines += _quiet(found.quiet, addresses=addresses)
    if found.unjudged:
        lines.append(f"{found.unjudged:,} targets with less traffic were not looked at.")
    return lines


def _quiet(quiet: Quiet, *, addresses: bool) -> list[str]:
    storm = f", of whom people try again after an outage: {quiet.retry_storm:.0%}"
    first = (
        f"Most goes to {shown(quiet.target, addresses=addresses)}: {quiet.packets:,.0f} packets of"
        f" {quiet.sources:,} sources; {percent(quiet.whole)} of its TCP packets belong to completed"
        f" connections. A crowd of people: {quiet.flash_crowd:.0%}{storm if quiet.retry_storm >= _WORTH else ''}."
    )
    return [first, *(f"  {sentence(each)}{weighed(each, 'a crowd')}" for each in quiet.evidence)]


def _attack(attack: Attack, *, addresses: bool) -> list[str]:
    rates, sources = attack.rates, attack.sources
    target = shown(attack.target, addresses=addresses)
    bin_s = f"{rates.bin_ms / 1000:g} s"
    lines = [
        f"Attack on {target}, {iso(attack.from_ms)} to {iso(attack.to_ms)}",
        f"  {rates.packets:,.0f} packets, {_octets(rates.octets)}",
        f"  at most {rates.peak_packets_s:,.0f} packets/s and {bits(rates.peak_bits_s)}, within {bin_s}",
    ]
    if attack.one_of > 1:
        lines.append(f"  estimated from one of {attack.one_of} pairs of addresses")
    lines.append("What")
    for vector in attack.vectors:
        lines.append(f"  {vector.share:>4.0%}  {vector.name}  {worded(vector.name)}")
        lines += [f"        {sentence(each)}" for each in vector.evidence]
    lines.append(f"  a crowd of people instead: {attack.flash_crowd:.0%}")
    lines += [f"        {sentence(each)}{weighed(each, 'a crowd')}" for each in attack.evidence]
    lines.append("From where")
    lines.append(f"  {sources.count:,} source addresses; forged: {sources.spoofed:.0%}")
    lines += [f"        {sentence(each)}{weighed(each, 'forged')}" for each in sources.evidence]
    meant = "Countries mean something" if sources.meaningful else "Countries mean nothing here"
    lines.append(f"  {meant}: {because(sources)}.")
    lines += origins(sources, percent)
    lines.append(f"  {WHO}")
    return lines


def origins(sources: Sources, percent: Callable[[float], str]) -> list[str]:
    """Return where sources are: the largest countries, systems and networks, and who says so."""
    lines = []
    for title, shares in (
        ("countries", sources.countries), ("systems", sources.asns), ("networks", sources.networks),
    ):  # fmt: skip
        if shares:
            told = ", ".join(
                f"{' '.join(filter(None, (each.name, each.called)))} {percent(each.share)}"
                for each in shares[:_SHOWN]
            )
            lines.append(f"  {title}: {one_line(told)}")
    if sources.countries:
        lines.append(f"  by {sources.database}. {DISAGREEMENT}")
        if sources.disagreement is not None:
            lines.append(f"  {disagreement(sources.disagreement, percent)}")
    if sources.countries or sources.asns:
        lines += [f"  {one_line(each)}" for each in sources.attributions]
    return lines


def disagreement(found: Disagreement, percent: Callable[[float], str]) -> str:
    """Return on how much two databases of countries differ here, as a sentence."""
    return (
        f"Here the two differ on {percent(found.sources)} of the {found.addresses:,} addresses of which both"
        f" name a country, and on {percent(found.packets)} of what came from those."
    )


def weighed(evidence: Evidence, what: str) -> str:
    """Return how many times evidence speaks for or against something; empty where it does neither."""
    if evidence.ratio in (0, 1):
        return ""
    word = "for" if evidence.ratio > 1 else "against"
    times = evidence.ratio if evidence.ratio > 1 else 1 / evidence.ratio
    return f" ({times:.3g} times {word} {what})"


def _octets(value: float) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.0f} octets"
