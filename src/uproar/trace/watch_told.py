"""What is told of a spot: its rates, its mix, what is usual for it and what the rules make of it, as a signal for the journal."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from uproar.model import signal as m
from uproar.trace.addresses import packed, text
from uproar.trace.origins import Known as About
from uproar.trace.ours import Ours
from uproar.trace.thinning import Sample, count
from uproar.trace.traffic import (
    ACK,
    F64,
    FIN,
    GRE,
    ICMP,
    ICMPV6,
    PSH,
    RST,
    SECOND_MS,
    SIX_FLAGS,
    SYN,
    TCP,
    UDP,
    Traffic,
    sources,
)
from uproar.trace.watch_baseline import middle
from uproar.trace.watch_judge import Verdict
from uproar.trace.watch_state import GROUP, NET, OCTETS, ONE, PACKETS, SECONDS, State
from uproar.wire.signalbounds import NUMBER_MAX

LEAST_SHARE: Final = 0.0005  # What is less is not told.
ENTRIES_MAX: Final = 12  # Of each map of a signal; the journal keeps 24.
SOURCES_LOOKED_UP: Final = 2_000  # Sources whose country is asked for.
_BITS = {4: (32, 24, 20), 6: (128, 64, 48)}
PROTOCOLS = {TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMPV6: "icmpv6", GRE: "gre"}
_FLAGS = ((SYN, "SYN"), (FIN, "FIN"), (RST, "RST"), (PSH, "PSH"), (ACK, "ACK"))

# Sources as two halves (n,), their packets (n,) and ms UTC to the share of packets from networks that are known, or None.
KnownShare = Callable[[NDArray[np.uint64], NDArray[np.uint64], F64, int], float | None]


def named(state: State, spot: int, ours: Ours) -> str:
    """Return a spot as text: an address, a prefix; a hostgroup is the one prefix that holds all of its own."""
    p = state.spots
    level, hi, lo = int(p.level[spot]), int(p.hi[spot]), int(p.lo[spot])
    if level == GROUP:
        return covering(ours.groups[int(p.group[spot])].prefixes)
    if level == ONE:
        return text(hi, lo)
    octets = packed(hi, lo)
    bits = _BITS[4 if len(octets) == 4 else 6][1 if level == NET else 2]
    return str(ipaddress.ip_network((octets, bits), strict=False))


def covering(prefixes: tuple[str, ...]) -> str:
    """Return the longest prefix that holds all those of the first one's family."""
    nets = [ipaddress.ip_network(each) for each in prefixes]
    version, width = nets[0].version, nets[0].max_prefixlen
    mine = [net for net in nets if net.version == version]
    low = min(int(net.network_address) for net in mine)
    high = max(int(net.broadcast_address) for net in mine)
    bits = width - (low ^ high).bit_length()
    return str(ipaddress.ip_network((type(nets[0].network_address)(low), bits), strict=False))


def told(
    state: State,
    spot: int,
    ours: Ours,
    about: About,
    *,
    seconds: int,
    verdict: Verdict | None,
    rows: Sample,
    salt: int,
    known_share: KnownShare | None = None,
    more: dict[str, Any],
) -> m.Traffic:
    """Return the signal of one spot over the last seconds. `more` are fields of the signal that the caller knows."""
    p = state.spots
    now_s = state.now_ms // SECOND_MS
    slots = np.arange(now_s - seconds, now_s) % SECONDS
    series = np.maximum(p.ring[spot, slots], 0.0)
    usual = middle(state, spot, state.now_ms)
    group = ours.groups[int(p.group[spot])]
    mean = series.mean(axis=0)
    fields: dict[str, Any] = {
        "at": state.now_ms,
        "target": named(state, spot, ours),
        "service": group.service,
        "group": group.name,
        "from_at": max(now_s - seconds, 0) * SECOND_MS,
        "to_at": now_s * SECOND_MS,
        "packets_s": _number(mean[PACKETS]),
        "bits_s": _number(mean[OCTETS] * 8),
        "peak_packets_s": _number(series[:, PACKETS].max()),
        "peak_bits_s": _number(series[:, OCTETS].max() * 8),
        "usual_packets_s": None if usual is None else _number(usual[PACKETS]),
        "usual_bits_s": None if usual is None else _number(usual[OCTETS] * 8),
    }
    come = _come(rows)
    fields |= _mix(come.rows, about)
    fields["sources"] = count(come, salt)
    if known_share is not None and len(come):
        rows_come = come.rows
        share = known_share(rows_come.src_hi, rows_come.src_lo, rows_come.packets, state.now_ms)
        fields["known"] = None if share is None else round(min(max(share, 0.0), 1.0), 4)
    if verdict is not None:
        fields |= _judged(verdict)
        # An attack that has just begun is in no whole second yet.
        for name, least in (("packets_s", verdict.packets_s), ("bits_s", verdict.bits_s)):
            fields[f"peak_{name}"] = max(fields[f"peak_{name}"], _number(least))
            if more.get("state") == "raised":
                fields[name] = max(fields[name], _number(least))
    return m.Traffic(**(fields | more))


def _number(value: float) -> float:
    """Return what the journal keeps of a number."""
    return round(min(float(value), float(NUMBER_MAX)), 1)


def _come(rows: Sample) -> Sample:
    """Return those of the rows that come to ours, not what they send."""
    return rows.take((rows.hi == rows.rows.dst_hi) & (rows.lo == rows.rows.dst_lo))


def _mix(rows: Traffic, about: About) -> dict[str, Any]:
    if not len(rows):
        return {}
    weights = rows.packets
    tcp, udp = rows.protocol == TCP, rows.protocol == UDP
    number = sources(rows)
    _, first = np.unique(number, return_index=True)
    ports = (
        np.where(tcp | udp, rows.src_port, 0).astype(np.int64)
        | rows.protocol.astype(np.int64) << 16
    )
    live = rows.ttl > 0
    found = {
        "protocols": _shares(rows.protocol, weights, protocol_text),
        "ports": _shares(ports[tcp | udp], weights[tcp | udp], port_text, float(weights.sum())),
        "flags": _shares(
            rows.flags[tcp] & SIX_FLAGS, weights[tcp], flag_text, float(weights.sum())
        ),
        "ttls": _shares(rows.ttl[live], weights[live], str, float(weights.sum())),
        "one_of": int(_number(max(float(weights.sum()) / max(float(rows.looked.sum()), 1.0), 1.0))),
    }
    most = first[np.argsort(number[first])][:SOURCES_LOOKED_UP]
    codes = about.country_of(
        [
            packed(h, low)
            for h, low in zip(rows.src_hi[most].tolist(), rows.src_lo[most].tolist(), strict=True)
        ]
    )
    names, of = np.unique([code or "" for code in codes], return_inverse=True)
    sums = np.bincount(of, minlength=len(names)) / max(len(codes), 1)
    order = np.argsort(-sums, kind="stable")[:ENTRIES_MAX]
    found["countries"] = {
        str(names[at]): round(float(sums[at]), 4) for at in order.tolist() if names[at]
    }
    return found


def _shares(
    values: NDArray[Any], weights: F64, words: Callable[[int], str], total: float | None = None
) -> dict[str, float]:
    if not len(values):
        return {}
    names, of = np.unique(values, return_inverse=True)
    sums = np.bincount(of, weights) / max(float(weights.sum()) if total is None else total, 1e-9)
    order = np.lexsort((names, -sums))[:ENTRIES_MAX]
    return {
        words(int(names[at])): round(float(sums[at]), 4)
        for at in order.tolist()
        if sums[at] >= LEAST_SHARE
    }


def protocol_text(value: int) -> str:
    """Return a protocol by its name, else by its number."""
    return PROTOCOLS.get(value, f"ip-{value}")


def port_text(value: int) -> str:
    """Return a port with its protocol, given as protocol * 65536 + port: "udp/123"."""
    return f"{PROTOCOLS[value >> 16]}/{value & 0xFFFF}"


def flag_text(value: int) -> str:
    """Return the flags of TCP that are set: "SYN+ACK"."""
    return "+".join(name for bit, name in _FLAGS if value & bit) or "none"


def _judged(verdict: Verdict) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if verdict.crowd is not None:
        fields["flash_crowd"] = verdict.crowd
    if verdict.slow is not None:
        fields["vectors"] = dict(verdict.vectors)
        fields["measured"] = {
            "connections-held": round(verdict.slow.held, 1),
            "connections-per-source": round(verdict.slow.held / max(verdict.slow.sources, 1), 1),
        }
    if not verdict.attacks:
        return fields
    first = max(verdict.attacks, key=lambda each: (each.rates.packets, each.target))
    fields["flash_crowd"] = first.flash_crowd
    fields["spoofed"] = round(first.sources.spoofed, 3)
    fields["meaningful"] = first.sources.meaningful
    fields["vectors"] = {
        name: round(share, 4) for name, share in list(verdict.vectors.items())[:ENTRIES_MAX]
    }
    fields["networks"] = {each.name: each.share for each in first.sources.asns[:ENTRIES_MAX]}
    fields["measured"] = {
        each.about: round(each.value, 4) for each in first.sources.evidence[:ENTRIES_MAX]
    }
    fields["ratios"] = {each.about: each.ratio for each in first.sources.evidence[:ENTRIES_MAX]}
    fields["measured"]["attack-packets-s"] = _number(verdict.packets_s)
    fields["measured"]["attack-bits-s"] = _number(verdict.bits_s)
    return fields
