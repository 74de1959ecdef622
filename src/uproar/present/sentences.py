"""The sentences: what is known, and how, and since when; and what is not known.

Reports are what people told us. Whether there is an outage, and why, they alone cannot say; so no
sentence here says it.
"""

from __future__ import annotations

from collections.abc import Sequence

from uproar.model import place, symptom
from uproar.model.incident import Wave
from uproar.model.tick import DAY_MS
from uproar.present import figures, ownpage, sizes, whose, why
from uproar.present.instants import When, date, day, point
from uproar.present.views import (
    HomeView,
    IncidentLine,
    IncidentView,
    ServiceCard,
    ServiceView,
    Tally,
)
from uproar.present.words import LEARNING, NOT_WHY, Sentence, in_place, lasted, listed

NAMED_PLACES = 3  # places named in a sentence; the table has them all


def service(view: ServiceView) -> tuple[Sentence, ...]:
    """Return what a service's page says first, most important sentence first."""
    match view.state:
        case "cannot-tell":
            return _blind_service(view)
        case "early":
            return _early(view)
        case "problems" | "recovering" if view.incident is not None:
            return _going_on(view, view.incident)
        case "over" if view.incident is not None:
            return _over(view.incident, view.as_of)
        case _:
            return _quiet(view)


def incident(view: IncidentView) -> tuple[Sentence, ...]:
    """Return what an incident's page says first: a dated record, in the past where it is over."""
    if view.recovery is not None and view.state == "over":
        return _over(view, view.onset[0])
    begun = When(*view.onset, near=view.onset[0])
    head: Sentence = (
        "Since ",
        begun,
        (
            f" on {date(view.onset[0])}, {figures.reports(view.reports)} of problems with {view.name}"
            f" have been counted{_in_waves(view.waves)}."
        ),
    )
    found = _where_and_how(view.places, view.symptoms)
    return (
        head,
        *_peak(view.waves),
        *found,
        *sizes.where(view),
        *whose.sentences(view),
        *ownpage.of(view.own_page, view.onset[0], going_on=True),
        reason(view),
    )


def reason(view: IncidentView) -> Sentence:
    """Return why, as far as it is known, in one short sentence."""
    return (NOT_WHY,) if view.why is None else why.brief(view.why)


def home(view: HomeView) -> Sentence:
    """Return the first sentence of the home page."""
    total = len(view.services)
    if view.blind_now:
        return ("We cannot tell how anything is doing: our own intake is not running.",)
    if not view.failing:
        if view.learning:
            return (f"Nothing unusual so far among {_services(total)}. {LEARNING}",)
        every = "the one service" if total == 1 else f"all {_services(total)}"
        return (f"Nothing unusual. Reports are at their usual level for {every} here.",)
    failing = len(view.failing)
    have = "has" if failing == 1 else "have"
    return (
        f"{figures.count(failing)} of {_services(total)} {have} unusually many reports of problems.",
    )


def card(view: ServiceCard, as_of: int) -> Sentence:
    """Return the line under a service's name on the home page."""
    if view.state == "cannot-tell":
        return ("We were blind; its silence is ours.",)
    text = figures.reports(view.reports_15min) + " in 15 min"
    told: Sentence = (f"{text}, {figures.times(view.reports_15min, view.usual_15min)}",)
    if view.since is not None:
        told = (*told, ", since ", When(*view.since, near=as_of))
    return told


def past(line: IncidentLine) -> Sentence:
    """Return an incident as one line of a list, after its date."""
    begun = When(*line.onset, near=line.onset[0])
    until: Sentence = (" and still going on",)
    if line.recovery is not None:
        until = (" to ", When(*line.recovery, near=line.onset[0]))
    waves = f"{line.wave_count} waves" if line.wave_count > 1 else "one wave"
    return (
        begun,
        *until,
        (
            f": {waves}, highest {figures.reports(line.peak_count)} in 15 min"
            f" in {in_place(line.peak_place)}"
        ),
    )


def _services(number: int) -> str:
    return f"{figures.count(number)} service" + ("" if number == 1 else "s")


def _quiet(view: ServiceView) -> tuple[Sentence, ...]:
    number = view.reports_15min
    if number == 0:
        head = f"Nobody has reported a problem with {view.name} in the last 15 minutes."
    elif view.learning:
        head = f"{figures.reports(number)} about {view.name} in the last 15 minutes."
    else:
        head = (
            f"Reports about {view.name} are at their usual level: {figures.count(number)} in the"
            f" last 15 minutes, usually {figures.usual(view.usual_15min)}."
        )
    return ((head,), (LEARNING,)) if view.learning else ((head,),)


def _early(view: ServiceView) -> tuple[Sentence, ...]:
    since: Sentence = ()
    if view.incident is not None:
        since = (" since ", When(*view.incident.onset, near=view.as_of))
    head: Sentence = (
        f"More reports than usual about {view.name}",
        *since,
        (
            f": {figures.count(view.reports_15min)} in the last 15 minutes, usually"
            f" {figures.usual(view.usual_15min)}."
        ),
    )
    rest: Sentence = ("It may be chance, or a problem of a few. The next minutes will show.",)
    return (head, rest, (LEARNING,)) if view.learning else (head, rest)


def _going_on(view: ServiceView, now: IncidentView) -> tuple[Sentence, ...]:
    begun = When(*now.onset, near=view.as_of)
    number = view.reports_15min
    head: Sentence
    if view.state == "recovering":
        head = (
            (
                f"Reports of problems with {view.name} are falling: {figures.count(number)} in the last"
                f" 15 minutes{_after_peak(now.waves)}. They began "
            ),
            begun,
            ".",
        )
    elif figures.is_more(number, view.usual_15min):
        ratio = figures.times(number, view.usual_15min)
        head = (f"Reports of problems with {view.name} are {ratio}, since ", begun, ".")
    elif view.usual_15min < figures.USUAL_MIN and number > 0:
        head = (
            (
                f"{figures.reports(number)} of problems with {view.name} in the last 15 minutes,"
                " usually fewer than one. They began "
            ),
            begun,
            ".",
        )
    else:
        head = (
            f"Problems with {view.name} have been reported since ",
            begun,
            (
                f"; right now reports are near their usual level, {figures.count(number)} in the last"
                " 15 minutes."
            ),
        )
    learning: tuple[Sentence, ...] = ((LEARNING,),) if view.learning else ()
    found = _where_and_how(now.places or view.places, now.symptoms or view.symptoms)
    own = ownpage.of(now.own_page, view.as_of, going_on=True)
    return (head, *found, *sizes.where(now), *whose.sentences(now), *own, reason(now), *learning)


def _over(view: IncidentView, as_of: int) -> tuple[Sentence, ...]:
    near = view.onset[0]
    begun = When(*view.onset, near=near)
    on_day = "" if near // DAY_MS == as_of // DAY_MS else f" on {day(near)}"
    if view.recovery is None:
        return (
            (
                f"Reports of problems with {view.name} began{on_day} ",
                begun,
                " and are at their usual level again.",
            ),
            reason(view),
        )
    head: Sentence = (
        f"Over, as far as reports tell. Problems with {view.name} were reported{on_day} from ",
        begun,
        " to ",
        When(*view.recovery, near=near),
        ".",
    )
    told = (
        f"{figures.reports(view.reports)}{_in_waves(view.waves)}, over"
        f" {lasted(view.onset, view.recovery)}, on {date(view.onset[0])}."
    )
    return (
        head,
        (told,),
        *_peak(view.waves),
        *_where_and_how(view.places, view.symptoms, verb="came"),
        *sizes.where(view),
        *sizes.ending(view),
        *whose.sentences(view),
        *ownpage.of(view.own_page, near, going_on=False),
        reason(view),
    )


def _blind_service(view: ServiceView) -> tuple[Sentence, ...]:
    if view.blind and view.blind[-1].until_at >= view.as_of:
        since = point(view.blind[-1].from_at, view.as_of)
        head: Sentence = (
            f"We cannot tell how {view.name} is doing: our own intake has not run since ",
            since,
            ". The silence is ours.",
        )
    else:
        head = (
            (
                f"We cannot tell how {view.name} is doing: our own intake is not running."
                " The silence is ours."
            ),
        )
    return (head, (LEARNING,)) if view.learning else (head,)


def _in_waves(waves: Sequence[Wave]) -> str:
    return f" in {len(waves)} waves" if len(waves) > 1 else ""


def _after_peak(waves: Sequence[Wave]) -> str:
    peak = max((wave.peak_total for wave in waves), default=0)
    return f", after {figures.count(peak)} at the highest" if peak else ""


def _peak(waves: Sequence[Wave]) -> tuple[Sentence, ...]:
    if not waves:
        return ()
    top = max(waves, key=lambda wave: (wave.peak_total, -wave.number))
    return (
        (
            (
                f"Highest: {figures.reports(top.peak_count)} within 15 minutes in"
                f" {in_place(top.peak_place)}, around "
            ),
            point(top.peak_at, top.peak_at),
            ".",
        ),
    )


def _where_and_how(
    places: Sequence[Tally], symptoms: Sequence[Tally], verb: str = "come"
) -> tuple[Sentence, ...]:
    said: list[Sentence] = []
    known = [row for row in places if row.id != place.UNKNOWN.code and row.count > 0]
    if known:
        whole = sum(row.count for row in places)
        names = [
            f"{in_place(row.id)} ({figures.share(row.count, whole)})"
            for row in known[:NAMED_PLACES]
        ]
        mostly = " mostly" if len(known) > NAMED_PLACES else ""
        said.append((f"Reports {verb}{mostly} from {listed(names)}.",))
    kinds = [row for row in symptoms if row.count > 0 and row.id != "other"]
    if kinds:
        whole = sum(row.count for row in symptoms)
        most = kinds[0]
        name = most.label or symptom.label(most.id)
        said.append((f"Most often: {_inside(name)} ({figures.share(most.count, whole)}).",))
    return tuple(said)


def _inside(label: str) -> str:
    """Return a label as it stands inside a sentence; "API errors" keeps its capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
