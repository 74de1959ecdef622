"""What probing costs: probes a second on one core, matches a second, looks that the quorum weighs. JSON lines.

    python bench/probe.py [--seconds S] [--at-once N]

The peer is a process of its own on loopback, so that the core that is measured does nothing but
probe; its own processor time is told beside the rate. Matches are made over one sample of each
fingerprint, over a page that bears none, and over 64 KiB of hostile text. Probes are the whole measurement from name to finding, over
plain HTTP and over TLS 1.3 with a certificate that is verified; looks are those of eight probes at a thousand checks, settled tick by tick.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import ssl
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from core.answer_samples import SAMPLES
from servers.peers import Authority
from uproar.app import probing
from uproar.catalog import tells
from uproar.detect import lookout
from uproar.detect.finding import find
from uproar.detect.quorum import Design as Quorum
from uproar.inlets.probes.measure import measure
from uproar.model.signal import Probed
from uproar.wire import weburl
from uproar.wire.fingerprints import Answer, Fingerprints, match

PAGE = b"<title>Here</title>" + b"<p>Nothing is wrong on this page.</p>" * 200
REPLY = b"HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE
HOSTILE = b"error code: \xe2\x80\xae<title>502 Bad Gateway</title> &#35; " * 2_000


def serve(port: multiprocessing.Value, certificate: Path | None) -> None:
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(REPLY)
            await writer.drain()
        except (OSError, EOFError):
            pass
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(session, "127.0.0.1", 0, backlog=1_024, ssl=context)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(main())


async def probes(
    scheme: str, port: int, at_once: int, seconds: float, authority: Path
) -> dict[str, object]:
    wanted = probing.Wanted(("127.0.0.1:9",), allow_private=True, authority=authority)
    design = probing.design_of(wanted)
    check = weburl.check(f"{scheme}://127.0.0.1:{port}/", expect="Nothing is wrong")
    done = failed = 0
    ends = time.perf_counter() + seconds

    async def client() -> None:
        nonlocal done, failed
        while time.perf_counter() < ends:
            done += 1
            failed += find(await measure(check, design)).state != "works"

    begun, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(client() for _ in range(at_once)))
    passed, cpu = time.perf_counter() - begun, time.process_time() - cpu
    return {
        "bench": f"probe.{scheme}",
        "at_once": at_once,
        "probes": done,
        "failed": failed,
        "per_s": round(done / passed),
        "per_cpu_s": round(done / cpu),
    }


def matches(name: str, answers: list[Answer], known: Fingerprints, seconds: float) -> dict:
    done = 0
    cpu = time.process_time()
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends:
        for answer in answers:
            match(answer, known)
        done += len(answers)
    cpu = time.process_time() - cpu
    return {
        "bench": "probe.match",
        "answers": name,
        "matches": done,
        "per_cpu_s": round(done / cpu),
    }


def quorum(checks: int, rounds: int) -> dict[str, object]:
    """Settle the looks of eight probes at many checks, a tenth of which fail, in six ticks a round."""
    kept, design = lookout.Lookout(), Quorum()
    looks, turned, begun = 0, 0, 1_740_000_000_000
    cpu = time.process_time()
    for number in range(rounds * 6):
        now = begun + number * 10_000
        for check in range(number % 6, checks, 6):
            for probe in range(8):
                fails = check % 10 == 0 and number > 18
                lookout.take(
                    kept,
                    Probed(
                        now + 5_000,
                        f"s{check // 4}",
                        f"https://{check}.example/",
                        f"p{probe}",
                        "fails" if fails else "works",
                        network=f"AS{probe}",
                        measured_at=now,
                    ),
                )
                looks += 1
        turned += len(lookout.settle(kept, now + 10_000, design))
    cpu = time.process_time() - cpu
    return {
        "bench": "probe.quorum",
        "checks": checks,
        "looks": looks,
        "turned": turned,
        "per_cpu_s": round(looks / cpu),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--at-once", type=int, default=16)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        pair = authority.pair("bench", "127.0.0.1")
        for scheme, certificate in (("http", None), ("https", pair)):
            port = multiprocessing.Value("i", 0)
            peer = multiprocessing.Process(target=serve, args=(port, certificate), daemon=True)
            peer.start()
            while not port.value:
                time.sleep(0.05)
            try:
                for at_once in (1, chosen.at_once):
                    told = probes(scheme, port.value, at_once, chosen.seconds, authority.file)
                    print(json.dumps(asyncio.run(told)), flush=True)
            finally:
                peer.terminate()
                peer.join()
    print(json.dumps(quorum(1_000, 20)), flush=True)
    known = tells.load()
    samples = [one.answer() for one in SAMPLES.values()]
    plain = Answer("a.example", 200, (("server", "nginx"),), PAGE, len(PAGE))
    hostile = [
        Answer("a.example", status, (("server", "cloudflare"),), HOSTILE, len(HOSTILE))
        for status in (200, 403, 502, 530)
    ]
    for name, answers in (("samples", samples), ("plain", [plain]), ("hostile", hostile)):
        print(json.dumps(matches(name, answers, known, chosen.seconds)), flush=True)


if __name__ == "__main__":
    main()
