"""What `uproar trace` says of traffic of real TCP stacks: `python bench/trace_stacks.py [--seed N] [--json FILE]`; needs root and tshark.

In a network namespace of its own, thousands of addresses of one machine talk to a server over its loopback, so that handshakes, refusals
and repeated attempts are the kernel's own and not ours. Beside them goes what an attacker would send, by a raw socket. dumpcap
captures it, and each capture is judged twice: both directions, and only what comes. A line of JSON a case.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from uproar.app import tracing

SERVER, PORT = "203.0.113.80", 8080
ANYWHERE = (
    "0.0.0.0/1",
    "128.0.0.0/2",
    "192.0.0.0/3",
)  # All of it is this machine, in the namespace.
SETTINGS = (
    "net.ipv4.conf.all.rp_filter=0",
    "net.ipv4.tcp_max_syn_backlog=4096",
    "net.core.somaxconn=4096",
)
DROP = (
    "add table ip f; add chain ip f i { type filter hook input priority 0; };"
    f" add rule ip f i ip daddr {SERVER} tcp dport {PORT} drop"
)
SYN_OPTIONS = bytes.fromhex("020405b40402080a000000000000000001030307")
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + bytes(20_000)
ASK = "GET {} HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: Mozilla/5.0\r\n\r\n"
# What is right to say of each case; none where there is no attack.
TRUTH = {
    "crowd": "",
    "few-people": "",
    "storm-dropped": "",
    "storm-refused": "",
    "port-scan": "",
    "calls": "",
    "syn-forged": "flood.syn",
    "syn-hosts": "flood.syn",
    "ack-forged": "flood.ack",
    "udp-hosts": "flood.udp",
    "ntp": "amplification.ntp",
}
Packet = Callable[[], bytes]


class World:
    """Addresses that stand for people, in a few hundred networks, and for others; all by the dice."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.networks = [self.anywhere().rsplit(".", 2)[0] for _ in range(300)]

    def anywhere(self) -> str:
        special = {10, 100, 127, 169, 172, 192, 198, 203}
        first = self.dice.choice([each for each in range(1, 223) if each not in special])
        return f"{first}.{self.dice.randrange(256)}.{self.dice.randrange(256)}.{self.dice.randrange(1, 255)}"

    def person(self) -> tuple[str, int]:
        """Return an address and its time to live when it arrives."""
        network = self.networks[min(int(self.dice.expovariate(1 / 60)), 299)]
        address = f"{network}.{self.dice.randrange(256)}.{self.dice.randrange(1, 255)}"
        return address, self.dice.choice((64, 64, 128, 128, 255)) - self.dice.randrange(6, 22)


async def command(*words: str) -> None:
    """Run a command to its end; raise where it fails."""
    done = await asyncio.create_subprocess_exec(*words)
    if await done.wait():
        raise SystemExit(f"bench/trace_stacks: {' '.join(words)} failed")


async def visit(world: World, paths: list[str], tries: int = 1, patience_s: float = 3.0) -> None:
    """One person asks for pages, and tries again where nobody answers."""
    loop = asyncio.get_running_loop()
    source, ttl = world.person()
    for _ in range(tries):
        with socket.socket() as own:
            own.setblocking(False)
            own.setsockopt(socket.SOL_IP, socket.IP_TTL, ttl)
            try:
                own.bind((source, 0))
                await asyncio.wait_for(loop.sock_connect(own, (SERVER, PORT)), patience_s)
                for path in paths:
                    await loop.sock_sendall(own, ASK.format(path).encode())
                    left = len(PAGE)
                    while left > 0:
                        part = await asyncio.wait_for(loop.sock_recv(own, 65_536), 5)
                        if not part:
                            raise ConnectionResetError
                        left -= len(part)
            except (OSError, TimeoutError):
                await asyncio.sleep(0.5 + world.dice.random())
            else:
                return


async def people(
    world: World, seconds: float, most: float, ramp_s: float = 0.1, tries: int = 1
) -> None:
    begun, tasks = time.monotonic(), []
    while (passed := time.monotonic() - begun) < seconds:
        tasks.append(asyncio.create_task(visit(world, ["/", "/style.css", "/logo.png"], tries)))
        await asyncio.sleep(world.dice.expovariate(1 + most * min(1.0, passed / ramp_s)))
    await asyncio.gather(*tasks)


async def serve() -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(PAGE)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    return await asyncio.start_server(answer, SERVER, PORT, backlog=4_096)


def datagram(source: str, ttl: int, protocol: int, body: bytes, ident: int) -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), ident, 0, ttl, protocol, 0)
    return head + socket.inet_aton(source) + socket.inet_aton(SERVER) + body


def tcp(
    world: World, source: str, ttl: int, flags: int, to: int = PORT, options: bytes = b""
) -> bytes:
    dice = world.dice
    ports = dice.randrange(1_024, 65_535), to
    head = struct.pack(
        "!HHIIBBHHH",
        *ports,
        dice.getrandbits(32),
        0,
        (20 + len(options)) // 4 << 4,
        flags,
        64_240,
        0,
        0,
    )
    body = head + options
    pseudo = socket.inet_aton(source) + socket.inet_aton(SERVER) + struct.pack("!HH", 6, len(body))
    total = sum(struct.unpack(f"!{len(pseudo + body) // 2}H", pseudo + body))
    total = (total >> 16) + (total & 0xFFFF)
    checksum = struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF)
    return datagram(source, ttl, 6, body[:16] + checksum + body[18:], dice.randrange(65_536))


def udp(world: World, source: str, ttl: int, ports: tuple[int, int], data: bytes) -> bytes:
    body = struct.pack("!HHHH", *ports, 8 + len(data), 0) + data
    return datagram(source, ttl, 17, body, world.dice.randrange(65_536))


async def blast(packet: Packet, seconds: float, each_s: float) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        begun, sent = time.monotonic(), 0
        while (passed := time.monotonic() - begun) < seconds:
            while sent < passed * each_s:
                raw.sendto(packet(), (SERVER, 0))
                sent += 1
            await asyncio.sleep(0.005)


async def storm(world: World, *, refused: bool) -> None:
    """A server falls silent, or refuses; who came tries again and again; then it is back."""
    server = await serve()
    await people(world, 3, 30)
    if refused:
        server.close()
        await server.wait_closed()
    else:
        await command("nft", DROP)
    waiting = [asyncio.create_task(visit(world, ["/"], 12, 4.0)) for _ in range(1_400)]
    await asyncio.sleep(10)
    if refused:
        server = await serve()
    else:
        await command("nft", "delete table ip f")
    await asyncio.gather(*waiting)
    server.close()


async def beside(world: World, packet: Packet, each_s: float) -> None:
    """Some people come, and something else with them."""
    server = await serve()
    await asyncio.gather(people(world, 9, 10), blast(packet, 8, each_s))
    server.close()


async def crowd(world: World, most: float) -> None:
    server = await serve()
    await people(world, 14, most, ramp_s=8, tries=2)
    server.close()


def cases(world: World) -> dict[str, Callable[[], Awaitable[None]]]:
    dice = world.dice
    hosts = [world.person() for _ in range(400)]
    reflectors = [world.person() for _ in range(900)]
    calls = [
        (*world.person(), dice.randrange(10_000, 60_000), 10_000 + number) for number in range(40)
    ]
    scanner = world.person()[0]

    def call() -> bytes:
        source, ttl, sport, dport = dice.choice(calls)
        return udp(world, source, ttl, (sport, dport), b"\x80\x00" + dice.randbytes(170))

    def anything() -> bytes:
        ports = dice.randrange(1_024, 65_535), dice.randrange(1, 65_535)
        return udp(world, *dice.choice(hosts), ports, dice.randbytes(512))

    def monlist() -> bytes:
        data = bytes.fromhex("d7000300") + dice.randbytes(436)
        return udp(world, *dice.choice(reflectors), (123, dice.choice((80, 8_080))), data)

    made: dict[str, tuple[Packet, float]] = {
        "syn-forged": (lambda: tcp(world, world.anywhere(), 243, 2, options=SYN_OPTIONS), 3_000),
        "syn-hosts": (lambda: tcp(world, *dice.choice(hosts), 2, options=SYN_OPTIONS), 3_000),
        "ack-forged": (lambda: tcp(world, world.anywhere(), 57, 0x10), 3_000),
        "udp-hosts": (anything, 3_000),
        "ntp": (monlist, 2_000),
        "port-scan": (
            lambda: tcp(world, scanner, 50, 2, dice.randrange(1, 65_535), SYN_OPTIONS[:4]),
            1_500,
        ),
        "calls": (call, 2_000),
    }
    found: dict[str, Callable[[], Awaitable[None]]] = {
        "crowd": lambda: crowd(world, 350),
        "few-people": lambda: crowd(world, 60),
        "storm-dropped": lambda: storm(world, refused=False),
        "storm-refused": lambda: storm(world, refused=True),
    }
    for name, (packet, each_s) in made.items():
        found[name] = lambda packet=packet, each_s=each_s: beside(world, packet, each_s)  # type: ignore[misc]
    return found


async def capture(folder: Path, seed: int) -> None:
    """Inside the namespace: play every case, and capture it."""
    await command("ip", "link", "set", "lo", "up")
    for prefix in ANYWHERE:
        await command("ip", "route", "add", "local", prefix, "dev", "lo")
    await command("sysctl", "-qw", *SETTINGS)
    for name, play in cases(World(random.Random(seed))).items():
        print(f"bench/trace_stacks: {name}", file=sys.stderr, flush=True)
        file = f"{folder}/{name}.pcapng"
        how = ("-q", "-i", "lo", "-B", "64", "-s", "128", "-w", file)
        nowhere = asyncio.subprocess.DEVNULL
        captures = await asyncio.create_subprocess_exec("dumpcap", *how, stderr=nowhere)
        await asyncio.sleep(1.5)
        await play()
        await asyncio.sleep(0.5)
        captures.send_signal(signal.SIGINT)
        await captures.wait()


def told(path: Path, about: Any) -> dict[str, Any]:
    attacks = tracing.read(path, about).found.attacks
    return {
        "vectors": [each.name for attack in attacks for each in attack.vectors],
        "flash_crowd": attacks[0].flash_crowd if attacks else None,
        "spoofed": attacks[0].sources.spoofed if attacks else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=10)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside is not None:
        asyncio.run(capture(given.inside, given.seed))
        return
    about, lines = tracing.known(), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # dumpcap gives up its rights before it writes.
        again = [sys.executable, __file__, "--inside", name, "--seed", str(given.seed)]
        subprocess.run(["unshare", "-n", *again], check=True)
        for case, right in TRUTH.items():
            path = folder / f"{case}.pcapng"
            coming = folder / f"{case}-coming.pcapng"
            filtered = ["tshark", "-r", path, "-Y", f"ip.dst=={SERVER}", "-w", coming]
            subprocess.run(filtered, check=True, stderr=subprocess.DEVNULL)
            both, one = told(path, about), told(coming, about)
            good = [each["vectors"] == ([right] if right else []) for each in (both, one)]
            lines.append({"case": case, "right": right, "both": both, "coming": one, "good": good})
            print(json.dumps(lines[-1]), flush=True)
    if given.json is not None:
        given.json.write_text("".join(json.dumps(line) + "\n" for line in lines))


if __name__ == "__main__":
    main()
