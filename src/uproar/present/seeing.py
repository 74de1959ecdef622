"""The words of the page on seeing: what each way in is, how it does, and what that means for a reader."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec
from markupsafe import Markup

from uproar.model.tick import MINUTE_MS, TICK_MS
from uproar.present import figures, instants, words
from uproar.present.instants import point
from uproar.present.seeing_view import DAY_MINUTES, Doing, SeeingView, Stretch, WayView
from uproar.present.views import Site, State

BEHIND_TICKS = 3  # Ended ticks not yet folded, from which a page says that it lags.
STRIP_HEIGHT = 24
STRIP_MIN = 6  # Minutes: what is bad is drawn at least so wide, or nobody would see it.


class Way(msgspec.Struct, frozen=True):
    """A way in as it is told: `setting` is what turns it on, `howto` the page of the documents."""

    label: str
    what: str
    setting: str = ""
    howto: str = ""


# A way in that is not listed here is told under its own name.
WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "reports": Way(
            "Reports", "What people tell us here: that something fails, or that it works."
        ),
        "notices": Way(
            "Vendors' pages",
            "The status pages of services and their providers, looked at again and again.",
            "[notices]",
            "watch-vendors-pages.md",
        ),
        "probes": Way(
            "Probes",
            "What this observatory measures itself, from where it stands.",
            "[probes]",
            "probe-a-site.md",
        ),
        "agents": Way(
            "Probes elsewhere",
            "What agents in other networks measure and bring here.",
            "[[probes.agents]]",
            "run-a-probe-elsewhere.md",
        ),
        "posts": Way(
            "Posts",
            "What is posted of services elsewhere, as counts; no post is kept.",
            "[posts]",
            "listen-to-posts.md",
        ),
        "flows": Way(
            "Flows",
            "What routers tell of the traffic to our own addresses, summed up by the second.",
            "[traffic]",
            "collect-flows.md",
        ),
        "logs": Way(
            "Access logs",
            "What servers of yours write of each request, summed up; no address, path or agent is kept.",
            "[[traffic.logs]]",
            "watch-access-logs.md",
        ),
        "changes": Way(
            "Changes",
            "Deployments, flags and releases, told by whoever makes them.",
            "[changes.hooks.NAME]",
            "tell-it-about-changes.md",
        ),
        "calendars": Way(
            "Calendars",
            "Planned maintenance, from calendars that are looked at again and again.",
            "[changes.calendars.NAME]",
            "tell-it-about-changes.md",
        ),
        "desk": Way(
            "Desk",
            "Public statements and changes that somebody enters by hand.",
            "[desk]",
            "record-statements.md",
        ),
    }
)

# A state's sign is one of those that services have; the words are its own.
DOING: Mapping[Doing | Literal["unused"], tuple[State, str]] = MappingProxyType(
    {
        "running": ("quiet", "In order"),
        "trouble": ("early", "Trouble"),
        "stopped": ("problems", "Not running"),
        "unused": ("over", "Not used"),
        "unknown": ("cannot-tell", "Not known"),
    }
)
_STRETCHES = {"running": "in order", "trouble": "in trouble", "stopped": "not running"}
_TOPS = {"running": 16, "trouble": 8, "stopped": 0}  # The worse, the taller: not by colour alone.


def way(name: str) -> Way:
    """Return how a way in is told."""
    return WAYS.get(name) or Way(name.capitalize(), "A way in of this observatory.", f"[{name}]")


def doing(state: Doing | Literal["unused"]) -> Markup:
    """Return how a way in does, as sign, colour and word."""
    sign, word = DOING[state]
    return Markup(
        '<span class="state {}"><svg class="sign"><use href="#s-{}"/></svg>{}</span>'
    ).format(sign, sign, word)


def lede(view: SeeingView) -> str:
    """Return in one sentence how well we see."""
    if view.journal.problem:
        return "Our journal takes nothing just now: no report can be acknowledged."
    if view.watch_problem or view.ticks_behind > BEHIND_TICKS:
        return "Reports are taken, but what they mean is worked out late."
    bad = [way(each.name).label for each in view.ways if each.state in {"trouble", "stopped"}]
    if bad:
        return f"We see less than we should: {words.listed(bad)}."
    used = sum(each.state != "unused" for each in view.ways)
    return f"All that we use is in order: {used}{instants.TIED}way{'' if used == 1 else 's'} in."


def title_state(view: SeeingView) -> Doing:
    """Return the sign of the page's title, as the state of a way in."""
    if view.journal.problem or view.watch_problem:
        return "stopped"
    bad = any(each.state in {"trouble", "stopped"} for each in view.ways)
    return "trouble" if bad or view.ticks_behind > BEHIND_TICKS else "running"


def day(way_view: WayView) -> str:
    """Return the last day of a way in, in words: the same as its strip shows."""
    totals: dict[str, int] = {}
    for stretch in way_view.day:
        totals[stretch.state] = totals.get(stretch.state, 0) + stretch.minutes
    known = [
        f"{word} for {instants.span(totals[state] * MINUTE_MS)}"
        for state, word in _STRETCHES.items()
        if state in totals
    ]
    if not known:
        return "Nothing is noted of the last 24 hours."
    if len(totals) == 1:
        return f"{known[0].partition(' for ')[0].capitalize()} for all of the last 24 hours."
    unseen = totals.get("unknown", 0)
    if unseen:
        known.append(f"nothing noted for {instants.span(unseen * MINUTE_MS)}")
    return f"In the last 24 hours: {words.listed(known)}."


def strip(stretches: tuple[Stretch, ...]) -> Markup:
    """Return the last day as a strip; the sentence beside it says the same."""
    ordered = sorted(stretches, key=lambda each: -_TOPS.get(each.state, STRIP_HEIGHT))
    drawn = Markup().join(_piece(each) for each in ordered)
    return Markup(
        '<svg class="day" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
    ).format(DAY_MINUTES, STRIP_HEIGHT, drawn)


def _piece(stretch: Stretch) -> Markup:
    top = _TOPS.get(stretch.state)
    if top is None:
        return Markup('<rect class="unknown" x="{}" y="22" width="{}" height="2"/>').format(
            stretch.from_minute, stretch.minutes
        )
    width = stretch.minutes if stretch.state == "running" else max(stretch.minutes, STRIP_MIN)
    left = min(stretch.from_minute, DAY_MINUTES - width)
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        stretch.state, left, top, width, STRIP_HEIGHT - top
    )


def heard(way_view: WayView, as_of: int) -> words.Sentence:
    """Return when a way in last heard anything, with how long ago that is."""
    if not way_view.heard_at:
        return ("not since the start of the program",)
    ago = as_of - way_view.heard_at
    if ago < MINUTE_MS:
        return ("less than a minute ago",)
    return (f"{instants.span(ago)} ago, ", point(way_view.heard_at, as_of))


def times(number: int) -> str:
    """Return how often: "once", "7 times"."""
    return "once" if number == 1 else f"{figures.count(number)} times"


def reasons(set_aside: Mapping[str, int]) -> str:
    """Return why things were set aside, the most frequent first: "unread 3, late 1"."""
    ordered = sorted(set_aside.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(
        f"{reason.replace('-', ' ')} {figures.count(count)}" for reason, count in ordered
    )


def behind(view: SeeingView) -> str:
    """Return how far what is shown lags behind what has come."""
    if view.ticks_behind <= BEHIND_TICKS:
        return "none: every ten seconds all that came is worked out"
    lag = instants.span(view.ticks_behind * TICK_MS)
    return f"{figures.count(view.ticks_behind)} steps of ten seconds ({lag})"


def howto(site: Site, name: str) -> str:
    """Return where to read how a way in is set up, or nothing where no source is named."""
    page = way(name).howto
    if not page or not site.source_url.startswith("https://"):
        return ""
    return f"{site.source_url.rstrip('/')}/blob/HEAD/docs/howto/{page}"
