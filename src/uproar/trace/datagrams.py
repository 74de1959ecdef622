"""Floods of UDP, and what looks like them but is not: answers and questions of services, calls, peers of a network of peers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from uproar.trace.amplifiers import BY_PORT
from uproar.trace.attack import Evidence
from uproar.trace.seen import ALONE_FLOOR_S, MANY, SERVED, VERY_MANY, Named, Seen
from uproar.trace.shapes import frequencies
from uproar.trace.tally import rate
from uproar.trace.traffic import UDP, hashed
from uproar.wire.packets.frames import Flag

PORTS_SCATTERED, PORTS_VERY = 200, 2_000  # Ports of a target that are hit.
SCATTERED = 0.3  # Distinct ports a packet.
PER_EACH_MAX = 3.0  # Packets a source, where hardly one sends twice.
SAME = 0.9
UNHEARD_S = 500.0  # Packets a second to services that answer nothing of it.
PROBE_MAX = 100  # Octets of payload: who looks for open ports sends little to each.
# Services of UDP that very many ask and that answer: DNS, HTTP/3, NTP, IKE, RTP's helpers, games and tunnels; beside the table.
SERVICES = (
    53,
    80,
    123,
    443,
    500,
    853,
    1194,
    3478,
    3479,
    4500,
    5060,
    5061,
    5349,
    6881,
    19302,
    51820,
)
# Where devices report to and are not answered: SNMP traps, syslog, flow records, statsd, GELF.
COLLECTORS = (162, 514, 2055, 2056, 4739, 6343, 6514, 8125, 9555, 9995, 9996, 12201)
# How messages of BitTorrent's peers begin, questions and answers (BEP 5, bencoding).
_ASKS, _ANSWERS = (int.from_bytes(text, "big") for text in (b"d1:ad2:i", b"d1:rd2:i"))
PEERS_ASK = 0.2  # A node is asked about as often as answered; of what is reflected, nothing asks.


def by_udp(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Name UDP that nobody asked for: to ports without number, from very many sources that hardly send twice, or all the same."""
    t = seen.traffic
    rows = (t.protocol == UDP) & ~t.later & ~seen.shapes.asked & ~taken
    rows &= ~of_peers(seen) & (seen.shapes.served < SERVED)
    certain = seen.two_way and not seen.sampled(rows)
    if not certain:
        # Answers of services whose questions are not seen.
        rows &= ~(_of_service(t.src_port) & ~_of_service(t.dst_port))
    if not seen.enough(rows) or seen.background(rows):
        return
    ports = len(np.unique(t.dst_port[rows]))
    many, peak = seen.count(rows) >= MANY, rate(t, rows).peak_packets
    scattered = ports >= PORTS_VERY or (
        ports >= PORTS_SCATTERED and ports / seen.looked(rows) >= SCATTERED
    )
    if not many:
        scattered &= peak >= ALONE_FLOOR_S and seen.mean_payload(rows) > PROBE_MAX
    each = seen.per_source(rows)
    # Where answers are not seen, questions to services and peers of a network of peers come once each, too.
    hardly_twice = seen.count(rows) >= VERY_MANY and each <= PER_EACH_MAX
    hardly_twice &= certain or seen.forged(rows)
    same, unheard = _copied(seen, rows, peak), _unheard(seen, rows, peak, certain=certain)
    if scattered or hardly_twice or same >= SAME or unheard:
        evidence = (
            Evidence("ports-hit", float(ports)),
            Evidence("per-source", each),
            Evidence("copies", same),
        )
        yield Named("flood.udp", rows, evidence)


def of_peers(seen: Seen) -> Flag:
    """Return the rows of a node of BitTorrent's table of peers, with whom very many talk, each hardly twice."""
    t = seen.traffic
    asks, answers = (
        (t.protocol == UDP) & (t.content == np.uint64(text)) for text in (_ASKS, _ANSWERS)
    )
    both: Flag = asks | answers
    node = seen.packets(asks) >= PEERS_ASK * seen.packets(both)
    return both & np.bool_(node)


def _of_service(ports: np.ndarray) -> Flag:
    found: Flag = np.isin(ports, SERVICES) | np.isin(ports, list(BY_PORT))
    return found


def _copied(seen: Seen, rows: Flag, peak: float) -> float:
    """Return the share of the most frequent packet by its size and how it begins, where many send very much of it; else 0.

    Questions to a service are all the same as well, so those do not count; nor do records, which tell no content.
    """
    t = seen.traffic
    chosen = rows & ~_of_service(t.dst_port) & ~np.isin(t.dst_port, COLLECTORS) & ~t.told
    if not chosen.any() or peak < ALONE_FLOOR_S or seen.count(rows) < MANY:
        return 0.0
    shares = frequencies(hashed(t.size[chosen], t.content[chosen]), t.packets[chosen])
    return float(shares[0])


def _unheard(seen: Seen, rows: Flag, peak: float, *, certain: bool) -> bool:
    """Tell whether very many send very much to a target that answers others, and is never seen to answer these."""
    t = seen.traffic
    heard = certain or bool((seen.shapes.spoken > 0).any())
    chosen = rows & ~np.isin(t.dst_port, COLLECTORS)
    if not heard or not seen.long or seen.count(chosen) < VERY_MANY:
        return False
    # Services answer whom they serve; to other ports devices may report to whom nobody answers.
    asks = chosen & _of_service(t.dst_port)
    return peak >= ALONE_FLOOR_S or (
        certain and seen.count(asks) >= VERY_MANY and rate(t, asks).peak_packets >= UNHEARD_S
    )
