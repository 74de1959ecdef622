"""Traffic of more attacks: SYNs with data, odd flags, ESP, pings and pages that nobody asked for, one port, the rest of the services.

Each maker takes a Blow as those of `assaults` do.
"""

from __future__ import annotations

from collections.abc import Callable

from uproar.sim.addressing import Hosts
from uproar.sim.assaults import BOTS, REFLECTORS, SERVED, VECTORS, Blow, amplified_by
from uproar.sim.ordinary import body, ports
from uproar.sim.packets import ACK, BODY, FIN, ICMP, PSH, SYN, TCP, UDP, Sent

ESP = 50
URG = 0x20
ODD = (0, FIN | PSH | URG, SYN | FIN, FIN | PSH)
GAMES = (
    27_015,
    30_120,
    25_565,
    9_987,
    3_074,
    80,
    443,
    53,
)  # Ports that are flooded because something listens.
# Port, octets of the answers from, to, after AMP-Research's measurements and the alerts that docs/explain/tracing.md names.
MORE_SERVICES = {
    "netbios": (137, 100, 300), "qotd": (17, 60, 500), "bittorrent": (6881, 250, 500), "kad": (751, 300, 600),
    "quake": (27960, 300, 900), "mdns": (5353, 100, 500), "rip": (520, 300, 504), "tftp": (69, 400, 516),
    "jenkins": (33848, 150, 300), "plex": (32414, 180, 300), "tp240": (10074, 50, 70), "slp": (427, 300, 1_400),
    "rdp": (3389, 1_000, 1_260), "stun": (3478, 80, 120), "mssql": (1434, 200, 600), "vxworks": (17185, 60, 100),
    "xdmcp": (177, 40, 120), "citrix": (1604, 200, 600), "ubiquiti": (10001, 120, 250), "powerhouse": (20811, 40, 80),
    "digiman": (2362, 60, 120), "fivem": (30120, 150, 400), "lantronix": (30718, 100, 130), "dvr": (37810, 500, 900),
    "bfd": (3784, 50, 100), "crestron": (41794, 200, 350), "isakmp": (500, 150, 500), "sip": (5060, 300, 600),
    "sentinel": (5093, 500, 1_400), "nat-pmp": (5351, 12, 20), "netis": (53413, 20, 60), "afs": (7001, 60, 120),
    "bacnet": (47808, 30, 200), "openvpn": (1194, 14, 60), "dtls": (4433, 100, 300),
}  # fmt: skip


def syn_data(blow: Blow) -> Sent:
    """Return SYNs with data, from forged addresses."""
    dice, count = blow.dice, len(blow.at)
    return blow.packets(
        blow.forging(), protocol=TCP, flags=SYN, sport=ports(dice, count),
        dport=int(dice.choice(SERVED)), size=int(dice.integers(100, 1_000)),
    )  # fmt: skip


def odd(blow: Blow) -> Sent:
    """Return TCP with flags that no connection has: none, all ends at once."""
    dice, count = blow.dice, len(blow.at)
    return blow.packets(
        _either(blow), protocol=TCP, flags=int(dice.choice(ODD)), sport=ports(dice, count),
        dport=ports(dice, count) if dice.random() < 0.5 else 443,
    )  # fmt: skip


def fin(blow: Blow) -> Sent:
    """Return ends of connections that do not exist."""
    dice, count = blow.dice, len(blow.at)
    return blow.packets(
        _either(blow), protocol=TCP, flags=FIN, sport=ports(dice, count), dport=int(dice.choice(SERVED)),
    )  # fmt: skip


def esp(blow: Blow) -> Sent:
    """Return encrypted packets from forged addresses."""
    return blow.packets(blow.forging(), protocol=ESP, size=int(blow.dice.integers(60, 1_400)))


def echoes(blow: Blow) -> Sent:
    """Return answers to pings that were sent in the target's name."""
    return blow.packets(
        blow.existing(REFLECTORS), protocol=ICMP, dport=0, size=int(blow.dice.choice((56, 1_000)))
    )


def pages(blow: Blow) -> Sent:
    """Return pages of middleboxes without a connection."""
    dice, count = blow.dice, len(blow.at)
    sent = blow.packets(
        blow.existing(REFLECTORS), protocol=TCP, flags=PSH | ACK, sport=80, dport=ports(dice, count),
        size=dice.integers(300, 1_400, count),
    )  # fmt: skip
    sent["body"] = body(b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n")
    return sent


def udp_port(blow: Blow) -> Sent:
    """Return datagrams of one size to one port, with random content, from hosts that exist or from forged ones."""
    dice, count = blow.dice, len(blow.at)
    sent = blow.packets(
        _either(blow), protocol=UDP, sport=ports(dice, count), dport=int(dice.choice(GAMES)),
        size=int(dice.integers(100, 1_400)),
    )  # fmt: skip
    sent["body"] = dice.integers(0, 256, (count, BODY))
    return sent


def _either(blow: Blow) -> Hosts:
    return blow.forging() if blow.dice.random() < 0.5 else blow.existing(BOTS)


MORE: dict[str, tuple[Callable[[Blow], Sent], ...]] = {
    **VECTORS,
    "flood.syn": (*VECTORS["flood.syn"], syn_data),
    "flood.udp": (*VECTORS["flood.udp"], udp_port),
    "flood.tcp-odd": (odd,),
    "flood.fin": (fin,),
    "unknown": (esp,),
    "reflection.icmp": (echoes,),
    "amplification.tcp-middlebox": (pages,),
    **{f"amplification.{name}": (amplified_by(*row, name),) for name, row in MORE_SERVICES.items()},
}
