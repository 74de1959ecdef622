"""The same page for programs: JSON with stable keys, CSV as RFC 4180 wants it, SVG to embed.

The keys are documented in docs/explain/pages.md. They are only ever added to. Times are RFC 3339 in
UTC; a count that is missing is null in JSON and empty in CSV, which is not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from uproar.model import place
from uproar.model.incident import Wave
from uproar.model.tick import iso
from uproar.present import figures, pictures, words
from uproar.present.legible import clean
from uproar.present.views import (
    Blind,
    Chart,
    HomeView,
    IncidentLine,
    IncidentView,
    Line,
    ServiceCard,
    ServiceView,
    Site,
    Tally,
)

HOME = "/index"
ENDINGS = (".json", ".csv", ".svg")
TYPES = {
    ".json": "application/json; charset=utf-8",
    ".csv": "text/csv; charset=utf-8; header=present",
    ".svg": "image/svg+xml",
}
COLUMNS = ("time", "observed", "expected", "low", "high")
NOTE = "Reports are what people told us; they are not a count of outages or of people affected."

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")


def service_path(slug: str) -> str:
    """Return the path of a service's twins, to which an ending is put."""
    return f"/s/{slug}"


def incident_path(name: str) -> str:
    """Return the path of an incident's twins, to which an ending is put."""
    return f"/i/{name}"


def home(view: HomeView, site: Site) -> dict[str, bytes]:
    """Return the twins of the first page by ending."""
    header = ("service", "name", "state", "reports_15min", "usual_15min", "since_from", "since_to")
    rows = [
        (
            card.slug,
            card.name,
            card.state,
            card.reports_15min,
            _rounded(card.usual_15min),
            *(("", "") if card.since is None else map(iso, card.since)),
        )
        for card in view.services
    ]
    return {
        ".json": _json(home_value(view, site)),
        ".csv": _csv(header, rows),
        ".svg": pictures.home(view, site).encode(),
    }


def service(view: ServiceView, site: Site) -> dict[str, bytes]:
    """Return the twins of a service's page by ending."""
    return {
        ".json": _json(service_value(view, site)),
        ".csv": _csv(COLUMNS, _counts(view.chart)),
        ".svg": pictures.service(view, site).encode(),
    }


def incident(view: IncidentView, site: Site) -> dict[str, bytes]:
    """Return the twins of an incident's page by ending."""
    return {
        ".json": _json({"kind": "incident", **incident_value(view), **_common(view.as_of, site)}),
        ".csv": _csv(COLUMNS, _counts(view.chart)),
        ".svg": pictures.incident(view, site).encode(),
    }


def home_value(view: HomeView, site: Site) -> dict[str, Any]:
    """Return the first page as a value for JSON."""
    return {
        "kind": "home",
        "sentence": words.plain(words.home(view)),
        "blind_now": view.blind_now,
        "learning": view.learning,
        "reports_24h": view.reports_24h,
        "failing": [_card(card) for card in view.failing],
        "services": [_card(card) for card in view.services],
        "recent": [_line(line) for line in view.recent],
        **_common(view.as_of, site),
    }


def service_value(view: ServiceView, site: Site) -> dict[str, Any]:
    """Return a service's page as a value for JSON."""
    blind = view.state == "cannot-tell"
    return {
        "kind": "service",
        "service": view.slug,
        "name": view.name,
        "other_names": list(view.other_names),
        "category": view.category,
        "domains": list(view.domains),
        "providers": list(view.providers),
        "status_url": view.status_url,
        "state": view.state,
        "state_word": words.STATES[view.state].word,
        "sentences": [words.plain(part) for part in words.service(view)],
        "learning": view.learning,
        "reports_15min": None if blind else view.reports_15min,
        "usual_15min": _rounded(view.usual_15min),
        "times_usual": None if blind else _ratio(view.reports_15min, view.usual_15min),
        "works_15min": view.works_15min,
        "set_aside_15min": view.set_aside_15min,
        "places": _tallies(view.places),
        "symptoms": _tallies(view.symptoms),
        "incident": None if view.incident is None else incident_value(view.incident),
        "past": [_line(line) for line in view.past],
        "blind": _stretches(view.blind),
        "watched_since": None if view.watched_since is None else iso(view.watched_since),
        "chart": _chart(view.chart),
        **_common(view.as_of, site),
    }


def incident_value(view: IncidentView) -> dict[str, Any]:
    """Return an incident as a value for JSON; a service's page holds the same."""
    return {
        "id": view.id,
        "service": view.service,
        "name": view.name,
        "state": view.state,
        "state_word": words.STATES[view.state].word,
        "phase": view.phase,
        "sentences": [words.plain(part) for part in words.incident(view)],
        "onset": _bracket(view.onset),
        "recovery": _bracket(view.recovery),
        "reports": view.reports,
        "works": view.works,
        "set_aside": dict(sorted(view.set_aside.items())),
        "waves": [_wave(wave) for wave in view.waves],
        "places": _tallies(view.places),
        "symptoms": _tallies(view.symptoms),
        "networks": _tallies(view.networks),
        "timeline": _lines(view.timeline),
        "claims": _lines(view.claims),
        "blind": _stretches(view.blind),
        "chart": _chart(view.chart),
    }


def cell(value: object) -> str:
    """Return a value as a field of CSV: quoted where it has to be, and never read as a formula.

    A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV
    injection); numbers are ours and stay as they are.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value)
    text = clean(value).replace("\n", " ").replace("\r", " ")
    if text.lstrip(" ").startswith(_FORMULA):
        text = "'" + text
    if any(sign in text for sign in ',"\t'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    lines = [",".join(header), *(",".join(map(cell, row)) for row in rows)]
    return ("\r\n".join(lines) + "\r\n").encode()


def _json(value: dict[str, Any]) -> bytes:
    return msgspec.json.encode(_cleaned(value)) + b"\n"


def _cleaned(value: Any) -> Any:
    """Return a value with every text in it cleaned; keys are ours, or ids."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): _cleaned(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_cleaned(part) for part in value]
    return value


def _common(as_of: int, site: Site) -> dict[str, Any]:
    replayed = site.replay
    return {
        "as_of": iso(as_of),
        "note": NOTE,
        "replay": None
        if replayed is None
        else {
            "title": replayed.title,
            "note": replayed.note,
            "phase": replayed.phase,
            "progress": round(replayed.progress, 4),
            "speed": replayed.speed,
        },
    }


def _counts(chart: Chart) -> Iterable[tuple[object, ...]]:
    for index, count in enumerate(chart.observed):
        yield (
            iso(chart.start_at + index * chart.step_ms),
            count,
            _rounded(chart.expected[index]),
            _rounded(chart.low[index]),
            _rounded(chart.high[index]),
        )


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "start": iso(chart.start_at),
        "step_s": chart.step_ms // 1000,
        "observed": list(chart.observed),
        "expected": [_rounded(value) for value in chart.expected],
        "low": [_rounded(value) for value in chart.low],
        "high": [_rounded(value) for value in chart.high],
    }


def _card(card: ServiceCard) -> dict[str, Any]:
    return {
        "service": card.slug,
        "name": card.name,
        "category": card.category,
        "state": card.state,
        "reports_15min": card.reports_15min,
        "usual_15min": _rounded(card.usual_15min),
        "since": _bracket(card.since),
    }


def _line(line: IncidentLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "service": line.service,
        "name": line.name,
        "state": line.state,
        "onset": _bracket(line.onset),
        "recovery": _bracket(line.recovery),
        "reports": line.reports,
        "peak_count": line.peak_count,
        "peak_place": line.peak_place,
        "waves": line.wave_count,
    }


def _wave(wave: Wave) -> dict[str, Any]:
    return {
        "number": wave.number,
        "from": iso(wave.from_at),
        "until": None if wave.until_at is None else iso(wave.until_at),
        "peak_at": iso(wave.peak_at),
        "peak_count": wave.peak_count,
        "peak_place": wave.peak_place,
        "peak_place_name": place.name(wave.peak_place),
        "peak_total": wave.peak_total,
    }


def _tallies(rows: Sequence[Tally]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.id,
            "label": row.label,
            "reports": row.count,
            "usual": None if row.usual is None else _rounded(row.usual),
            "times_usual": _ratio(row.count, row.usual),
        }
        for row in rows
    ]


def _lines(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [
        {"at": iso(line.at), "kind": line.kind, "text": line.text, "link": line.link}
        for line in lines
    ]


def _stretches(blind: Sequence[Blind]) -> list[list[str]]:
    return [[iso(stretch.from_at), iso(stretch.until_at)] for stretch in blind]


def _bracket(bracket: tuple[int, int] | None) -> list[str] | None:
    return None if bracket is None else [iso(bracket[0]), iso(bracket[1])]


def _ratio(observed: int, expected: float | None) -> float | None:
    value = figures.ratio(observed, expected)
    return None if value is None else round(value, 2)


def _rounded(value: float) -> float:
    return round(value, 3)
