"""How values become HTML: the templates, and what they may call.

Everything is escaped unless it was made here or by a chart; every text goes through `legible.clean`
on its way out, whichever template writes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from uproar.model import place, symptom
from uproar.model.tick import iso
from uproar.present import (
    figures,
    instants,
    ownpage,
    seeing,
    sentences,
    sizes,
    sparks,
    spoken,
    strips,
    trafficcharts,
    trafficwords,
    whose,
    why,
    words,
)
from uproar.present.assets import ICON, SCRIPT, STYLE
from uproar.present.instants import When
from uproar.present.legible import clean
from uproar.present.views import State


def time(at: int, text: str, form: str = "") -> Markup:
    """Return an instant for reader and script; `form` "s" is with seconds, "d" is a day alone."""
    kind = Markup(' data-f="{}"').format(form) if form else ""
    return Markup('<time datetime="{}"{}>{}</time>').format(iso(at), kind, text)


def when(bracket: When) -> Markup:
    """Return a bracket of time, or a point: the script adds the reader's own zone."""
    ends = bracket.ends
    pairs = zip(ends, bracket.parts, strict=False)
    return Markup('<span class="when">{} UTC</span>').format(
        Markup("&NoBreak;–&NoBreak;").join(time(at, text) for at, text in pairs)
    )


def as_of(at: int) -> Markup:
    """Return the instant a page is of: to the second, with its day."""
    stamp = time(at, f"{instants.day(at)}, {instants.seconds(at)}", "s")
    return Markup('<span class="when">{} UTC</span>').format(stamp)


def date(at: int) -> Markup:
    """Return a day of the calendar, in UTC."""
    return time(at, instants.date(at), "d")


def sentence(parts: words.Sentence) -> Markup:
    """Return a sentence with its times marked up."""
    return Markup().join(
        when(part) if isinstance(part, When) else escape(clean(part)) for part in parts
    )


def mark(state: State) -> Markup:
    """Return a state as sign, colour and word."""
    return Markup(
        '<span class="state {}"><svg class="sign"><use href="#s-{}"/></svg>{}</span>'
    ).format(state, state, words.STATES[state].word)


def bar(part: float, whole: float) -> Markup:
    """Return a bar as wide as a part of a whole; the number beside it says the same."""
    width = 0 if whole <= 0 else max(1, round(100 * min(part / whole, 1)))
    return Markup(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="8"/></svg>'
    ).format(width)


def steps(values: Iterable[Any]) -> str:
    """Return counts for the script that reads the chart out: "3,,5", empty where missing."""
    return ",".join("" if value is None else f"{value:.4g}" for value in values)


def _finalize(value: Any) -> Any:
    """Clean every text that a template writes; what was made as markup was cleaned before."""
    return clean(value) if type(value) is str else value


def environment() -> Environment:
    """Return the templates of this package, with the names they use."""
    made = Environment(
        loader=PackageLoader("uproar.present", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "when": when,
        "as_of": as_of,
        "date": date,
        "sentence": sentence,
        "mark": mark,
        "count": figures.count,
        "percent": figures.percent,
        "reports": figures.reports,
        "usual": figures.usual,
        "span": instants.span,
        "place": place.name,
        "symptom": symptom.label,
        "iso": iso,
        "plain": words.plain,
        "begun": words.begun,
        "tight": figures.tight,
    }
    made.globals |= {
        "style": STYLE,
        "script": SCRIPT,
        "icon": ICON,
        "words": words,
        "sentences": sentences,
        "sizes": sizes,
        "whose": whose,
        "ownpage": ownpage,
        "seeing": seeing,
        "When": When,
        "point": instants.point,
        "share": figures.share,
        "times": figures.cell,
        "bar": bar,
        "spark": sparks.spark,
        "strips": strips,
        "spoken": spoken,
        "causes": why,
        "trafficcharts": trafficcharts,
        "trafficwords": trafficwords,
        "steps": steps,
        "places": sorted(
            (spot for spot in place.PLACES.values() if spot is not place.UNKNOWN),
            key=lambda spot: spot.name,
        ),
    }
    return made
