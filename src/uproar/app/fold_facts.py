"""What is known of one incident, in the words of the taxonomy: from the fold's state to `diagnose.facts.Facts`.

Nothing that is not known has a value: where nobody probes, probes say nothing, and where nobody tells of
changes, that nothing was changed is not said. Each fact names its witnesses, as references that the page of the incident opens:
"reports:INCIDENT", "probe:CHECK", "notice:SLUG#ID", "change:SOURCE#ID", "traffic:ATTACK", "incident:INCIDENT".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from uproar.app import fold_facts_around as around
from uproar.app import fold_season
from uproar.app.fold_state import Design, State, season_of
from uproar.detect import cases, quorum
from uproar.detect.cases import Case
from uproar.detect.lookout import Checked
from uproar.detect.schedule import domain
from uproar.detect.season import Universal
from uproar.diagnose import (
    seen_beside,
    seen_calendar,
    seen_changes,
    seen_notice,
    seen_scope,
    seen_shape,
    seen_symptoms,
    seen_traffic,
)
from uproar.diagnose.facts import ClaimFact, Facts
from uproar.diagnose.seen_scope import Extent
from uproar.diagnose.seen_symptoms import Agreed
from uproar.model.series import SeriesKey
from uproar.model.tick import HOUR_MS, MINUTE_MS

WITNESSES_MAX = 8  # Of one fact.
MIX_KNOWN = 20.0  # Ordinary reports from which it is known by which clocks a service is used.
SHARE_SHOWN = 0.001  # Clocks of fewer people are left out.
EARLY_MS = 15 * MINUTE_MS  # Probes may see it so long before reports rise.
WELL_MS = 6 * HOUR_MS  # A wall is new where the probe came through so long before the onset.
COUNTRIES_MIN = 2  # Countries in which probes must see it fail, to be everywhere.


@dataclass(slots=True)
class _Looked:
    """What probes agree on about an incident, and which checks say so."""

    agreed: list[Agreed] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)
    everywhere: bool | None = None
    expired: list[int] = field(default_factory=list)


def facts_of(
    state: State,
    design: Design,
    service: str,
    case: Case,
    now_ms: int,
    *,
    watched: frozenset[str] | None = None,
    claims: tuple[ClaimFact, ...] = (),
) -> Facts:
    """Return what is known of the incident of a service at `now_ms`.

    `watched` are the services whose failure would be seen (`fold_facts_around.watched`), asked for where it
    is None. `claims` are what others said, which only the ledger can read.
    """
    onset = case.onset
    reports = (f"reports:{case.id}",)
    looked = _looked(state, design, service, onset, now_ms)
    reported = _reported(case)
    probed = seen_symptoms.probed(looked.agreed)
    beside, other_refs = _beside(state, service, case, watched)
    notice = seen_notice.first(around.said(state, service, onset), onset, now_ms)
    entries, last_told = around.made(state, service, onset)
    changes = seen_changes.before(entries, onset, last_told)
    windows = around.windows(state, service, onset)
    came = around.came(state, service, case, now_ms)
    traffic = _amount(state, service, onset, now_ms, came)
    came_refs = tuple(one.ref for one in came)
    witnesses = {
        "scope": reports,
        "onset": reports,
        "time_context": (*reports, *(ref for _, ref in windows)),
        "symptoms": (*(reports if reported else ()), *looked.refs),
        "co_failing": other_refs,
        "co_failing_kinds": other_refs,
        "notice": () if notice is None else (f"notice:{service}#{notice.native}",),
        "changes": tuple(ref for _, ref in changes or ()),
        "traffic": came_refs or (f"traffic:{service}",),
        "traffic_detail": came_refs,
    }
    facts = Facts(
        scope=_scope(state, service, case, looked.everywhere),
        onset=_shape(case),
        time_context=seen_calendar.context(
            onset,
            _clocks(state, design, service, sum(onset) // 2),
            [window for window, _ in windows],
            looked.expired,
        ),
        symptoms=None
        if reported is None and probed is None
        else (reported or frozenset()) | (probed or frozenset()),
        traffic=traffic,
        traffic_detail=seen_traffic.details(came, around.home(state, service)) if came else None,
        co_failing=None if beside is None else beside.count,
        co_failing_kinds=None if beside is None else beside.kinds,
        changes=None if changes is None else tuple(change for change, _ in changes),
        notice=None if notice is None else seen_notice.line(notice),
        claims=claims,
        attack_seen=seen_traffic.attack_seen(came),
    )
    known = {
        name: refs[:WITNESSES_MAX]
        for name, refs in witnesses.items()
        if refs and getattr(facts, name) is not None
    }
    return msgspec.structs.replace(facts, witnesses=known)


def _shape(case: Case) -> str | None:
    waves = [crest.from_minute - case.curve_minute for crest in case.crests]
    return seen_shape.onset(case.curve, case.usual, waves)


def _scope(state: State, service: str, case: Case, everywhere: bool | None) -> str | None:
    axes: dict[str, Extent] = {
        axis: Extent(found.extent, found.among, found.share_usual)
        for axis, found in cases.spread(case).items()
        if found.extent != "unknown"
    }
    return seen_scope.scope(axes, is_access=service in state.access, probes_everywhere=everywhere)


def _reported(case: Case) -> frozenset[str] | None:
    usual = {name: part.usual for name, part in case.parts.get("symptom", {}).items()}
    return seen_symptoms.reported(case.symptoms, usual, case.reports - case.usual_total)


def _clocks(
    state: State, design: Design, service: str, at_ms: int
) -> Sequence[tuple[float, float, bool]]:
    """Return what the clocks of those who use a service show, none where it is not known who they are."""
    mix = state.mixes.get(service)
    is_known = bool(state.kin[service].countries) or (mix is not None and mix.total >= MIX_KNOWN)
    if isinstance(design.almanac, Universal) or not is_known:
        return ()
    season = season_of(state, design)
    key = SeriesKey(service)
    shares = season.shares[fold_season.calendar_of(season, key, state.rows[key])]
    local, rest, _ = design.almanac.read(at_ms)
    return [
        (float(share), float(local[clock]), bool(rest[clock]))
        for clock, share in enumerate(shares)
        if share >= SHARE_SHOWN
    ]


def _beside(
    state: State, service: str, case: Case, watched: frozenset[str] | None
) -> tuple[seen_beside.Beside | None, tuple[str, ...]]:
    known = around.watched(state) if watched is None else watched
    others, refs = around.others(state, service, case)
    own = around.own_providers(state, service)
    told = state.culprits.get(case.id)
    answers = [
        (one["kind"], state.provider_kinds.get(one["name"], ""), one["p"])
        for one in (told["answers"] if told is not None else ())
        # What fails at an access network or a provider is itself, and nothing beside it.
        if not (one["kind"] == "access" and service in state.access)
        and not (one["kind"] == "provider" and one["name"] in own)
    ]
    unread = around.is_page_unread(state, service, case.onset)
    found = seen_beside.beside(
        others, len(known - {service}), answers=answers, own_page_unread=unread
    )
    told_by = [refs[name] for name in (found.names if found is not None else ())]
    if unread:
        told_by.append(f"notice:{service}#")
    return found, tuple(told_by or [f"reports:{case.id}"])


def _amount(
    state: State, service: str, onset: tuple[int, int], now_ms: int, came: list[seen_traffic.Came]
) -> str | None:
    words = {seen_traffic.amount((), (), came)} | {
        seen_traffic.amount(rates, usual, came)
        for rates, usual in around.levels(state, service, onset, now_ms)
    }
    return next(
        (word for word in ("inbound-surge", "inbound-drop", "usual") if word in words), None
    )


def _looked(
    state: State, design: Design, service: str, onset: tuple[int, int], now_ms: int
) -> _Looked:
    """Return what probes agree on since shortly before the onset; alarms of one failure domain are left out."""
    found = _Looked()
    for check, checked in state.lookout.checks.get(service, {}).items():
        standings = [
            turn.standing
            for turn in checked.turns
            if turn.state == "raised" and turn.at >= onset[0] - EARLY_MS
        ]
        now = quorum.judge(checked.latest, checked.raised_at, now_ms, design.probes)
        if checked.raised:
            standings.append(now)
        agreed = [
            Agreed(one.failing, one.facts.state, one.facts.step, one.facts.layer, one.facts.failure,
                   one.facts.status, one.facts.fingerprint)
            for one in standings
            if one.failing >= seen_symptoms.DOMAINS_MIN and one.extent in {"some", "everywhere"}
        ]  # fmt: skip
        agreed += _walls(checked, onset, now_ms, design)
        if agreed:
            found.agreed += agreed
            found.refs.append(f"probe:{check}")
        found.expired += [
            one.onset[1]
            for one in standings
            if one.onset is not None and one.facts.failure == "ssl_invalid_certificate"
        ]
        everywhere = _is_everywhere(checked, now, now_ms, design)
        found.everywhere = (
            found.everywhere or everywhere if everywhere is not None else found.everywhere
        )
    return found


def _walls(checked: Checked, onset: tuple[int, int], now_ms: int, design: Design) -> list[Agreed]:
    """Return walls and pages of maintenance that most probes meet, which came through before the onset."""
    recent = [
        one
        for one in checked.latest.values()
        if one.at > now_ms - design.probes.window_ms and not one.void
    ]
    heard = {domain(one.origin) for one in recent}
    found = []
    for state in ("blocked", "maintenance"):
        met = [
            one
            for one in recent
            if one.facts.state == state and one.last_good_at >= onset[0] - WELL_MS
        ]
        domains = {domain(one.origin) for one in met}
        if met and 2 * len(domains) > len(heard):
            facts = met[0].facts
            found.append(
                Agreed(
                    len(domains),
                    state,
                    facts.step,
                    facts.layer,
                    "",
                    facts.status,
                    facts.fingerprint,
                )
            )
    return found


def _is_everywhere(
    checked: Checked, standing: quorum.Standing, now_ms: int, design: Design
) -> bool | None:
    """Tell whether probes in several countries all see a check fail, None where they are not heard from several."""
    places = {
        one.origin.place
        for one in checked.latest.values()
        if one.at > now_ms - design.probes.window_ms and not one.void and one.origin.place != "ZZ"
    }
    if len(places) < COUNTRIES_MIN or standing.heard < COUNTRIES_MIN:
        return None
    return checked.raised and standing.extent == "everywhere"
