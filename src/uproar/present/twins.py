"""The same page for programs: JSON with stable keys, CSV as RFC 4180 wants it, SVG to embed.

The keys are documented in docs/explain/pages.md. They are only ever added to. Times are RFC 3339 in
UTC; a count that is missing is null in JSON and empty in CSV, which is not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from uproar.model.tick import iso
from uproar.present import charts, pictures, seeingvalues, values
from uproar.present.legible import clean
from uproar.present.seeing_view import SeeingView
from uproar.present.views import Chart, HomeView, IncidentView, ServiceView, Site

HOME = "/index"
ENDINGS = (".json", ".csv", ".svg")
TYPES = {
    ".json": "application/json; charset=utf-8",
    ".csv": "text/csv; charset=utf-8; header=present",
    ".svg": "image/svg+xml",
}
COLUMNS = ("time", "observed", "expected", "low", "high")

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
            values.rounded(card.usual_15min),
            *(("", "") if card.since is None else map(iso, card.since)),
        )
        for card in view.services
    ]
    return {
        ".json": _json(values.home(view, site)),
        ".csv": _csv(header, rows),
        ".svg": pictures.home(view, site).encode(),
    }


def service(view: ServiceView, site: Site) -> dict[str, bytes]:
    """Return the twins of a service's page by ending."""
    return {
        ".json": _json(values.service(view, site)),
        ".csv": _csv(COLUMNS, _counts(charts.full(view.chart, view.as_of))),
        ".svg": pictures.service(view, site).encode(),
    }


def incident(view: IncidentView, site: Site) -> dict[str, bytes]:
    """Return the twins of an incident's page by ending."""
    return {
        ".json": _json(values.incident(view, site)),
        ".csv": _csv(COLUMNS, _counts(charts.full(view.chart, view.as_of))),
        ".svg": pictures.incident(view, site).encode(),
    }


def seeing(view: SeeingView) -> bytes:
    """Return how well the observatory sees, as JSON."""
    return _json(seeingvalues.plain(view))


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
    if isinstance(value, list | tuple):
        return [_cleaned(part) for part in value]
    return value


def _counts(chart: Chart) -> Iterable[tuple[object, ...]]:
    for index, count in enumerate(chart.observed):
        yield (
            iso(chart.start_at + index * chart.step_ms),
            count,
            values.rounded(chart.expected[index]),
            values.rounded(chart.low[index]),
            values.rounded(chart.high[index]),
        )
