"""Access logs by seed: what people, crowds, floods, retries and robots leave in one."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime

BEGIN_S = 1_741_600_800  # 10 March 2025, 10:00 UTC.
AGENTS = [f"Mozilla/5.0 (X11; rv:{n}.0) Gecko/20100101 Firefox/{n}.0" for n in range(100, 140)]
PAGES = [f"/page/{n}" for n in range(200)]
PARTS = [f"/static/{n}.{kind}" for n in range(5) for kind in ("css", "js", "png")]

Row = tuple[float, str]


def line(
    at_s: float, ip: str, target: str, *, method: str = "GET", status: int = 200, octets: int = 5_000,
    referer: str = "-", agent: str = AGENTS[0],
) -> Row:  # fmt: skip
    """One line of the combined format, with its time to sort by."""
    when = datetime.fromtimestamp(at_s, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return (
        at_s,
        f'{ip} - - [{when}] "{method} {target} HTTP/1.1" {status} {octets} "{referer}" "{agent}"',
    )


def address(rng: random.Random) -> str:
    first = rng.choice([5, 31, 46, 78, 80, 91, 93, 185])
    return f"{first}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def visit(
    rng: random.Random, at_s: float, ip: str, *, page: str | None = None, referer: str = "-",
    status: int = 200,
) -> list[Row]:  # fmt: skip
    agent = rng.choice(AGENTS)
    page = page or PAGES[min(int(rng.expovariate(1 / 30)), len(PAGES) - 1)]
    rows = [line(at_s, ip, page, referer=referer, agent=agent, status=status)]
    own = f"https://www.example.org{page}"
    parts = [(part, at_s + rng.random() * 3) for part in rng.sample(PARTS, 6)]
    rows += [line(at, ip, part, referer=own, agent=agent, status=status) for part, at in parts]
    return rows


def people(rng: random.Random, begin: float, end: float, per_s: float) -> list[Row]:
    regulars = [address(random.Random(n)) for n in range(400)]
    rows: list[Row] = []
    at = begin
    while (at := at + rng.expovariate(per_s)) < end:
        ip = rng.choice(regulars) if rng.random() < 0.6 else address(rng)
        rows += visit(rng, at, ip, referer=rng.choice(["-", "https://search.example/"]))
        if rng.random() < 0.03:
            rows.append(line(at + 5, ip, "/login", method="POST", status=302))
    return rows


def day(seed: int) -> list[Row]:
    rng = random.Random(seed)
    return people(rng, BEGIN_S, BEGIN_S + 1_800, 2)


def flash_crowd(seed: int) -> list[Row]:
    rng = random.Random(seed)
    rows = day(seed)
    for _ in range(6_000):
        at = BEGIN_S + 900 + rng.expovariate(1 / 250)
        rows += visit(rng, at, address(rng), page="/page/7", referer="https://news.example/story")
    return rows


def app(seed: int, *, agent: str, usually: str = "ShopApp/4.2") -> list[Row]:
    """An app is always used by some; then very many come at once, with `agent`, for what the app asks for."""
    rng = random.Random(seed)
    rows = people(rng, BEGIN_S, BEGIN_S + 1_800, 1)
    asks = ["/api/feed", "/api/basket", "/api/offers"]
    for _ in range(900):
        at, ip = BEGIN_S + rng.random() * 1_800, address(rng)
        rows += [line(at + step, ip, rng.choice(asks), agent=usually) for step in range(3)]
    for _ in range(6_000):
        at, ip = BEGIN_S + 900 + rng.expovariate(1 / 150), address(rng)
        rows += [line(at + step, ip, rng.choice(asks), agent=agent) for step in range(3)]
    return rows


def flood(seed: int, *, sources: int, per_s: int = 120) -> list[Row]:
    rng = random.Random(seed)
    rows = day(seed)
    bots = [address(rng) for _ in range(sources)]
    for second in range(300):
        for _ in range(per_s):
            at = BEGIN_S + 900 + second + rng.random()
            rows.append(line(at, rng.choice(bots), "/", agent="Mozilla/5.0", status=200))
    return rows


def waves(seed: int) -> list[Row]:
    """A flood that comes, goes, and comes again from the same sources, harder."""
    rows = flood(seed, sources=3_000)
    again = [
        (at - 500, text.replace("10:15:", "10:06:").replace("10:16:", "10:07:"))
        for at, text in rows
        if ":10:15:" in text or ":10:16:" in text
    ]
    return [*rows, *(row for row in again if '"GET / HTTP' in row[1])]


def cache_busting(seed: int) -> list[Row]:
    rng = random.Random(seed)
    bots = [address(rng) for _ in range(300)]
    rows = day(seed)
    for _ in range(20_000):
        target = f"/search?q={rng.getrandbits(64):x}"
        at = BEGIN_S + 900 + rng.random() * 300
        rows.append(line(at, rng.choice(bots), target, agent=rng.choice(AGENTS)))
    return rows


def login_flood(seed: int) -> list[Row]:
    rng = random.Random(seed)
    bots = [address(rng) for _ in range(500)]
    rows = day(seed)
    for _ in range(3_000):
        at = BEGIN_S + 900 + rng.random() * 300
        bot = rng.choice(bots)
        rows.append(line(at, bot, "/login", method="POST", status=401, agent=rng.choice(AGENTS)))
    return rows


def sale(seed: int) -> list[Row]:
    """People who all log in at once, and load pages: the sale begins."""
    rng = random.Random(seed)
    rows = day(seed)
    for _ in range(3_000):
        at, ip = BEGIN_S + 900 + rng.expovariate(1 / 200), address(rng)
        rows += visit(rng, at, ip, page="/sale", referer="https://www.example.org/")
        rows.append(line(at + 4, ip, "/login", method="POST", status=302, agent=rng.choice(AGENTS)))
    return rows


def silence(seed: int) -> list[Row]:
    """An outage that left no line at all, and the regulars who come back."""
    rng = random.Random(seed)
    regulars = [address(random.Random(n)) for n in range(400)]
    rows = [row for row in day(seed) if not BEGIN_S + 600 <= row[0] < BEGIN_S + 900]
    for _ in range(3_000):
        rows += visit(rng, BEGIN_S + 900 + rng.expovariate(1 / 90), rng.choice(regulars))
    return rows


def night_and_day(seed: int) -> list[Row]:
    rng = random.Random(seed)
    rows: list[Row] = []
    for step in range(96):
        per_s = 0.11 + 0.09 * math.sin(step / 96 * 2 * math.pi - 2)
        rows += people(rng, BEGIN_S + step * 900, BEGIN_S + step * 900 + 900, per_s)
    return rows


def backup(seed: int) -> list[Row]:
    return day(seed) + [
        line(BEGIN_S + 900 + n / 20, "10.1.1.1", "/backup/part", method="PUT", agent="backup/1.0")
        for n in range(6_000)
    ]


def resets(seed: int) -> list[Row]:
    rng = random.Random(seed)
    bots = [address(rng) for _ in range(300)]
    return day(seed) + [
        line(BEGIN_S + 900 + rng.random() * 120, rng.choice(bots), "/", status=499, octets=0)
        for _ in range(30_000)
    ]


def service(seed: int) -> list[Row]:
    """An API that few busy clients ask through a proxy, always."""
    rng = random.Random(seed)
    paths = ["/v1/items", "/v1/prices", "/health"]
    return [
        line(BEGIN_S + n / 50 + rng.random(), "10.0.0.7", rng.choice(paths), agent="client/2.1")
        for n in range(30_000)
    ]


def retry_storm(seed: int) -> list[Row]:
    rng = random.Random(seed)
    regulars = [address(random.Random(n)) for n in range(400)]
    rows = [row for row in day(seed) if not BEGIN_S + 600 <= row[0] < BEGIN_S + 900]
    for _ in range(400):
        at = BEGIN_S + 600 + rng.random() * 300
        rows += visit(rng, at, rng.choice(regulars), status=503)
    for _ in range(4_000):
        rows += visit(rng, BEGIN_S + 900 + rng.expovariate(1 / 90), rng.choice(regulars))
    return rows


def crawler(seed: int) -> list[Row]:
    rng = random.Random(seed)
    rows = day(seed)
    agent = "ExampleBot/1.0 (+https://bot.example/)"
    for n in range(9_000):
        at = BEGIN_S + 900 + n / 30
        rows.append(line(at, f"66.249.66.{rng.randrange(1, 9)}", f"/item/{n}", agent=agent))
    return rows


def slow_read(seed: int) -> list[bytes]:
    """As ingress-nginx writes it, with durations."""
    rng = random.Random(seed)
    bots = [address(rng) for _ in range(30)]
    rows = [(at, text, rng.random() * 0.2) for at, text in day(seed)]
    for _ in range(600):
        at = BEGIN_S + 900 + rng.random() * 300
        ended = 30 + rng.random() * 60
        rows.append((*line(at + ended, rng.choice(bots), "/page/1", octets=900), ended))
    return [
        f"{text} 300 {took:.3f} [web-80] [] 10.0.0.9:80 900 {took:.3f} 200 a1b2".encode()
        for _, text, took in sorted(rows)
    ]


def lines(rows: list[Row]) -> list[bytes]:
    return [text.encode() for _, text in sorted(rows)]
