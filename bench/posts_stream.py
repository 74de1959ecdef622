"""How many posts a second does one core read, judge, count and keep? Over a real WebSocket.

A server in a process of its own sends frames of Bluesky's stream as fast as they are taken; the reader
runs in this process, on one core where the system allows that, with the packaged lexicon and catalog
and a journal on disk. Texts are made up: words of six languages, one in a hundred names a service,
one in six has hashtags. The figure is CPU of the reader, which nobody else's load changes much.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import resource
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from uproar import catalog as packaged
from uproar.app import posting
from uproar.app.clock import SystemClock
from uproar.inlets.posts.jetstream import SOURCE, Jetstream
from uproar.inlets.posts.keeping import Keeper
from uproar.inlets.posts.websocket import opener
from uproar.inlets.posts.window import Counting
from uproar.inlets.targets import Targets
from uproar.journal.sqlite import SqliteJournal

HOST = "127.0.0.1"
GOAL = 5_000
BEGIN_US = 1_786_701_600_000_000
DISTINCT = 20_000  # Frames that are made; they are sent again under other names and times.
RATE = 5_000  # Posts a second by the network's clock, which decides how many windows there are.

WORDS = {
    "en": "the morning coffee was great today and my cat sleeps on a new book about rivers we saw"
    " last night with friends from work while rain fell over town so happy to be here again now"
    " what do you think of this photo i took it near the old bridge before sunrise love it",
    "pt": "bom dia gente hoje o sol nasceu e eu fui correr na praia com meu cachorro que saudade"
    " do mar ontem teve jogo e todo mundo gritou muito depois comemos bolo de cenoura",
    "es": "buenos dias a todos ayer vimos una pelicula muy bonita sobre un pueblo en la montaña"
    " mi hermana canta y baila mientras cocina hoy llueve pero estoy feliz con mis libros",
    "de": "guten morgen zusammen heute scheint endlich die sonne und wir fahren mit dem rad an den"
    " see gestern habe ich einen alten film gesehen der mir sehr gefallen hat",
    "ja": "今日はいい天気ですね 散歩に行きました 猫が可愛い 新しい本を買った 昨日の夜は友達とご飯を食べた 写真を撮った"
    " おはようございます 眠い 仕事が終わった 楽しかった",
    "ko": "오늘은 날씨가 정말 좋네요 아침에 커피를 마셨어요 친구와 영화를 봤어요 고양이가 귀여워요 새로운 책을 샀어요",
}
SHARES = {"en": 50, "pt": 15, "ja": 15, "es": 8, "de": 7, "ko": 5}
NAMING = (
    "netflix won't load for me, anyone else?",
    "is instagram down",
    "watching a new show on netflix tonight",
    "discord is back up for me",
    "spotify playlist of the week, link below",
    "github actions failing again with 500 errors #githubdown",
    "o whatsapp caiu aqui",
    "reddit thread about rivers is amazing",
)
TAGS = (
    "art",
    "catsofbluesky",
    "photography",
    "nature",
    "booksky",
    "gamedev",
    "music",
    "fotografia",
)


def texts(count: int, chance: random.Random) -> list[tuple[str, str, list[str]]]:
    """Return texts with their languages and hashtags."""
    found = []
    codes, weights = list(SHARES), list(SHARES.values())
    for _ in range(count):
        code = chance.choices(codes, weights)[0]
        words = WORDS[code].split()
        text = " ".join(chance.choices(words, k=chance.randint(4, 45)))[:290]
        if chance.random() < 0.01:
            code, text = "en", chance.choice(NAMING)
        tags = chance.sample(TAGS, chance.randint(1, 3)) if chance.random() < 1 / 6 else []
        found.append((" ".join([text, *(f"#{tag}" for tag in tags)]), code, tags))
    return found


def templates(chance: random.Random) -> list[tuple[bytes, bytes]]:
    """Return frames in two halves, between which the time stands."""
    made = []
    for number, (text, code, tags) in enumerate(texts(DISTINCT, chance)):
        facets = [
            {
                "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": tag}],
                "index": {"byteStart": 0, "byteEnd": 9},
            }
            for tag in tags
        ]
        record = {
            "$type": "app.bsky.feed.post",
            "createdAt": "2026-08-14T10:00:00.000Z",
            "langs": [code],
            "text": text,
            **({"facets": facets} if facets else {}),
        }
        commit = {
            "rev": "3lxyzabcdef2a",
            "operation": "create",
            "collection": "app.bsky.feed.post",
            "rkey": "@@",
            "record": record,
            "cid": "bafyreidc6sydkkbchcyg62v77wbhzvb2mvytlmsychqgwf2xojjtirmzj4",
        }
        frame = json.dumps({"did": f"did:plc:{number:024d}", "time_us": 0, "kind": "commit",
                            "commit": commit}, ensure_ascii=False)  # fmt: skip
        head, tail = frame.encode().split(b'"time_us": 0', 1)
        made.append((head + b'"time_us":', tail))
    return made


def network(count: int, port: Any) -> None:
    """Serve so many posts to whoever connects, and then nothing more."""
    made = templates(random.Random(7))

    async def send(connection: ServerConnection) -> None:
        for number in range(count):
            head, tail = made[number % DISTINCT]
            at_us = BEGIN_US + number * 1_000_000 // RATE
            name = b"%x" % number
            frame = head + b"%d" % at_us + tail.replace(b"@@", name, 1)
            await connection.send(frame, text=True)
        await connection.wait_closed()

    async def main() -> None:
        async with serve(send, HOST, 0, compression=None) as server:
            port.put(next(iter(server.sockets)).getsockname()[1])
            await asyncio.Event().wait()

    asyncio.run(main())


async def read(count: int, port: int, folder: Path) -> dict[str, float]:
    """Read until all is in the journal; return what it took."""
    journal = SqliteJournal.open(folder / "journal.sqlite", SystemClock())
    counting = Counting(posting.judge(packaged.load()))
    keeper = Keeper(journal, SOURCE)
    stream = Jetstream(
        [f"ws://{HOST}:{port}/subscribe"],
        opened=opener(Targets([HOST]), "Uproar/bench"),
        counting=counting,
        keeper=keeper,
        key=b"k" * 32,
        wall_ms=lambda: BEGIN_US // 1000 + count * 1000 // RATE + 1000,
        elapsed_s=time.monotonic,
        chance=random.random,
    )
    begun, cpu = time.perf_counter(), _cpu()
    task = asyncio.create_task(stream.run())
    while stream.seeing().read < count:  # noqa: ASYNC110 - the reader tells nobody
        await asyncio.sleep(0.05)
    took, spent = time.perf_counter() - begun, _cpu() - cpu
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    journal.close()
    return {"seconds": took, "cpu": spent, "signals": keeper.kept, "lost": counting.lost}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure, and say how it stands beside the goal."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--posts", type=int, default=60_000)
    given = options.parse_args()
    port: Any = multiprocessing.Queue()
    server = multiprocessing.Process(target=network, args=(given.posts, port), daemon=True)
    server.start()
    number = port.get()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        others = os.sched_getaffinity(server.pid) - os.sched_getaffinity(0)
        os.sched_setaffinity(server.pid, others or os.sched_getaffinity(server.pid))
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(read(given.posts, number, Path(folder)))
    server.kill()
    each = found["cpu"] / given.posts
    print(
        f"posts: {given.posts} in {found['seconds']:.1f} s, {each * 1e6:.0f} us of CPU each: "
        f"{1 / each:,.0f} a second on one core (goal {GOAL:,}); {found['signals']:.0f} signals "
        f"kept, {found['lost']:.0f} lost"
    )
    if 1 / each < GOAL:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
