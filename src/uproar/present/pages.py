"""The pages, whole: a view goes in, HTML comes out; nothing is looked up on the way.

A page is complete without its script and without any other host: text, line and form are in it, and
it works under the strict policy of `wire.httpanswer`. Regions that may change are marked `data-live`
and have an id, so that the script can replace only those that did.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import msgspec

from uproar.model.tick import HOUR_MS
from uproar.present import (
    charts,
    instants,
    markup,
    seen,
    sentences,
    spoken,
    strips,
    twins,
    words,
)
from uproar.present import seeing as seeing_words
from uproar.present import why as causes
from uproar.present.seeing_view import SeeingView
from uproar.present.views import Chart, HomeView, IncidentView, ServiceCard, ServiceView, Site

INCIDENT_HEIGHT = 320  # px
TABLE_ROWS = 48  # rows of the table that says the same as a chart
FOUND_MAX = 50  # results of a search that are shown
QUERY_MAX = 80  # signs of a query that are shown again

_TEMPLATES = markup.environment()
_HOME, _SERVICE, _INCIDENT, _SEARCH, _NOTICE, _ABOUT, _SEEING = (
    _TEMPLATES.get_template(f"{name}.html")
    for name in ("home", "service", "incident", "search", "notice", "about", "seeing")
)


class Row(msgspec.Struct, frozen=True):
    """A row of a chart's table: counts from `at` on. `observed` is None where some are missing."""

    at: int
    observed: int | None
    expected: float


def home(view: HomeView, site: Site) -> str:
    """Return the first page: what is failing now on one scale, then every service."""
    return _HOME.render(
        view=view,
        site=site,
        categories=_by_category(view.services),
        twin=twins.HOME,
        path="/",
        title=words.plain(sentences.home(view)),
        description=words.plain(sentences.home(view)),
    )


def service(view: ServiceView, site: Site) -> str:
    """Return the page of one service: the sentence, the line, the buttons; then the figures."""
    now = view.incident
    going_on = view.state in ("early", "problems")
    marks = charts.Marks(blind=view.blind)
    if now is not None and view.state != "quiet":
        marks = charts.Marks(now.onset, now.recovery, now.waves, view.blind, going_on)
    said = sentences.service(view)
    why = "" if now is None or now.why is None else causes.sentence(now.why)
    # The part that says why says it at length: it is not said twice on one page.
    opened = [part for part in said if not why or now is None or part != sentences.reason(now)]
    shown = charts.full(view.chart, view.as_of)
    state = words.STATES[view.state]
    return _SERVICE.render(
        view=view,
        site=site,
        said=opened,
        why=why,
        chart=charts.fluid(shown, marks, f"Reports of problems with {view.name}"),
        shown=shown,
        rows=table(shown),
        hours=round(shown.step_ms * len(shown.observed) / HOUR_MS),
        twin=twins.service_path(view.slug),
        path=f"/s/{view.slug}",
        title=f"{state.sign} {view.name}: {state.word.lower()}",
        description=" ".join(words.plain(part) for part in said),
    )


def incident(view: IncidentView, site: Site) -> str:
    """Return the page of one incident: a record that can be cited and printed on one sheet."""
    going_on = view.recovery is None and view.state in ("early", "problems")
    marks = charts.Marks(view.onset, view.recovery, view.waves, view.blind, going_on)
    said = sentences.incident(view)
    shown = charts.full(view.chart, view.as_of)
    state = words.STATES[view.state]
    known = seen.letters(view.strips)
    said_by, more_said = spoken.told(view.spoken, known)
    timeline, left_out = seen.bounded(seen.entries(view.timeline, known))
    return _INCIDENT.render(
        view=view,
        site=site,
        said=said,
        chart=charts.fluid(
            shown, marks, f"Reports of problems with {view.name}", height=INCIDENT_HEIGHT
        ),
        rows_seen=strips.fluid(shown, view.strips, view.onset, going_on=going_on),
        sights=seen.sights(view),
        said_by=said_by,
        more_said=more_said,
        timeline=timeline,
        left_out=left_out,
        shown=shown,
        rows=table(shown),
        twin=twins.incident_path(view.id),
        path=f"/i/{view.id}",
        title=f"{state.sign} {view.name}, {instants.date(view.onset[0])}: {state.word.lower()}",
        description=" ".join(words.plain(part) for part in said),
    )


def search(view: HomeView, site: Site, query: str, slugs: Sequence[str]) -> str:
    """Return the services that a query found, best first; all of them where it is empty.

    `slugs` are what the catalog found, in its order; those that `view` does not know are left out.
    """
    known = {card.slug: card for card in view.services}
    found = [known[slug] for slug in slugs if slug in known][:FOUND_MAX]
    asked = query.strip()[:QUERY_MAX]
    return _SEARCH.render(
        view=view,
        site=site,
        query=asked,
        found=found,
        categories=_by_category(view.services) if not asked else (),
        twin="",
        path="/search",
        title=f"{asked} - search" if asked else "All services",
        description="Find a service by any of its names.",
    )


def notice(status: int, title: str, text: str, back: str, site: Site | None = None) -> str:
    """Return the answer to a form as a page: thanks, or what went wrong and what to do.

    `back` is the path that the one link of the page leads to.
    """
    return _NOTICE.render(
        site=site or Site(),
        status=status,
        heading=title,
        text=text,
        back=back if back.startswith("/") and not back.startswith("//") else "/",
        twin="",
        path="",
        title=title,
        description=text,
    )


def about(site: Site) -> str:
    """Return how it works, and what every figure means."""
    return _ABOUT.render(
        site=site,
        twin="",
        path="/about",
        title="How it works",
        description="What a report is, how reports are counted, and what every figure means.",
    )


def seeing(view: SeeingView, site: Site) -> str:
    """Return how well the observatory itself sees, way in by way in."""
    said = seeing_words.lede(view)
    sign = words.STATES[seeing_words.DOING[seeing_words.title_state(view)][0]].sign
    return _SEEING.render(
        view=view,
        site=site,
        twin="",
        path="/seeing",
        title=f"{sign} How well are we seeing?",
        description=said,
    )


def table(chart: Chart) -> tuple[Row, ...]:
    """Return a chart as a table of at most TABLE_ROWS rows, steps summed where there are more."""
    total = len(chart.observed)
    size = max(1, -(-total // TABLE_ROWS))
    rows = []
    for first in range(0, total, size):
        seen = chart.observed[first : first + size]
        counts = [count for count in seen if count is not None]
        rows.append(
            Row(
                chart.start_at + first * chart.step_ms,
                sum(counts) if len(counts) == len(seen) else None,
                sum(chart.expected[first : first + size]),
            )
        )
    return tuple(rows)


def _by_category(
    services: Sequence[ServiceCard],
) -> tuple[tuple[str, str, tuple[ServiceCard, ...]], ...]:
    """Return services by category, as (id, label, services); names in the order of the alphabet."""
    ordered = sorted(services, key=lambda card: (card.category_label, card.name.casefold()))
    return tuple(
        (category, label, tuple(cards))
        for (label, category), cards in groupby(
            ordered, key=lambda card: (card.category_label, card.category)
        )
    )
