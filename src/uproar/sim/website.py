"""A service that answers requests, and who asks it on an ordinary day: people, apps, crawlers, monitors, whole offices.

Requests are rows; words (paths, agents, referers) are places in a list that all rows of one case share. How sites and
their visitors differ is assumed: every range is named where it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uproar.sim.addressing import Dice, Numbers, hosts

GET, HEAD, POST, PUT = 0, 1, 2, 3
METHODS = ("GET", "HEAD", "POST", "PUT")
NO_QUERY = 0
# `who` is an IPv4 address as a number; those whose /24 speaks IPv6 are written as such. `query` is a number that is
# written behind the path, `evil` whether the request belongs to an attack.
ASKED = np.dtype(
    [
        ("at", "i8"), ("who", "i8"), ("agent", "i4"), ("path", "i4"), ("query", "i8"), ("referer", "i4"),
        ("method", "u1"), ("status", "u2"), ("octets", "i8"), ("took", "f4"), ("evil", "?"),
    ]
)  # fmt: skip
Rows = NDArray[np.void]
Places = NDArray[np.int32]

PAGES = (25, 2_500)  # Of a site, log-uniform.
ASSETS_SHARED, ASSETS_OWN = (4, 22), (1, 8)  # Parts that all pages have, and pictures of a page.
APART = 0.2  # Of sites keep the parts of their pages with somebody else: their log has none.
POPULAR = (0.7, 1.25)  # Zipf's exponent of pages.
VISITORS = (300, 4_000)  # Addresses known to a site in a day.
VISIT_PAGES = (1.4, 6.0)
THINKING_S = (6.0, 40.0)
FROM_OUTSIDE = (0.25, 0.75)  # Of visits say from which other site they come.
ANSWER_MS = (15.0, 300.0)
FAILS = (0.0002, 0.004)  # Of ordinary answers.
LOGS_IN = (0.0, 0.12)  # Of visits.
WITH_APP = 0.6  # Of sites.
HELD = 0.25  # Of sites have an address at which browsers wait for news, up to half a minute.

_SECTIONS = ("news", "product", "t", "artikel", "blog", "p", "item", "wiki", "docs", "video", "category")  # fmt: skip
_LOGINS = ("/login", "/account/login", "/api/v1/session", "/auth/token", "/user/signin", "/wp-login.php", "/sso/login")  # fmt: skip
_SEARCHES = ("/search", "/suche", "/api/search", "/s", "/find", "/?s")
_OUTSIDE = ("https://www.google.com/", "https://duckduckgo.com/", "https://www.bing.com/", "https://t.co/x", "https://m.facebook.com/", "android-app://com.google.android.gm/")  # fmt: skip
_PARTS = ("css", "js", "woff2", "svg", "png", "webp", "jpg", "ico")
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_{} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{} Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.0.0 Safari/537.36 Edg/{0}.0.0.0",
)
_MONITOR = "Mozilla/5.0 (compatible; UptimeRobot/2.0)"
_APPS = ("ShopApp/{}.2 (Android 14; okhttp/4.12.0)", "okhttp/4.{}.0", "Dart/3.{} (dart:io)", "CFNetwork/1498.{} Darwin/23.6.0")  # fmt: skip
_CRAWLERS = ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)")  # fmt: skip


class Words:
    """A list of words, each once, and where each stands. The first is empty."""

    def __init__(self) -> None:
        self.all: list[str] = [""]
        self._places = {"": 0}

    def place(self, word: str) -> int:
        """Return the place of a word."""
        if word not in self._places:
            self._places[word] = len(self.all)
            self.all.append(word)
        return self._places[word]

    def places(self, words: list[str]) -> Places:
        """Return the places of words."""
        return np.array([self.place(word) for word in words], np.int32)


@dataclass(frozen=True, eq=False)
class Site:
    """What a service is like. `assets` has a row a page, padded with -1; weights sum to one."""

    roll: Dice
    words: Words
    begin_ms: int
    span_ms: int
    pages: Places
    popular: NDArray[np.float64]
    assets: Places
    agents: Places
    used: NDArray[np.float64]
    apps: Places
    api: Places
    login: int
    search: int
    people: Numbers
    pages_each: float
    thinking_s: float
    outside: float
    answer_ms: float
    fails: float
    logs_in: float
    app: float  # Times as many programs ask as usual; 0: it has no app.

    def at(self, count: int, since: float = 0.0, until: float = 1.0) -> Numbers:
        """Return instants anywhere between two parts of the log's time."""
        room = self.roll.uniform(since, until, count)
        return (self.begin_ms + room * self.span_ms).astype(np.int64)

    def browsers(self, count: int) -> Places:
        """Return agents as people here have them."""
        return self.roll.choice(self.agents, count, p=self.used)


def site(roll: Dice, words: Words, begin_ms: int, span_ms: int, *, app: bool = False) -> Site:
    """Return a service drawn from the ranges above; `app`: one whose app many have."""
    count = int(np.exp(roll.uniform(*np.log(PAGES))))
    sections = roll.choice(_SECTIONS, 3, replace=False)
    pages = words.places(
        ["/"]
        + [f"/{sections[number % 3]}/{int(roll.integers(1, 1 << 30)):x}" for number in range(count)]
    )
    popular = np.arange(1, count + 2, dtype=np.float64) ** -roll.uniform(*POPULAR)
    shared, own = int(roll.integers(*ASSETS_SHARED)), int(roll.integers(*ASSETS_OWN))
    assets = np.full((count + 1, shared + own), -1, np.int32)
    if roll.random() >= APART:
        common = [
            f"/static/{roll.integers(1 << 30):x}.{roll.choice(_PARTS)}" for _ in range(shared)
        ]
        assets[:, :shared] = words.places(common)
        for page in range(count + 1):
            few = int(roll.integers(0, own + 1))
            mine = [f"/media/{page:x}-{number}.{_PARTS[4 + number % 3]}" for number in range(few)]
            assets[page, shared : shared + few] = words.places(mine)
    agents = [
        str(form).format(int(number))
        for form in _BROWSERS
        for number in roll.integers(1, 6, int(roll.integers(2, 9))) + roll.integers(100, 140)
    ]
    used = roll.lognormal(0, 1.4, len(set(agents)))
    return Site(
        roll, words, begin_ms, span_ms, pages, popular / popular.sum(), assets,
        words.places(sorted(set(agents))), used / used.sum(),
        words.places([form.format(int(roll.integers(2, 30))) for form in _APPS]),
        words.places([f"/api/v{roll.integers(1, 4)}/{name}" for name in ("items", "feed", "cart", "me", "prices", "status")]),
        words.place(str(roll.choice(_LOGINS))), words.place(str(roll.choice(_SEARCHES))),
        hosts(roll, int(np.exp(roll.uniform(*np.log(VISITORS))))).address,
        float(roll.uniform(*VISIT_PAGES)), float(np.exp(roll.uniform(*np.log(THINKING_S)))),
        float(roll.uniform(*FROM_OUTSIDE)), float(np.exp(roll.uniform(*np.log(ANSWER_MS)))),
        float(roll.uniform(*FAILS)), float(roll.uniform(*LOGS_IN)), 10.0 if app else float(roll.random() < WITH_APP),
    )  # fmt: skip


def rows(count: int) -> Rows:
    """Return rows that are answered and nothing else."""
    made = np.zeros(count, ASKED)
    made["status"] = 200
    return made


def answered(at: Site, asked: Rows, *, slower: float = 1.0) -> Rows:
    """Return rows with the octets and the time of ordinary answers; a few fail, as ever."""
    roll, count = at.roll, len(asked)
    size = (asked["path"].astype(np.int64) * 2_654_435_761 % 60_000) + 600
    asked["octets"] = size * roll.uniform(0.9, 1.1, count)
    asked["took"] = at.answer_ms * slower * roll.lognormal(0, 0.7, count)
    chance = roll.random(count)
    asked["status"] = np.where(chance < 0.02, 404, asked["status"])
    asked["status"] = np.where((chance > 0.9) & (asked["method"] == GET), 304, asked["status"])
    failed = roll.random(count) < at.fails
    asked["status"] = np.where(failed, 500, asked["status"])
    asked["octets"] = np.where(asked["status"] == 304, 0, asked["octets"])
    return asked


def visits(
    at: Site, begins: Numbers, who: Numbers, agent: Places, *,
    pages_each: float | None = None, entry: int | None = None, referer: Places | None = None,
    parts: bool = True, faster: float = 1.0,
) -> Rows:  # fmt: skip
    """Return what browsers ask for: page after page with thought between, and the parts of each that are not at hand.

    `entry` is the row of the page at which a visit begins, `referer` from where each comes.
    """
    roll = at.roll
    count = roll.geometric(1 / max(pages_each or at.pages_each, 1.0), len(begins))
    visit = np.repeat(np.arange(len(begins)), count)
    first = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64)
    gap = at.thinking_s / faster * roll.lognormal(0, 0.9, len(visit)) * 1_000
    gap[first] = 0
    run = np.cumsum(gap)
    when = begins[visit] + (run - run[first][visit]).astype(np.int64)
    page = roll.choice(len(at.pages), len(visit), p=at.popular)
    if entry is not None:
        page[first] = entry
    asked = rows(len(visit))
    asked["at"], asked["who"], asked["agent"] = when, who[visit], agent[visit]
    asked["path"] = at.pages[page]
    before = np.roll(at.pages[page], 1)
    before[first] = _came_from(at, len(begins)) if referer is None else referer
    asked["referer"] = before
    if not parts or (at.assets < 0).all():
        return answered(at, asked)
    # The first page of a visit loads all its parts, later ones what they do not share.
    fresh = np.full(len(visit), 0.12)
    fresh[first] = np.where(roll.random(len(first)) < 0.7, 0.95, 0.3)
    wanted = (at.assets[page] >= 0) & (roll.random(at.assets[page].shape) < fresh[:, None])
    of, column = np.nonzero(wanted)
    loaded = rows(len(of))
    loaded["at"] = when[of] + roll.integers(30, 2_500, len(of))
    loaded["who"], loaded["agent"] = who[visit][of], agent[visit][of]
    loaded["path"], loaded["referer"] = at.assets[page[of], column], at.pages[page[of]]
    return answered(at, np.concatenate([asked, loaded]))


def _came_from(at: Site, count: int) -> Places:
    outside = at.words.places(list(_OUTSIDE))
    named = at.roll.random(count) < at.outside
    return np.where(named, at.roll.choice(outside, count), 0).astype(np.int32)


def log_ins(at: Site, when: Numbers, who: Numbers, agent: Places, wrong: float = 0.08) -> Rows:
    """Return log-ins, some of them with a wrong password."""
    asked = rows(len(when))
    asked["at"], asked["who"], asked["agent"] = when, who, agent
    asked["path"], asked["referer"], asked["method"] = at.login, at.login, POST
    made = answered(at, asked)
    made["status"] = np.where(at.roll.random(len(when)) < wrong, 401, 302)
    return made


def everyday(at: Site, count: int) -> list[Rows]:
    """Return an ordinary time of some `count` requests: all kinds of clients, and a rate that drifts."""
    roll = at.roll
    slope = roll.uniform(-0.4, 0.4)
    per_visit = at.pages_each * (1 + 0.25 * float((at.assets >= 0).sum(1).mean()))
    many = max(int(count / per_visit), 20)
    room = roll.random(many)
    room = np.where(roll.random(many) < abs(slope), np.sqrt(room) if slope > 0 else 1 - np.sqrt(room), room)  # fmt: skip
    begins = (at.begin_ms + (room * 1.05 - 0.05) * at.span_ms).astype(np.int64)
    who = roll.choice(at.people, many)
    if roll.random() < 0.5:  # Offices and mobile networks: many people, one address.
        few = roll.choice(at.people, int(roll.integers(1, 6)))
        who = np.where(roll.random(many) < roll.uniform(0.05, 0.3), roll.choice(few, many), who)
    agent = at.agents[(who * 7_919 + roll.integers(0, 3, many)) % len(at.agents)]
    agent = np.where(roll.random(many) < 0.5, at.browsers(many), agent).astype(np.int32)
    found = [visits(at, begins, who, agent)]
    logging_in = roll.random(many) < at.logs_in
    found.append(log_ins(at, begins[logging_in] + 4_000, who[logging_in], agent[logging_in]))
    found.append(machines(at))
    if roll.random() < HELD:
        waiting = rows(max(int(many * roll.uniform(0.1, 0.6)), 1))
        waiting["at"], waiting["who"] = at.at(len(waiting)), roll.choice(at.people, len(waiting))
        waiting["agent"], waiting["path"] = at.browsers(len(waiting)), at.words.place("/events")
        waiting["octets"], waiting["took"] = 120, roll.uniform(5_000, 30_000, len(waiting))
        found.append(waiting)
    return found


def machines(at: Site) -> Rows:
    """Return what crawlers, monitors, apps and programs ask for, each in its own step."""
    roll, seconds = at.roll, at.span_ms / 1_000
    found = [  # Crawlers read page after page.
        stepping(at, roll.uniform(3, 60), at.pages, str(roll.choice(_CRAWLERS)))
        for _ in range(int(roll.integers(1, 4)))
    ]
    found += [
        stepping(at, float(roll.choice([10, 30, 60])), at.pages[:1], _MONITOR)
        for _ in range(int(roll.integers(1, 5)))
    ]
    clients = int(at.app * np.exp(roll.uniform(np.log(5), np.log(200))))
    when = at.at(int(clients * seconds / roll.uniform(60, 600)))
    if len(when):
        asked = rows(len(when))
        asked["at"], asked["who"] = when, roll.choice(roll.choice(at.people, clients), len(when))
        asked["agent"], asked["path"] = (
            roll.choice(at.apps, len(when)),
            roll.choice(at.api, len(when)),
        )
        asked["query"] = np.where(
            roll.random(len(when)) < 0.3, roll.integers(1, 5_000, len(when)), 0
        )
        found.append(answered(at, asked))
    searching = roll.random() < 0.6
    if searching:
        many = max(int(seconds / roll.uniform(2, 60)), 1)
        asked = rows(many)
        asked["at"], asked["who"], asked["agent"] = (
            at.at(many),
            roll.choice(at.people, many),
            at.browsers(many),
        )
        asked["path"], asked["referer"] = at.search, at.pages[0]
        asked["query"] = 1 + (roll.zipf(1.4, many) % 9_999)
        found.append(answered(at, asked, slower=3))
    return np.concatenate(found)


def stepping(at: Site, each_s: float, paths: Places, agent: str, who: int | None = None) -> Rows:
    """Return one client that asks in its own step, for paths by chance."""
    roll = at.roll
    when = np.arange(roll.uniform(0, each_s), at.span_ms / 1_000, each_s)
    asked = rows(len(when))
    asked["at"] = at.begin_ms + (when * 1_000 + roll.uniform(0, 300, len(when))).astype(np.int64)
    asked["who"] = int(hosts(roll, 1).address[0]) if who is None else who
    asked["agent"], asked["path"] = at.words.place(agent), roll.choice(paths, len(when))
    return answered(at, asked)
