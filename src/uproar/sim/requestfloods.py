"""Attacks by whole requests, as an access log shows them. Their sources lie where everybody's lie: rented, infected, proxied.

Each takes a site, the part of the log's time at which it begins, and how many requests it makes; returned rows are
marked as evil by who calls.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from uproar.sim.addressing import Numbers, hosts
from uproar.sim.rushes import agents_of
from uproar.sim.website import POST, Places, Rows, Site, answered, rows, visits

Assault = Callable[[Site, float, int], list[Rows]]

SOURCES = (3, 6_000)  # Log-uniform.
AT_HOME = (0.0, 0.35)  # Of sources share a /24 with somebody who comes here anyway.
TOOLS = ("python-requests/2.31.0", "Go-http-client/1.1", "curl/7.88.1", "Apache-HttpClient/4.5.14 (Java/17)", "")  # fmt: skip


def _sources(at: Site, count: int, most: int | None = None) -> Numbers:
    """Return where an attack comes from: `count` addresses at most, some next door to ordinary people."""
    roll = at.roll
    many = int(
        np.exp(
            roll.uniform(np.log(SOURCES[0]), np.log(min(most or SOURCES[1], max(count // 2, 4))))
        )
    )
    who = hosts(roll, many, devices=True).address
    beside = roll.random(many) < roll.uniform(*AT_HOME)
    near = roll.choice(at.people, many) // 256 * 256 + roll.integers(1, 255, many)
    return np.where(beside, near, who)


def _shape(at: Site, since: float, count: int) -> Numbers:
    """Return instants: steady, in waves, or growing."""
    roll = at.roll
    until = 1.0 if roll.random() < 0.5 else since + (1 - since) * roll.uniform(0.3, 0.95)
    room = roll.random(count)
    kind = roll.integers(3)
    if kind == 1:  # Waves: on and off.
        waves = int(roll.integers(2, 6))
        room = (np.floor(room * waves) + (room * waves % 1) * roll.uniform(0.4, 0.8)) / waves
    elif kind == 2:
        room = np.sqrt(room)
    return (at.begin_ms + (since + (until - since) * room) * at.span_ms).astype(np.int64)


def _asked(at: Site, since: float, count: int, most: int | None = None) -> Rows:
    """Return requests of one program from many sources, with its agent; what for is left to others."""
    roll = at.roll
    asked = rows(count)
    asked["at"] = _shape(at, since, count)
    who = _sources(at, count, most)
    weight = roll.lognormal(0, roll.uniform(0, 0.8), len(who))
    asked["who"] = roll.choice(who, count, p=weight / weight.sum())
    asked["agent"] = _dressed(at, asked["who"])
    return asked


def _dressed(at: Site, who: Numbers) -> Places:
    """Return agents: of one tool, of a list drawn anew for each request or source, or those of real browsers."""
    roll, count = at.roll, len(who)
    kind = roll.random()
    if kind < 0.3:
        return np.full(count, at.words.place(str(roll.choice(TOOLS))), np.int32)
    if kind < 0.45:
        return np.full(count, int(roll.choice(at.agents)), np.int32)
    pool = agents_of(at, int(roll.integers(8, 400))) if kind < 0.8 else at.agents
    if roll.random() < 0.5:
        return pool[who * 104_729 % len(pool)]
    return roll.choice(pool, count)


def flood(at: Site, since: float, count: int) -> list[Rows]:
    """One or a few pages, again and again."""
    asked = _asked(at, since, count)
    few = at.pages[: int(at.roll.choice([1, 1, 1, 3, 8]))]
    asked["path"] = at.roll.choice(few, count)
    if at.roll.random() < 0.3:
        asked["referer"] = at.roll.choice(at.words.places(["https://www.google.com/", "https://www.bing.com/"]), count)  # fmt: skip
    return [answered(at, asked)]


def wide_flood(at: Site, since: float, count: int) -> list[Rows]:
    """Pages at random, from the site's own map or made up."""
    asked = _asked(at, since, count)
    if at.roll.random() < 0.5:
        asked["path"] = at.roll.choice(at.pages, count)
        return [answered(at, asked)]
    made = at.words.places([f"/{number:x}" for number in at.roll.integers(0, 1 << 40, min(count, 4_000)).tolist()])  # fmt: skip
    asked["path"] = at.roll.choice(made, count)
    done = answered(at, asked)
    done["status"] = 404
    return [done]


def browsers(at: Site, since: float, count: int) -> list[Rows]:
    """Driven browsers: whole pages with their parts, loaded anew each time, by a machine's clock."""
    roll, pages = at.roll, float(at.roll.integers(3, 20))
    per_page = 1 + 0.5 * float((at.assets >= 0).sum(1).mean())
    many = max(int(count / (pages * per_page)), 20)
    who = roll.choice(_sources(at, many * 4), many)
    agent = np.resize(roll.choice(at.agents, int(roll.integers(1, 4))), many)[
        roll.permutation(many)
    ]
    entry = int(roll.integers(min(5, len(at.pages))))
    # Each visit is a run of loads of the same page without what was loaded before.
    per = roll.geometric(1 / pages, many)
    begins = np.repeat(_shape(at, since, many), per) + _steps(per, roll.uniform(500, 6_000))
    return [visits(at, begins, np.repeat(who, per), np.repeat(agent, per).astype(np.int32), pages_each=1.0, entry=entry,
                   referer=np.zeros(int(per.sum()), np.int32))]  # fmt: skip


def _steps(per: Numbers, each_ms: float) -> Numbers:
    first = np.cumsum(per) - per
    found: Numbers = ((np.arange(int(per.sum())) - np.repeat(first, per)) * each_ms).astype(
        np.int64
    )
    return found


def cache_busting(at: Site, since: float, count: int) -> list[Rows]:
    """Ever new queries on one or a few pages."""
    asked = _asked(at, since, count)
    asked["path"] = at.roll.choice(at.pages[: int(at.roll.choice([1, 1, 2, 5]))], count)
    asked["query"] = at.roll.integers(1 << 20, 1 << 50, count)
    return [answered(at, asked, slower=2)]


def search_flood(at: Site, since: float, count: int) -> list[Rows]:
    """Search for ever new words: dear to answer, and not kept."""
    asked = _asked(at, since, count)
    asked["path"], asked["query"] = at.search, at.roll.integers(1 << 20, 1 << 50, count)
    return [answered(at, asked, slower=6)]


def api_flood(at: Site, since: float, count: int) -> list[Rows]:
    """One endpoint of a program's interface."""
    asked = _asked(at, since, count)
    asked["path"] = int(at.roll.choice(at.api))
    if at.roll.random() < 0.3:
        asked["method"] = POST
    if at.roll.random() < 0.3:
        asked["query"] = at.roll.integers(1, 50, count)
    return [answered(at, asked, slower=2)]


def log_in_flood(at: Site, since: float, count: int) -> list[Rows]:
    """Log-ins, by few or many sources: passwords are tried, or the service is to be brought down where it is dear."""
    asked = _asked(at, since, count)
    asked["path"], asked["method"] = at.login, POST
    if at.roll.random() < 0.5:
        asked["referer"] = at.login
    made = answered(at, asked, slower=3)
    made["status"] = np.where(
        at.roll.random(count) < 0.98, int(at.roll.choice([401, 403, 200, 429])), 302
    )
    return [made]


def stuffing(at: Site, since: float, count: int) -> list[Rows]:
    """Stolen names and passwords are tried by many sources, each only a few times, some with the page before it."""
    roll, many = at.roll, min(count, 4_000)
    asked = rows(many)
    asked["at"] = _shape(at, since, many)
    who = _sources(at, many * 6)
    asked["who"] = roll.choice(who, many)
    asked["agent"] = _dressed(at, asked["who"])
    asked["path"], asked["method"], asked["referer"] = at.login, POST, at.login
    made = answered(at, asked, slower=3)
    made["status"] = np.where(roll.random(many) < 0.97, 401, 302)
    if roll.random() < 0.5:
        looked = made.copy()
        looked["at"], looked["method"], looked["status"] = made["at"] - 700, 0, 200
        return [made, looked[roll.random(many) < roll.uniform(0.1, 1)]]
    return [made]


def rapid_reset(at: Site, since: float, count: int) -> list[Rows]:
    """Make requests and take them back at once (CVE-2023-44487), which nginx writes down as 499."""
    asked = _asked(at, since, count, 300)
    asked["path"] = at.roll.choice(at.pages[:3], count)
    made = answered(at, asked)
    gone = at.roll.random(count) < at.roll.uniform(0.75, 1)
    made["status"], made["octets"] = np.where(gone, 499, 200), np.where(gone, 0, made["octets"])
    made["took"] = np.where(gone, at.roll.uniform(0, 40, count), made["took"])
    return [made]


def slow_read(at: Site, since: float, _: int) -> list[Rows]:
    """Answers fetched a few octets at a time, so that each holds a connection for minutes."""
    roll, many = at.roll, int(at.roll.integers(200, 1_500))
    asked = _asked(at, since, many, 400)
    asked["path"] = roll.choice(at.pages[: int(roll.integers(1, 6))], many)
    made = answered(at, asked)
    made["took"] = roll.uniform(12_000, 180_000, many)
    made["octets"] = made["took"] / 1_000 * roll.uniform(1, 600, many)
    made["status"] = np.where(roll.random(many) < 0.3, 499, 200)
    return [made]


def slow_headers(at: Site, since: float, _: int) -> list[Rows]:
    """Header after header, never the last (Slowloris): the server gives up at its deadline, 408."""
    roll, many = at.roll, int(at.roll.integers(200, 1_500))
    asked = _asked(at, since, many, 400)
    asked["status"], asked["took"] = 408, roll.uniform(20_000, 60_500, many)
    asked["agent"] = 0
    return [asked]


ASSAULTS: dict[str, tuple[str, Assault]] = {
    "flood": ("http.flood", flood),
    "wide-flood": ("http.flood", wide_flood),
    "browsers": ("http.flood", browsers),
    "api-flood": ("http.flood", api_flood),
    "cache-busting": ("http.cache-busting", cache_busting),
    "search-flood": ("http.cache-busting", search_flood),
    "log-in-flood": ("http.login-flood", log_in_flood),
    "stuffing": ("http.login-flood", stuffing),
    "rapid-reset": ("http.rapid-reset", rapid_reset),
    "slow-read": ("http.slow", slow_read),
    "slow-headers": ("http.slow", slow_headers),
}
SLOW = ("slow-read", "slow-headers")
