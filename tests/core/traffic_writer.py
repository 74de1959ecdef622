"""Traffic of attacks and of ordinary days as frames with times, as tests of tracing want them. Seeded, so always the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from core import capture_writer as c
from core import frame_writer as w

NOON = 1_741_608_000  # 10 March 2025, 12:00 UTC.
TARGET = "198.51.100.2"
Timed = tuple[float, bytes]


def anywhere(dice: random.Random) -> str:
    """Any public address, as a forger draws it."""
    while True:
        first = dice.randrange(1, 224)
        if first not in {10, 100, 127, 169, 172, 192, 198, 203}:
            return f"{first}.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(1, 255)}"


def hosts(dice: random.Random, count: int) -> list[str]:
    """Hosts that exist: in few networks of few countries."""
    nets = [f"{dice.choice((5, 31, 46, 78, 91, 185))}.{dice.randrange(256)}" for _ in range(40)]
    return [
        f"{dice.choice(nets)}.{dice.randrange(256)}.{dice.randrange(1, 255)}" for _ in range(count)
    ]


def far(dice: random.Random) -> int:
    """The time to live of a packet that came through the Internet."""
    return dice.choice((64, 128, 255)) - dice.randrange(6, 26)


def many(count: int, make: Callable[[random.Random], bytes], seconds: float = 2.0) -> list[Timed]:
    """`count` frames, evenly over so many seconds."""
    dice = random.Random(7)
    return [(index * seconds / count, w.ethernet(make(dice))) for index in range(count)]


def forged(
    payload: Callable[[random.Random], bytes], protocol: int = 6, count: int = 3000
) -> list[Timed]:
    """A flood from addresses that are drawn at random, by one or two machines."""
    return many(
        count,
        lambda d: w.ipv4(payload(d), anywhere(d), TARGET, protocol, ttl=d.choice((52, 53))),
    )


def genuine(
    payload: Callable[[random.Random], bytes],
    protocol: int = 17,
    count: int = 3000,
    sources: int = 900,
    target: Callable[[random.Random], str] = lambda _: TARGET,
    **ip: bool | int,
) -> list[Timed]:
    """Packets of hosts that exist."""
    pool = hosts(random.Random(3), sources)
    lives = {host: far(random.Random(host)) for host in pool}

    def one(dice: random.Random) -> bytes:
        host = dice.choice(pool)
        return w.ipv4(payload(dice), host, target(dice), protocol, ttl=lives[host], **ip)

    return many(count, one)


def port(dice: random.Random) -> int:
    return dice.randrange(1024, 65536)


def reflected(service: int, size: int, count: int = 3000) -> list[Timed]:
    return genuine(lambda d: w.udp(bytes(size), service, port(d)), count=count)


def connection(
    client: str, server: str, sport: int, at: float, rounds: int = 3, *, one_way: bool = False
) -> Iterator[Timed]:
    """A whole connection: handshake, requests and answers, its end."""
    out = [
        (0x02, b""), (0x10, b""), *[(0x18, b"GET / HTTP/1.1\r\n\r\n")] * rounds, (0x11, b""),
    ]  # fmt: skip
    back = [(0x12, b""), (0x10, b"x" * 900), *[(0x10, b"x" * 1400)] * rounds, (0x11, b"")]
    for step, ((flags, body), (answer, page)) in enumerate(zip(out, back, strict=True)):
        when = at + step * 0.02
        yield (
            when,
            w.ethernet(
                w.ipv4(
                    w.tcp(body, sport, 443, flags), client, server, ttl=far(random.Random(client))
                )
            ),
        )
        if not one_way:
            yield (
                when + 0.01,
                w.ethernet(w.ipv4(w.tcp(page, 443, sport, answer), server, client, ttl=64)),
            )


def crowd(count: int = 1500, *, one_way: bool = False) -> list[Timed]:
    """Very many people at once, each with a whole connection."""
    dice = random.Random(5)
    made: list[Timed] = []
    for index, client in enumerate(hosts(dice, count)):
        made += connection(client, TARGET, port(dice), index * 2.0 / count, one_way=one_way)
    return sorted(made)


def backup(count: int = 6000, *, one_way: bool = False) -> list[Timed]:
    """One fat connection."""
    made: list[Timed] = list(connection("203.0.113.9", TARGET, 50000, 0.0, 1, one_way=one_way))
    for index in range(count):
        when = 0.2 + index * 2.0 / count
        made.append(
            (when, w.ethernet(w.ipv4(w.tcp(bytes(1400), 50000, 443, 0x10), "203.0.113.9", TARGET)))
        )
        if not one_way and index % 2:
            made.append(
                (when, w.ethernet(w.ipv4(w.tcp(b"", 443, 50000, 0x10), TARGET, "203.0.113.9")))
            )
    return made


def capture(frames: list[Timed]) -> bytes:
    """The file of those frames."""
    return c.pcap([(NOON + int(at), int(at % 1 * 1_000_000), frame) for at, frame in frames])
