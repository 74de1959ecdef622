"""Views as values for JSON: stable keys, times as text, missing counts as null.

The keys are a public contract, documented in docs/explain/pages.md: they are only ever added to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from uproar.model import place
from uproar.model.incident import Wave
from uproar.model.tick import iso
from uproar.present import (
    changewords,
    charts,
    figures,
    judgementvalues,
    ownvalues,
    sentences,
    stripvalues,
    trafficvalues,
    whyvalues,
    words,
)
from uproar.present.source_views import Changed, Line
from uproar.present.views import (
    Blind,
    Chart,
    HomeView,
    IncidentLine,
    IncidentView,
    ServiceCard,
    ServiceView,
    Site,
    Tally,
)

NOTE = "Reports are what people told us; they are not a count of outages or of people affected."


def home(view: HomeView, site: Site) -> dict[str, Any]:
    """Return the first page as a value for JSON."""
    return {
        "kind": "home",
        "sentence": words.plain(sentences.home(view)),
        "blind_now": view.blind_now,
        "learning": view.learning,
        "reports_24h": view.reports_24h,
        "failing": [_card(card) for card in view.failing],
        "services": [_card(card) for card in view.services],
        "recent": [_line(line) for line in view.recent],
        **_common(view.as_of, site),
    }


def service(view: ServiceView, site: Site) -> dict[str, Any]:
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
        "sentences": [words.plain(part) for part in sentences.service(view)],
        "learning": view.learning,
        "reports_15min": None if blind else view.reports_15min,
        "usual_15min": rounded(view.usual_15min),
        "times_usual": None if blind else _ratio(view.reports_15min, view.usual_15min),
        "works_15min": view.works_15min,
        "set_aside_15min": view.set_aside_15min,
        "places": _tallies(view.places),
        "symptoms": _tallies(view.symptoms),
        "incident": None if view.incident is None else _record(view.incident),
        "past": [_line(line) for line in view.past],
        "blind": _stretches(view.blind),
        "watched_since": None if view.watched_since is None else iso(view.watched_since),
        "own_page": None if view.own_page is None else ownvalues.plain(view.own_page, view.as_of),
        "probes": None
        if view.probes is None
        else {"said": view.probes.said, "checks": list(view.probes.checks)},
        "traffic": None if view.traffic is None else trafficvalues.plain(view.traffic),
        "chart": _chart(charts.full(view.chart, view.as_of)),
        **_common(view.as_of, site),
    }


def _record(view: IncidentView) -> dict[str, Any]:
    """Return an incident as a value for JSON; a service's page holds the same."""
    return {
        "id": view.id,
        "service": view.service,
        "name": view.name,
        "state": view.state,
        "state_word": words.STATES[view.state].word,
        "phase": view.phase,
        "sentences": [words.plain(part) for part in sentences.incident(view)],
        "onset": _bracket(view.onset),
        "recovery": _bracket(view.recovery),
        "reports": view.reports,
        "works": view.works,
        "set_aside": dict(sorted(view.set_aside.items())),
        "independent": view.independent,
        "discounted": dict(sorted(view.discounted.items())),
        "mix_nats": view.mix_nats,
        "ended": _bracket(view.ended),
        "severity": None if view.size is None else msgspec.to_builtins(view.size),
        "where": [msgspec.to_builtins(extent) for extent in view.extents],
        "reach": None if view.reach is None else judgementvalues.reach(view.reach),
        "culprit": None if view.whose is None else judgementvalues.culprit(view.whose, view.name),
        "waves": [_wave(wave) for wave in view.waves],
        "places": _tallies(view.places),
        "symptoms": _tallies(view.symptoms),
        "networks": _tallies(view.networks),
        "timeline": _lines(view.timeline),
        "claims": _lines(view.claims),
        "diagnosis": None if view.why is None else whyvalues.diagnosis(view.why),
        "ledger": whyvalues.ledger(view.spoken),
        "changes": [_changed(change) for change in view.changes],
        "blind": _stretches(view.blind),
        "own_page": None
        if view.own_page is None
        else ownvalues.plain(view.own_page, view.onset[0]),
        "traffic": None if view.traffic is None else trafficvalues.plain(view.traffic),
        "strips": stripvalues.plain(view.strips, view.onset),
        "chart": _chart(charts.full(view.chart, view.as_of)),
    }


def _changed(change: Changed) -> dict[str, Any]:
    """Return a change with its distances in seconds, least and most; negative is after the onset."""
    return {
        "source": change.source,
        "id": change.native,
        "what": change.what,
        "state": change.state,
        "title": change.title,
        "environment": change.environment,
        "region": change.region,
        "revision": change.revision,
        "link": change.link,
        "planned": change.planned,
        "returns": change.returns,
        "first_heard": iso(change.first_at),
        **{
            name: None if at is None else iso(at)
            for name, at in (
                ("started", change.started_at),
                ("finished", change.finished_at),
                ("until", change.until_at),
            )
        },
        "relation": change.relation,
        "to_onset_s": [ms / 1000 for ms in change.to_onset],
        "to_recovery_s": None
        if change.to_recovery is None
        else [ms / 1000 for ms in change.to_recovery],
        "sentence": changewords.sentence(change),
    }


def incident(view: IncidentView, site: Site) -> dict[str, Any]:
    """Return an incident's page as a value for JSON."""
    return {"kind": "incident", **_record(view), **_common(view.as_of, site)}


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


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "start": iso(chart.start_at),
        "step_s": chart.step_ms // 1000,
        "observed": list(chart.observed),
        "expected": [rounded(value) for value in chart.expected],
        "low": [rounded(value) for value in chart.low],
        "high": [rounded(value) for value in chart.high],
    }


def _card(card: ServiceCard) -> dict[str, Any]:
    return {
        "service": card.slug,
        "name": card.name,
        "category": card.category,
        "state": card.state,
        "reports_15min": card.reports_15min,
        "usual_15min": rounded(card.usual_15min),
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
            "usual": None if row.usual is None else rounded(row.usual),
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


def rounded(value: float) -> float:
    """Return a mean with as many decimals as it is worth."""
    return round(value, 3)
