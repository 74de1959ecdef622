"""`uproar posts`: what would be kept of posts?"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer

from uproar import catalog as packaged
from uproar.app import posts_counted
from uproar.app.clock import SystemClock
from uproar.errors import UproarError
from uproar.model.signal import Post
from uproar.present.legible import clean
from uproar.wire import signals
from uproar.wire.posts.posted import FRAME_BYTES_MAX

COLUMNS = ("failing", "working", "asking", "talk")


def posts(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE|-",
            help='Lines of JSON: {"id","text","languages","at","author"?}; - is stdin.',
        ),
    ],
    catalog: Annotated[
        Path | None, typer.Option(help="A folder with catalog files, above the packaged ones.")
    ] = None,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="The signals that would be kept, a line each.")
    ] = False,
) -> None:
    """Count what posts say of services, as an observatory that reads them would keep it.

    Nothing is stored. The counts are of ten seconds each by the posts' own time; without --json they
    are summed by service.
    """
    try:
        loaded = packaged.load(catalog)
        now_ms = SystemClock().wall_ms()
        if source == "-":
            counted = posts_counted.count(_lines(sys.stdin.buffer), loaded, now_ms)
        else:
            with Path(source).open("rb") as file:
                counted = posts_counted.count(_lines(file), loaded, now_ms)
    except OSError as problem:
        print(f"uproar posts: {source}: {problem.strerror}", file=sys.stderr)
        raise typer.Exit(2) from None
    except UproarError as problem:
        print(f"uproar posts: {problem}", file=sys.stderr)
        raise typer.Exit(2) from None
    if as_json:
        for signal in counted.signals:
            at = signal.until_at or now_ms
            print(signals.encode(msgspec.structs.replace(signal, at=at)).decode())
    else:
        print("\n".join(table(counted.signals)))
    for reason, number in sorted(counted.rejected.items()):
        print(f"set aside: {number} {reason}", file=sys.stderr)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Return lines; one that is longer than a post can be comes in pieces, none of which is one."""
    return iter(lambda: file.readline(FRAME_BYTES_MAX + 2), b"")


def table(found: list[Post]) -> list[str]:
    """Return the sums by service as lines, the most failing first, with their largest hashtags."""
    sums: dict[str, Counter[str]] = {}
    tags: dict[str, Counter[str]] = {}
    for post in found:
        if post.service:
            row = sums.setdefault(post.service, Counter())
            for name in COLUMNS:
                row[name] += getattr(post, name)
            tags.setdefault(post.service, Counter()).update(post.tags)
    lines = [f"{'service':<24}" + "".join(f"{name:>9}" for name in COLUMNS) + "  hashtags"]
    for service, row in sorted(sums.items(), key=lambda each: (-each[1]["failing"], each[0])):
        shown = " ".join(f"#{clean(tag)} {count}" for tag, count in tags[service].most_common(3))
        figures = "".join(f"{row[name]:>9.1f}" for name in COLUMNS)
        lines.append(f"{service:<24}{figures}  {shown}".rstrip())
    lines.append(f"{sum(post.of for post in found)} posts read")
    return lines
