"""kill -9 of a whole observatory under load: nothing acknowledged is lost, nothing is decided twice.

    python bench/crash_serve.py --rounds 50 [--seed N] [--folder F]

Each round starts `uproar serve` on the same folder, lets a crowd report from many loopback addresses,
and kills the process at a random moment: while it starts, under load, around the end of a tick (when
it folds, decides and makes pages), or while it stops and keeps a checkpoint. What had no answer is
sent again, with the same key, in the next round. At the end the journal is exported and compared:

*   every acknowledged report is in it exactly once, under the number that the answer named;
*   the decisions in the store are, byte for byte, those of folding the export in one go;
*   what the store held after each kill is how the decisions of the end begin.

One JSON line a round, and a summary. A report whose first attempt was on another UTC day may be there
twice: the key that hides reporters, on which idempotency rests, is destroyed at midnight.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import crowd

from uproar import catalog
from uproar.app import compose, replaying, settings
from uproar.errors import UproarError
from uproar.journal import copies
from uproar.model.signal import Beat, Report
from uproar.store.sqlite import SqliteStore
from uproar.wire import signals

START_S_MAX = 60.0
STOP_S_MAX = 60.0
TICK_S = 10
LAST_POLLS = 120
POLL_S = 0.25
KINDS = {"starting": 15, "loaded": 40, "tick": 30, "stopping": 15}
_URL = re.compile(rb"url=http://127\.0\.0\.1:(\d+)/")


class Broken(Exception):
    """What should hold does not."""


@dataclass
class Running:
    """One `uproar serve`, begun at `begun` on the monotonic clock; its log goes into a file."""

    process: subprocess.Popen[bytes]
    log: Path
    begun: float

    @classmethod
    def start(cls, folder: Path) -> Running:
        log = folder / "serve.log"
        command = [sys.executable, "-m", "uproar", "serve", "--port", "0", "--folder", str(folder)]
        with log.open("wb") as stream:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stream)
        return cls(process, log, time.monotonic())

    def port(self, until: float) -> int | None:
        """Wait until it serves; return its port, or None when it does not by `until`."""
        while time.monotonic() < until:
            if (found := _URL.search(self.log.read_bytes())) is not None:
                return int(found[1])
            if self.process.poll() is not None:
                said = self.log.read_text(errors="replace")
                raise Broken(f"it ended by itself with {self.process.returncode}: {said[-2000:]}")
            time.sleep(0.01)
        return None

    def kill(self) -> int:
        self.process.kill()
        return self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Broken(f"it did not stop within {STOP_S_MAX} s of SIGTERM") from None


def run_round(folder: Path, number: int, seed: int, book: crowd.Book) -> dict[str, object]:
    """Start, load, kill; return what happened."""
    dice = random.Random(f"{seed}-{number}")
    kind = dice.choices(list(KINDS), list(KINDS.values()))[0]
    running = Running.start(folder)
    clients = None
    line: dict[str, object] = {"round": number, "kind": kind}
    try:
        patience = dice.uniform(0.0, 3.0) if kind == "starting" else START_S_MAX
        port = running.port(running.begun + patience)
        if port is None and kind != "starting":
            raise Broken(f"it did not serve within {START_S_MAX} s")
        if port is not None:
            line["start_s"] = round(time.monotonic() - running.begun, 2)
            clients = crowd.Crowd(book, port, f"{number}")
            time.sleep(_moment(kind, dice, time.time()))
        line["killed_after_s"] = round(time.monotonic() - running.begun, 2)
        if kind == "stopping":
            running.process.send_signal(signal.SIGTERM)
            time.sleep(dice.uniform(0.0, 0.8))
        code = running.kill()
    finally:
        running.kill()
        if clients is not None:
            clients.stop()
    line["code"] = code
    if code not in {-signal.SIGKILL, 0} or (code == 0 and kind != "stopping"):
        raise Broken(f"it ended by itself with {code}: {running.log.read_text()[-2000:]}")
    _no_trace(running.log)
    line |= {"acknowledged": len(book.acknowledged), "unanswered": len(book.unanswered)}
    return line


def _moment(kind: str, dice: random.Random, now: float) -> float:
    """Return after how many seconds of load the process is killed."""
    to_tick = TICK_S - now % TICK_S
    at_tick = to_tick + dice.uniform(-0.05, 1.2)
    at_random = dice.uniform(0.2, 2.5)
    return max(0.0, at_tick) if kind == "tick" else at_random


def _no_trace(log: Path) -> None:
    text = log.read_text(errors="replace")
    if "Traceback" in text:
        raise Broken(f"there is a trace in its log: {text[-3000:]}")


def kept(folder: Path) -> list[bytes]:
    """Return the decisions in the store, read from a copy: the next start shall find it as it was."""
    with tempfile.TemporaryDirectory() as aside:
        for part in folder.glob(f"{compose.STORE_FILE}*"):
            shutil.copy(part, aside)
        if not (Path(aside) / compose.STORE_FILE).exists():
            return []
        with SqliteStore.open(Path(aside) / compose.STORE_FILE) as store:
            if store.notice:
                raise Broken(store.notice)
            return list(store.decisions())


def finish(folder: Path, book: crowd.Book) -> dict[str, object]:
    """Start once more, send what is still without an answer, end a tick, and stop in good order."""
    running = Running.start(folder)
    try:
        port = running.port(running.begun + START_S_MAX)
        if port is None:
            raise Broken(f"it did not serve within {START_S_MAX} s")
        started = round(time.monotonic() - running.begun, 2)
        for _ in range(LAST_POLLS):
            if not book.unanswered:
                break
            crowd.Crowd(book, port, "last", fresh=False).wait()
        now_tick = int(time.time()) // TICK_S
        _poll(lambda: _ready(port)["tick"] >= now_tick, "the last tick was not folded")
        code = running.stop()
    finally:
        running.kill()
    if code != 0:
        raise Broken(f"after SIGTERM it ended with {code}: {running.log.read_text()[-2000:]}")
    _no_trace(running.log)
    return {"start_s": started}


def _poll(holds: Callable[[], bool], otherwise: str) -> None:
    for _ in range(LAST_POLLS):
        if holds():
            return
        time.sleep(POLL_S)
    raise Broken(otherwise)


def _ready(port: int) -> dict[str, int]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
            plain: dict[str, int] = json.load(answer)
    except urllib.error.HTTPError as problem:
        raise Broken(f"/readyz says {problem.code}: {problem.read()!r}") from None
    return plain


def check_journal(folder: Path, export: Path, book: crowd.Book) -> int:
    """Compare the export with the book; return how many signals it holds."""
    command = [sys.executable, "-m", "uproar", "export", "--folder", str(folder)]
    with export.open("wb") as stream:
        subprocess.run(command, stdout=stream, check=True)
    whole = copies.verify(folder / compose.JOURNAL_FILE)
    places: dict[str, list[int]] = {}
    ticks: set[int] = set()
    count = last_at = 0
    with export.open("rb") as lines:
        for line in lines:
            seq, found = signals.decode_numbered(line)
            count += 1
            if found.at < last_at:
                raise Broken(f"the arrival of number {seq} lies before the one before")
            last_at = found.at
            if isinstance(found, Beat):
                if found.tick in ticks:
                    raise Broken(f"tick {found.tick} was ended twice")
                ticks.add(found.tick)
            elif isinstance(found, Report):
                places.setdefault(found.words, []).append(seq or 0)
    if count != whole.signals:
        raise Broken(f"{whole.signals} signals in the journal, {count} in its export")
    for name, seq in book.acknowledged.items():
        at = places.get(name, [])
        if at != [seq] and not (seq in at and name in book.over_midnight):
            raise Broken(f"{name} was acknowledged at {seq} and is at {at}")
    strangers = places.keys() - book.acknowledged.keys()
    if strangers or book.unanswered:
        raise Broken(
            f"{len(strangers)} reports that nobody sent, {len(book.unanswered)} unanswered"
        )
    return count


def check_decisions(folder: Path, export: Path, marks: list[tuple[int, str]]) -> int:
    """Compare the store with a fold in one go; return how many decisions there are."""
    found = kept(folder)
    known = catalog.load()
    design = compose.design_of(settings.Settings(), known, 0)
    ticks = replaying.read_export(str(export), sys.exit)
    lines = replaying.decide(ticks, known, design)
    expected = [line for line, _ in lines if line]
    if found != expected:
        same = next(
            (n for n, pair in enumerate(zip(found, expected, strict=False)) if pair[0] != pair[1]),
            min(len(found), len(expected)),
        )
        raise Broken(
            f"{len(found)} decisions are kept, {len(expected)} follow from the journal; "
            f"they part at {same}: {found[same : same + 1]} and {expected[same : same + 1]}"
        )
    for count, digest in marks:
        if digest != _digest(found[:count]):
            raise Broken(f"the first {count} decisions were others before a kill")
    return len(found)


def _digest(lines: list[bytes]) -> str:
    return hashlib.blake2b(b"\n".join(lines), digest_size=16).hexdigest()


def run(folder: Path, rounds: int, seed: int) -> dict[str, object]:
    """Do all rounds and the comparison; return the summary. Raises Broken."""
    book = crowd.Book()
    marks: list[tuple[int, str]] = []
    for number in range(1, rounds + 1):
        line = run_round(folder, number, seed, book)
        if book.wrong:
            raise Broken(book.wrong[0])
        lines = kept(folder)
        marks.append((len(lines), _digest(lines)))
        print(json.dumps({**line, "decisions": len(lines)}), flush=True)
    last = finish(folder, book)
    export = folder / "export.jsonl"
    count = check_journal(folder, export, book)
    decided = check_decisions(folder, export, marks)
    return {
        "bench": "crash_serve", "rounds": rounds, "seed": seed, "signals": count,
        "acknowledged": len(book.acknowledged), "sent_again": book.sent_again,
        "recognised": book.recognised, "refused": book.refused, "decisions": decided, **last,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="kill -9 of a whole observatory under load")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--folder", type=Path, default=None, help="where the folder is made")
    chosen = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if chosen.seed is None else chosen.seed
    folder = Path(tempfile.mkdtemp(prefix="uproar-crash-", dir=chosen.folder))
    try:
        summary = run(folder, chosen.rounds, seed)
    except (Broken, UproarError) as problem:
        print(f"FAILED with seed {seed}; see {folder}: {problem}", file=sys.stderr)
        sys.exit(1)
    print(json.dumps(summary))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
