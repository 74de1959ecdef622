"""What lies around an incident in the fold's state, as the plain values that `diagnose.seen_*` ask for.

Everything here is bounded by what the fold keeps: threads of a page, a diary, the attacks of a service. What is
far from the onset is left out here or by the function that is asked.
"""

from __future__ import annotations

from collections.abc import Iterable

from uproar.app.fold_changes import when
from uproar.app.fold_notices import PLANNED, is_open, says_failure
from uproar.app.fold_state import Board, Entry, State, Thread
from uproar.app.fold_traffic import LOG
from uproar.app.fold_traffic_state import Level
from uproar.detect.cases import Case
from uproar.detect.mix import POOLED
from uproar.diagnose.seen_beside import SURE, Other
from uproar.diagnose.seen_changes import Made
from uproar.diagnose.seen_notice import Said
from uproar.diagnose.seen_traffic import Came
from uproar.model.signal import Traffic
from uproar.model.tick import DAY_MS, HOUR_MS, MINUTE_MS

NEAR_MS = HOUR_MS  # Onsets of others that lie so near to ours are of the same time.
UNREAD_MS = (
    15 * MINUTE_MS
)  # A page that could not be read from so long before the onset on may fail with it.
BEFORE_MS = 10 * MINUTE_MS  # Traffic is looked at from so long before a wave began
AFTER_MS = 30 * MINUTE_MS  # until so long after it.
MIX_MIN = 10.0  # Ordinary reports, decayed, from which a service's failure would be seen here.
HOME_SHARE = 0.03  # Of the ordinary reports that come from a country of usual use.
_GONE = frozenset({"cancelled", "unknown"})


def said(state: State, service: str, onset: tuple[int, int]) -> list[Said]:
    """Return what the owner's page says of failures, and of work that was planned for the onset."""
    board = state.boards.get(service)
    found = []
    for thread in board.threads.values() if board is not None else ():
        notice = thread.notice
        if notice.phase in PLANNED:
            if _covers(thread, onset):
                found.append(
                    Said(thread.first_at, notice.native, notice.title, notice.state, planned=True)
                )
        elif thread.turned_at is not None and (says_failure(notice) or notice.native):
            found.append(Said(thread.turned_at, notice.native, notice.title, notice.state))
    return found


def windows(
    state: State, service: str, onset: tuple[int, int]
) -> list[tuple[tuple[int, int | None], str]]:
    """Return the maintenance that had been announced for the onset, by the owner's page or a calendar.

    Each is (from, until; None: open) with a reference to who announced it.
    """
    board, diary = state.boards.get(service), state.diaries.get(service)
    found: list[tuple[tuple[int, int | None], str]] = [
        (
            (thread.notice.started_at or thread.first_at, thread.notice.until_at),
            f"notice:{service}#{name}",
        )
        for name, thread in (board.threads.items() if board is not None else ())
        if thread.notice.phase in PLANNED and thread.first_at <= onset[1] and _covers(thread, onset)
    ]
    for entry in diary.planned.values() if diary is not None else ():
        change, ref = entry.change, _made(entry).ref
        begins = change.started_at
        if change.state in _GONE or begins is None or entry.first_at > onset[1]:
            continue
        until = change.until_at or begins
        if begins <= onset[1] and until >= onset[0]:
            found.append(((begins, until), ref))
    return found


def _covers(thread: Thread, onset: tuple[int, int]) -> bool:
    notice = thread.notice
    begins = notice.started_at
    if begins is None or begins > onset[1] or notice.phase == "completed":
        return False
    return notice.until_at is None or notice.until_at >= onset[0]


def is_page_unread(state: State, service: str, onset: tuple[int, int]) -> bool:
    """Tell whether the owner's page, which could be read before, cannot be since about the onset, while others can."""
    board = state.boards.get(service)
    page = board.threads.get("") if board is not None else None
    if page is None or not page.notice.unread or len(page.turns) < 2:
        return False
    others = any(
        each.known_since is not None for slug, each in state.boards.items() if slug != service
    )
    return others and page.turns[-1].at >= onset[0] - UNREAD_MS


def watched(state: State) -> frozenset[str]:
    """Return the services that are known well enough for their failure to be seen."""
    return frozenset(
        slug for slug, mix in state.mixes.items() if slug != POOLED and mix.total >= MIX_MIN
    )


def own_providers(state: State, service: str) -> frozenset[str]:
    """Return the providers that a service is itself: a content network does not fail beside itself.

    They have its slug, or one that begins with it (`cloudflare`, `cloudflare-dns`).
    """
    return frozenset(
        slug
        for slug in state.kin[service].providers
        if slug == service or slug.startswith(f"{service}-")
    )


def others(state: State, service: str, case: Case) -> tuple[list[Other], dict[str, str]]:
    """Return what else began to fail about the onset, and by name where that can be seen."""
    onset, kin = case.onset, state.kin[service]
    own = own_providers(state, service)
    needed = [slug for slug in kin.providers if slug not in own]
    found: list[Other] = []
    refs: dict[str, str] = {}
    for slug, tracker in state.trackers.items():
        other = tracker.case
        if slug == service or other is None or not _is_near(other.onset, onset):
            continue
        if _is_echo(state, other.id):
            continue
        kind = state.provider_kinds.get(slug, "") if slug in needed else ""
        theirs = state.kin[slug].providers
        found.append(Other(slug, kind, service in theirs or any(one in own for one in theirs)))
        refs[slug] = f"incident:{other.id}"
    for slug in needed:
        board = state.boards.get(slug)
        native = None if board is None or slug in refs else _says_so(board, onset)
        if native is not None:
            found.append(Other(slug, state.provider_kinds.get(slug, "hosting")))
            refs[slug] = f"notice:{slug}#{native}"
    return found, refs


def _is_near(other: tuple[int, int], onset: tuple[int, int]) -> bool:
    return other[0] <= onset[1] + NEAR_MS and other[1] >= onset[0] - NEAR_MS


def _is_echo(state: State, incident: str) -> bool:
    told = state.culprits.get(incident)
    lead = told["answers"][0] if told is not None and told["answers"] else None
    return lead is not None and lead["kind"] == "echo" and lead["p"] >= SURE


def _says_so(board: Board, onset: tuple[int, int]) -> str | None:
    """Return the incident with which a provider's page turned about the onset, None if there is none."""
    return next(
        (
            name
            for name, thread in board.threads.items()
            if name
            and thread.seen
            and is_open(thread.notice)
            and thread.turned_at is not None
            and onset[0] - NEAR_MS <= thread.turned_at <= onset[1] + NEAR_MS
        ),
        None,
    )


def made(state: State, service: str, onset: tuple[int, int]) -> tuple[list[Made], int | None]:
    """Return the diary of a service, and when it was last written in up to the onset (None: never)."""
    diary = state.diaries.get(service)
    if diary is None:
        return [], None
    entries = [_made(entry) for entry in (*diary.done.values(), *diary.planned.values())]
    told = [
        at
        for entry, each in zip(
            (*diary.done.values(), *diary.planned.values()), entries, strict=True
        )
        for at in (entry.first_at, entry.change.at, each.begins)
        if at <= onset[1]
    ]
    return entries, max(told, default=None)


def _made(entry: Entry) -> Made:
    change, at = entry.change, when(entry)
    begins = change.started_at if change.started_at is not None else at
    ends = max(at, begins)
    if change.planned:
        ends = max(begins, change.until_at if change.until_at is not None else begins)
    elif change.state == "started":  # Nobody said yet that it is done.
        lasts = DAY_MS if change.what == "maintenance" else HOUR_MS
        ends = max(begins, change.until_at or begins + lasts)
    name = change.native or str(entry.first_at)
    return Made(
        f"change:{change.source}#{name}",
        change.what,
        change.state,
        min(begins, ends),
        ends,
        change.planned,
        change.title,
    )


def came(state: State, service: str, case: Case, now_ms: int) -> list[Came]:
    """Return the attacks and rushes that were told of about the beginning of any wave of an incident."""
    held = state.traffic
    found = [
        _came(
            f"traffic:{each.id}",
            (each.begins[0], each.cleared_at or now_ms),
            each.worst,
            attack=True,
        )
        for each in held.attacks.get(service, ())
    ]
    found += [
        _came(f"traffic:{service}@{each.begin}", (each.begin, each.until), each.worst, attack=False)
        for each in held.rushes.get(service, ())
    ]
    begins = [case.onset[0], *(crest.from_at for crest in case.crests[1:])]
    return [one for one in found if _is_about(one.at, begins, case.onset[1] - case.onset[0])]


def _is_about(stretch: tuple[int, int], begins: Iterable[int], doubt: int) -> bool:
    return any(
        stretch[0] <= at + doubt + AFTER_MS and stretch[1] >= at - BEFORE_MS for at in begins
    )


def _came(ref: str, at: tuple[int, int], worst: Traffic, *, attack: bool) -> Came:
    usual = worst.usual_packets_s
    peak = max(worst.peak_packets_s, worst.packets_s)
    return Came(
        ref=ref,
        at=at,
        attack=attack,
        requests=worst.source.startswith(LOG),
        vectors=tuple(sorted(worst.vectors)),
        sources=worst.sources,
        spoofed=worst.spoofed,
        known=worst.known,
        flash_crowd=worst.flash_crowd,
        meaningful=worst.meaningful,
        countries=worst.countries,
        times_usual=peak / usual if usual else None,
        again=worst.measured.get("again"),
    )


def levels(
    state: State, service: str, onset: tuple[int, int], now_ms: int
) -> list[tuple[list[float], list[float]]]:
    """Return what came about the onset minute by minute and what is usual, of packets and of requests."""
    begin = (onset[0] - BEFORE_MS) // MINUTE_MS
    end = min(now_ms, onset[1] + AFTER_MS) // MINUTE_MS
    held = state.traffic
    known = [each[service] for each in (held.packets, held.requests) if service in each]
    return [_stretch(level, begin, end) for level in known]


def _stretch(level: Level, begin: int, end: int) -> tuple[list[float], list[float]]:
    first = level.minute - len(level.rates)
    span = slice(max(0, begin - first), max(0, end - first))
    return level.rates[span], level.usual[span]


def home(state: State, service: str) -> frozenset[str]:
    """Return the countries that a service is usually used in, by the catalog and by its ordinary reports."""
    countries = set(state.kin[service].countries)
    mix = state.mixes.get(service)
    if mix is not None and mix.total >= MIX_MIN:
        shares: dict[str, float] = {}
        for cell, count in mix.cells.items():
            place = cell.rpartition("|")[2]
            shares[place] = shares.get(place, 0.0) + count / mix.total
        countries |= {place for place, share in shares.items() if share >= HOME_SHARE}
    return frozenset(countries)
