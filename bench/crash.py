"""kill -9 under load, at random moments: every acknowledged signal is in the journal exactly once.

    python bench/crash.py --rounds 50 [--seed N] [--folder F]

Each round a process of its own opens the journal and appends from many tasks and threads at once,
with idempotency keys and without, takes backups meanwhile, and writes an acknowledgement into a
pipe for each receipt. It is killed at a random moment: while it opens, works, or retries what the round
before had left without an answer. Then the whole file is checked against all acknowledgements so far.

What this cannot show is a power cut: the kernel lives on, and with it what was handed to it but not
synchronised. For that the journal relies on SQLite's synchronous=FULL.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from uproar.app.clock import SystemClock
from uproar.errors import UproarError
from uproar.journal import copies, reading
from uproar.journal.sqlite import SqliteJournal
from uproar.model.signal import Beat, Report

CLIENTS = 48
LIFE_S = (0.0, 0.8)  # After the child says that it is about to open the journal.
READ_MAX = 50_000


def sign(name: str) -> Report:
    """Return the signal that belongs to a name; its content says which it is."""
    return Report(0, "x", "connect", reporter=name)


def has_key(name: str) -> bool:
    """Every third has no key: it must not be there twice either, but nobody may send it again."""
    return int(name.rpartition("-")[2]) % 3 != 2


class Child:
    """Appends until it is killed. Every receipt is told on stdout as soon as it is there."""

    def __init__(self, path: Path, number: int) -> None:
        self._path = path
        self._number = number
        self._telling = threading.Lock()
        self._tell("opening")
        self._journal = SqliteJournal.open(path, SystemClock())

    def run(self, unanswered: list[str]) -> None:
        for work in (self._beat, self._back_up):
            threading.Thread(target=work, daemon=True).start()
        asyncio.run(self._append(unanswered))

    async def _append(self, unanswered: list[str]) -> None:
        retries = [self._send(name, name.encode()) for name in unanswered]
        await asyncio.gather(*retries, *(self._client(n) for n in range(CLIENTS)))

    async def _client(self, n: int) -> None:
        for i in itertools.count():
            name = f"{self._number}-{n}-{i}"
            self._tell("ask", name)
            await self._send(name, name.encode() if has_key(name) else None)

    async def _send(self, name: str, once: bytes | None) -> None:
        receipt = await self._journal.append(sign(name), once)
        self._tell("ack", name, receipt.seq, int(receipt.repeated))

    def _beat(self) -> None:
        for tick in itertools.count(self._number * 1_000_000):
            receipt = self._journal.append_wait(Beat(0, tick))
            self._tell("beat", tick, receipt.seq)
            time.sleep(0.002)

    def _back_up(self) -> None:
        while True:
            self._journal.backup(self._path.with_name("backup.sqlite"), overwrite=True)

    def _tell(self, *words: object) -> None:
        with self._telling:
            os.write(1, (" ".join(map(str, words)) + "\n").encode())


class Book:
    """What was asked and what was acknowledged, over all rounds."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, int] = {}
        self.beats: dict[int, int] = {}
        self.unanswered: set[str] = set()
        self.repeated = 0

    def take(self, lines: list[bytes]) -> None:
        for line in lines:
            match line.decode().split():
                case ["ask", name]:
                    self.unanswered.add(name)
                case ["ack", name, seq, repeated]:
                    known = self.acknowledged.setdefault(name, int(seq))
                    assert known == int(seq), f"{name} was acknowledged at {known} and at {seq}"
                    self.unanswered.discard(name)
                    self.repeated += int(repeated)
                case ["beat", tick, seq]:
                    self.beats[int(tick)] = int(seq)

    def retries(self) -> list[str]:
        """Return the names whose sender has a key and no answer."""
        return sorted(filter(has_key, self.unanswered))


def run_round(path: Path, number: int, book: Book, dice: random.Random) -> None:
    """Start a child, kill it at a random moment, and note what it had told until then."""
    command = [sys.executable, __file__, "--child", str(path), "--round", str(number)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(book.retries()).encode())
        process.stdin.close()
        out = process.stdout
        told = [out.readline()]
        killer = threading.Timer(dice.uniform(*LIFE_S), process.kill)
        killer.start()
        told.extend(out)
        killer.join()
        code = process.wait()
    if code != -9:
        raise SystemExit(f"round {number}: the child ended by itself with {code}")
    # The last line may have been cut by the kill: it counts only if it is whole.
    book.take([line for line in told if line.endswith(b"\n")])


def check(path: Path, book: Book) -> int:
    """Compare the journal with the book; return how many signals it holds. Raises AssertionError."""
    if not path.exists():
        assert not book.acknowledged
        return 0
    with SqliteJournal.open(path, SystemClock()):
        pass
    signals = copies.verify(path).signals
    found: dict[str, int] = {}
    beats: dict[int, int] = {}
    with reading.Reader(path) as reader:
        after, last_at = 0, 0
        while chunk := reader.read(after, READ_MAX):
            for seq, signal in chunk:
                assert signal.at >= last_at, (
                    f"the arrival of number {seq} lies before the one before"
                )
                last_at = signal.at
                if isinstance(signal, Beat):
                    assert beats.setdefault(signal.tick, seq) == seq, (
                        f"beat {signal.tick} is there twice"
                    )
                elif isinstance(signal, Report):
                    first = found.setdefault(signal.reporter, seq)
                    assert first == seq, f"{signal.reporter} is there twice, at {first} and {seq}"
            after = chunk[-1][0]
    for name, seq in book.acknowledged.items():
        assert found.get(name) == seq, f"{name} was acknowledged at {seq}, is at {found.get(name)}"
    for tick, seq in book.beats.items():
        assert beats.get(tick) == seq, f"beat {tick} was acknowledged at {seq}"
    asked = book.acknowledged.keys() | book.unanswered
    assert found.keys() <= asked, "there are signals that nobody sent"
    backup = path.with_name("backup.sqlite")
    if backup.exists():
        copies.verify(backup)
    return signals


def main() -> None:
    parser = argparse.ArgumentParser(description="kill -9 under load, and look what is left")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--folder", type=Path, default=None, help="where the journal is kept")
    parser.add_argument("--child", type=Path, default=None, help=argparse.SUPPRESS)
    parser.add_argument("--round", type=int, default=0, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child is not None:
        Child(chosen.child, chosen.round).run(json.load(sys.stdin))
        return
    seed = random.SystemRandom().randrange(2**32) if chosen.seed is None else chosen.seed
    dice, book = random.Random(seed), Book()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        path = Path(folder) / "journal.sqlite"
        try:
            for number in range(1, chosen.rounds + 1):
                run_round(path, number, book, dice)
                signals = check(path, book)
                print(f"# round {number}: {signals} signals", file=sys.stderr, flush=True)
        except (AssertionError, UproarError) as problem:
            print(f"FAILED in round {number} of seed {seed}: {problem}", file=sys.stderr)
            sys.exit(1)
        figures = {
            "bench": "crash", "rounds": chosen.rounds, "seed": seed, "signals": signals,
            "acknowledged": len(book.acknowledged) + len(book.beats), "repeated": book.repeated,
        }  # fmt: skip
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
