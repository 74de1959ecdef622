"""Filters of packets as nftables, BGP Flowspec and blackhole routes write them. Numbers and addresses only: no text of a packet is in them.

nftables: `nft -f`; Flowspec (RFC 8955, RFC 8956) and blackholes (RFC 7999) as routes of ExaBGP's configuration.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from uproar.trace.rules_match import Match
from uproar.trace.rules_told import Rule
from uproar.trace.traffic import ICMPV6, SIX_FLAGS, TCP, UDP

# What every nftables filter stands in. Before connections are tracked and fragments put together, for this host and behind it.
NFT_BASE = (
    "add table inet uproar",
    "add chain inet uproar stop { type filter hook prerouting priority -450; policy accept; }",
)
BLACKHOLE = "65535:666"  # RFC 7999.
_IPV6_HEADER = 40  # Octets; what nftables calls the length of IPv6 is without it.
_FLAGS = ((0x01, "fin"), (0x02, "syn"), (0x04, "rst"), (0x08, "psh"), (0x10, "ack"), (0x20, "urg"))
_EXABGP_FLAGS = {"psh": "push"}
_NAMED = {TCP: "tcp", UDP: "udp"}


def nft(rule: Rule) -> str:
    """Return a filter as one line for `nft -f`, to stand behind NFT_BASE."""
    match, family = rule.match, "ip6" if rule.match.six else "ip"
    terms = [f"{family} daddr {_plain(match.target)}"]
    if match.sources:
        terms.append(f"{family} saddr {_set([_plain(each) for each in match.sources])}")
    if match.protocol is not None:
        terms.append(f"meta l4proto {match.protocol}")
    name = _NAMED.get(match.protocol or 0, "th")
    if match.src_ports:
        terms.append(f"{name} sport {_set(match.src_ports)}")
    if match.dst_ports:
        terms.append(f"{name} dport {_set(match.dst_ports)}")
    if match.flags:
        mask = "|".join(word for _, word in _FLAGS)
        terms.append(f"tcp flags & ({mask}) == {_set([_flags(each) for each in match.flags])}")
    if match.icmp_type is not None:
        kind = "icmpv6" if match.protocol == ICMPV6 else "icmp"
        terms.append(f"{kind} type {match.icmp_type}")
    if match.length is not None:
        less = _IPV6_HEADER if match.six else 0
        terms.append(f"{family} length {_range(*(max(end - less, 0) for end in match.length))}")
    if match.later:
        terms.append("frag frag-off != 0" if match.six else "ip frag-off & 0x1fff != 0")
    if rule.limit:
        terms.append(f"limit rate over {rule.limit}/second burst {rule.limit} packets")
    return f"add rule inet uproar stop {' '.join(terms)} counter drop"


def flowspec(rule: Rule, name: str) -> list[str]:
    """Return a filter as routes for `flow { ... }` of ExaBGP: one for each source, for a route has room for one."""
    then = f"rate-limit {rule.limit}" if rule.limit else "discard"
    fixed = _components(rule.match)
    sources = [f"source {each}; " for each in rule.match.sources] or [""]
    return [
        f"route {name}{f'-{place}' if len(sources) > 1 else ''}"
        f" {{ match {{ destination {rule.match.target}; {source}{fixed} }} then {{ {then}; }} }}"
        for place, source in enumerate(sources, 1)
    ]


def blackhole(rule: Rule) -> str:
    """Return the route that throws away all that goes to the target, for `static { ... }` of ExaBGP."""
    return f"route {rule.match.target} next-hop self community [ {BLACKHOLE} ];"


def _components(match: Match) -> str:
    found = []
    if match.protocol is not None:
        found.append(f"{'next-header' if match.six else 'protocol'} ={match.protocol};")
    for word, ports in (("source-port", match.src_ports), ("destination-port", match.dst_ports)):
        if ports:
            found.append(f"{word} [ {' '.join(f'={port}' for port in ports)} ];")
    if match.icmp_type is not None:
        found.append(f"icmp-type ={match.icmp_type};")
    if match.flags:
        found.append(f"tcp-flags [ {' '.join(_exactly(each) for each in match.flags)} ];")
    if match.length is not None:
        low, high = match.length
        found.append(f"packet-length [ {f'={low}' if low == high else f'>={low}&<={high}'} ];")
    if match.later:
        found.append("fragment [ is-fragment ];")
    return " ".join(found)


def _exactly(flags: int) -> str:
    """Return flags in the operators of RFC 8955, 4.2.1.2: `=` asks that a bit is set, and says nothing of the others."""
    words = [(bit, _EXABGP_FLAGS.get(word, word)) for bit, word in _FLAGS]
    is_set = [f"={word}" for bit, word in words if flags & bit]
    is_not = [f"!{word}" for bit, word in words if not flags & bit]
    return "&".join([*is_set, *is_not])


def _flags(flags: int) -> str:
    return "|".join(word for bit, word in _FLAGS if flags & SIX_FLAGS & bit) or "0x0"


def _set(values: Sequence[object]) -> str:
    return str(values[0]) if len(values) == 1 else "{ " + ", ".join(map(str, values)) + " }"


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"


def _plain(network: str) -> str:
    """Return a network as nftables writes it: a single host without its length."""
    parsed = ipaddress.ip_network(network)
    return str(parsed.network_address) if parsed.num_addresses == 1 else network
