"""More requests than usual that are no attack: people who come at once, clients that try again, robots without manners."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from uproar.sim.addressing import Numbers, hosts
from uproar.sim.website import (
    PUT,
    Places,
    Rows,
    Site,
    answered,
    log_ins,
    rows,
    stepping,
    visits,
)

# Each takes a site, where in the log's time it begins (0 to 1), and about how many requests it makes.
Rush = Callable[[Site, float, int], list[Rows]]

KNOWN_OF_CROWD = (0.05, 0.7)  # People who came before, by the kind of the reason.
REPORTERS = ("https://www.bbc.co.uk/", "https://news.ycombinator.com/", "https://www.reddit.com/", "https://www.spiegel.de/", "https://out.reddit.com/t3")  # fmt: skip


def _people(at: Site, count: int, known: float) -> Numbers:
    """Return people, some of whom came before; some sit in one office or behind one mobile network."""
    fresh = hosts(at.roll, max(count, 1)).address
    who = np.where(at.roll.random(count) < known, at.roll.choice(at.people, count), fresh[:count])
    shared = at.roll.choice(fresh, int(at.roll.integers(1, 8)))
    return np.where(at.roll.random(count) < at.roll.uniform(0, 0.15), at.roll.choice(shared, count), who)  # fmt: skip


def _per_visit(at: Site, pages: float) -> float:
    return pages * (1 + 0.6 * float((at.assets >= 0).sum(1).mean()))


def _when(at: Site, since: float, count: int, rise: float, fall: float) -> Numbers:
    """Return instants that rise within a part of the rest of the log and fall off after."""
    room = 1 - since
    early = at.roll.random(count) < rise / (rise + fall)
    part = np.where(early, rise * np.sqrt(at.roll.random(count)), rise + at.roll.exponential(fall, count))  # fmt: skip
    return (at.begin_ms + (since + room * np.minimum(part, 1)) * at.span_ms).astype(np.int64)


def news_link(at: Site, since: float, count: int) -> list[Rows]:
    """Link a page from elsewhere: people come from there to it, and look around."""
    roll, pages = at.roll, float(at.roll.uniform(1.1, 2.5))
    many = max(int(count / _per_visit(at, pages)), 30)
    place = at.words.places([str(each) for each in roll.choice(REPORTERS, 2)])
    # Apps and browsers of care do not say from where they come.
    referer = np.where(roll.random(many) < roll.uniform(0.3, 0.95), roll.choice(place, many), 0)
    entry = int(roll.integers(len(at.pages)))
    who = _people(at, many, roll.uniform(*KNOWN_OF_CROWD))
    return [visits(at, _when(at, since, many, roll.uniform(0.02, 0.3), roll.uniform(0.2, 0.8)), who, at.browsers(many),
                   pages_each=pages, entry=entry, referer=referer.astype(np.int32))]  # fmt: skip


def tv_advert(at: Site, since: float, count: int) -> list[Rows]:
    """Say a name on television: within seconds all type it, mostly on telephones, and it is over in minutes."""
    roll, pages = at.roll, float(at.roll.uniform(1.2, 3))
    many = max(int(count / _per_visit(at, pages)), 30)
    when = _when(at, since, many, 0.01, roll.uniform(0.04, 0.2))
    agent = np.where(roll.random(many) < 0.7, roll.choice(at.agents[: max(len(at.agents) // 3, 2)], many), at.browsers(many))  # fmt: skip
    return [visits(at, when, _people(at, many, roll.uniform(0.02, 0.3)), agent.astype(np.int32), pages_each=pages,
                   entry=0, referer=np.zeros(many, np.int32))]  # fmt: skip


def sale(at: Site, since: float, count: int) -> list[Rows]:
    """Begin a sale at the full hour: people who came before log in, load again and again, and buy."""
    roll, pages = at.roll, float(at.roll.uniform(2, 7))
    many = max(int(count / _per_visit(at, pages)), 30)
    who = _people(at, many, roll.uniform(0.3, 0.8))
    when, agent = _when(at, since, many, 0.02, roll.uniform(0.1, 0.5)), at.browsers(many)
    found = [visits(at, when, who, agent, pages_each=pages, entry=int(roll.integers(len(at.pages))), faster=roll.uniform(1, 4))]  # fmt: skip
    some = roll.random(many) < roll.uniform(0.1, 0.8)
    found.append(
        log_ins(
            at,
            when[some] + roll.integers(2_000, 40_000, int(some.sum())),
            who[some],
            agent[some],
            0.15,
        )
    )
    return found


def app_push(at: Site, since: float, count: int) -> list[Rows]:
    """Send a message to an app on many telephones: those who tap it ask for the same few things, with no page at all."""
    roll, each = at.roll, int(at.roll.integers(3, 9))
    many = max(count // each, 30)
    who = np.repeat(_people(at, many, roll.uniform(0.3, 0.8)), each)
    when = np.repeat(_when(at, since, many, 0.02, roll.uniform(0.05, 0.4)), each)
    asked = rows(many * each)
    asked["at"] = when + roll.exponential(4_000, len(when)).astype(np.int64)
    asked["who"], asked["agent"] = (
        who,
        np.repeat(roll.choice(at.apps[:2], many, p=[0.75, 0.25]), each),
    )
    asked["path"] = roll.choice(at.api, len(when))
    return [answered(at, asked)]


def retry_storm(at: Site, since: float, count: int) -> list[Rows]:
    """After a failure those who came before come again, more of them and faster, for what they always ask."""
    roll = at.roll
    pages = at.pages_each
    many = max(int(count / _per_visit(at, pages)), 30)
    when = _when(at, since, many, 0.03, roll.uniform(0.05, 0.3))
    who = _people(at, many, roll.uniform(0.75, 0.97))
    agent = at.agents[(who * 7_919) % len(at.agents)]
    found = [visits(at, when, who, agent, faster=roll.uniform(1.5, 4))]
    if roll.random() < 0.6:  # Apps and programs try again by themselves, with a growing pause.
        clients = roll.choice(at.people, max(int(count / 40), 5))
        asked = rows(len(clients) * int(roll.integers(4, 20)))
        asked["who"] = np.resize(clients, len(asked))
        asked["at"] = _when(at, since, len(asked), 0.02, 0.2)
        asked["agent"], asked["path"] = (
            roll.choice(at.apps, len(asked)),
            roll.choice(at.api, len(asked)),
        )
        found.append(answered(at, asked))
    return found


def broken_client(at: Site, since: float, count: int) -> list[Rows]:
    """One client loops: an app or a program of somebody who does not notice."""
    roll = at.roll
    path = int(roll.choice(np.concatenate([at.api, at.pages[:3]])))
    asked = rows(min(count, 3_000))
    who = np.resize(roll.choice(at.people, int(roll.choice([1, 1, 1, 2, 4]))), len(asked))
    asked["at"], asked["who"] = np.sort(at.at(len(asked), since)), who
    agent = (
        roll.choice(at.apps) if roll.random() < 0.7 else at.words.place("python-requests/2.32.3")
    )
    asked["agent"], asked["path"] = agent, path
    made = answered(at, asked)
    if roll.random() < 0.4:
        made["status"] = int(roll.choice([400, 401, 404, 429]))
    return [made]


def wild_crawler(at: Site, since: float, count: int) -> list[Rows]:
    """Read the whole site as fast as a robot can, from one or a few addresses."""
    roll = at.roll
    filters = roll.random() < 0.4  # Calendars and filters give it ever new addresses.
    asked = rows(min(count, 8_000) if filters else min(count, 8_000, 2 * len(at.pages)))
    first = int(hosts(roll, 1).address[0])
    asked["at"] = np.sort(at.at(len(asked), since))
    asked["who"] = first + roll.integers(0, int(roll.choice([1, 1, 4, 10])), len(asked))
    name = roll.choice(["GPTBot/1.2", "Bytespider", "ClaudeBot/1.0", "SemrushBot/7~bl", "Scrapy/2.11", "meta-externalagent/1.1"])  # fmt: skip
    asked["agent"] = at.words.place(f"Mozilla/5.0 (compatible; {name})")
    asked["path"] = at.pages[np.arange(len(asked)) % len(at.pages)]
    if filters:
        asked["query"] = roll.integers(1, 1 << 40, len(asked)) * (roll.random(len(asked)) < 0.8)
    return [answered(at, asked)]


def backup(at: Site, since: float, count: int) -> list[Rows]:
    """Send or fetch much at once, by a few clients: backups and synchronisation."""
    roll = at.roll
    asked = rows(min(count, 4_000))
    asked["at"] = np.sort(at.at(len(asked), since))
    asked["who"] = np.resize(roll.choice(at.people, int(roll.integers(1, 6))), len(asked))
    files = at.words.places([f"/remote.php/dav/files/{roll.integers(1 << 40):x}.bin" for _ in range(len(asked))])  # fmt: skip
    asked["path"], asked["method"] = files, PUT if roll.random() < 0.6 else 0
    asked["agent"] = at.words.place(str(roll.choice(["rclone/v1.66.0", "Mozilla/5.0 (Windows) mirall/3.13", "restic/0.16"])))  # fmt: skip
    made = answered(at, asked)
    made["octets"] = roll.integers(10_000, 40_000_000, len(made))
    made["took"] = made["octets"] / roll.uniform(2_000, 20_000)
    return [made]


def slow_line(at: Site, since: float, count: int) -> list[Rows]:
    """People on bad lines fetch a large file: long, and always with something under way."""
    roll = at.roll
    many = min(count // 3, 900)
    who = _people(at, many, 0.3)
    when, agent = at.at(many, since), at.browsers(many)
    found = [visits(at, when, who, agent, pages_each=1.2)]
    asked = rows(many)
    asked["at"], asked["who"], asked["agent"] = when + 5_000, who, agent
    asked["path"], asked["referer"] = at.words.place("/download/setup-4.1.exe"), at.pages[0]
    asked["took"] = roll.uniform(15_000, 90_000, many)
    asked["octets"] = asked["took"] * roll.uniform(4, 300, many)  # 4 to 300 kB/s.
    return [*found, asked]


def nothing(_: Site, __: float, ___: int) -> list[Rows]:
    """Return nothing: the time goes on as it was."""
    return []


def newsletter_robots(at: Site, since: float, count: int) -> list[Rows]:
    """Send a letter out: the filters of mail servers follow its links, then people do."""
    asked = stepping(at, max((1 - since) * at.span_ms / 1_000 / max(count // 6, 20), 0.05), at.pages[:4], "Mozilla/5.0 (Windows NT 10.0) SafeLinks")  # fmt: skip
    late = asked[asked["at"] >= at.begin_ms + since * at.span_ms]
    late["who"] = hosts(at.roll, 1).address[0] // 256 * 256 + at.roll.integers(0, 200, len(late))
    return [late, *news_link(at, since, count * 2 // 3)]


CROWDS: dict[str, Rush] = {"news-link": news_link, "tv-advert": tv_advert, "sale": sale, "app-push": app_push, "newsletter": newsletter_robots}  # fmt: skip
OTHERS: dict[str, Rush] = {"retry-storm": retry_storm, "broken-client": broken_client, "wild-crawler": wild_crawler, "backup": backup, "slow-lines": slow_line, "everyday": nothing}  # fmt: skip


def agents_of(at: Site, count: int) -> Places:
    """Return agents that a program pretends: as many as it finds in a list, each as often as any other."""
    forms = [f"Mozilla/5.0 (Windows NT {at.roll.integers(6, 11)}.{at.roll.integers(0, 4)}; WOW64) AppleWebKit/{at.roll.integers(530, 538)}.{at.roll.integers(1, 40)} Chrome/{at.roll.integers(40, 140)}.0.{at.roll.integers(1000, 7000)}.{at.roll.integers(1, 200)} Safari/537.36" for _ in range(count)]  # fmt: skip
    return at.words.places(forms)
