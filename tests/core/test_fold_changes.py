"""Changes and statements in the fold: what takes whose place, how far from the onset, and within which bounds."""

from __future__ import annotations

import msgspec
import pytest

from uproar.app import changes_view, checkpoint, claims_view, fold, fold_changes, fold_claims
from uproar.model.catalog import Catalog
from uproar.model.service import Service
from uproar.model.signal import Change, Claim
from uproar.model.tick import HOUR_MS, MINUTE_MS, parse_iso
from uproar.present.source_views import Changed

CATALOG = Catalog([Service("alpha", "Alpha"), Service("beta", "Beta")])
DESIGN = fold.Design()
ONSET = (parse_iso("2025-03-10T10:00:00Z"), parse_iso("2025-03-10T10:01:00Z"))
RECOVERY = (ONSET[0] + 60 * MINUTE_MS, ONSET[0] + 64 * MINUTE_MS)
NOW = RECOVERY[1] + 60 * MINUTE_MS


def at(minutes: float) -> int:
    return ONSET[0] + round(minutes * MINUTE_MS)


def deploy(native: str = "41", state: str = "finished", **more: object) -> Change:
    given: dict[str, object] = {
        "what": "deploy",
        "title": f"v{native}",
        "environment": "production",
    }
    return Change(at(0), "alpha", "github", native, state=state, **{**given, **more})  # type: ignore[arg-type]


def started(state: fold.State, *changes: Change) -> fold.State:
    for change in changes:
        fold_changes.take(state, change)
    return state


def told(*changes: Change) -> tuple[Changed, ...]:
    state = started(fold.start(CATALOG, DESIGN), *changes)
    return changes_view.near(state, "alpha", ONSET, RECOVERY, NOW)


def said(*changes: Change) -> list[str]:
    return [line.text.replace("\xa0", " ") for line in changes_view.lines(told(*changes))]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (deploy(finished_at=at(-3)), "Deployment v41 (production) finished 3 to 4 min before the onset."),
        (deploy(finished_at=at(-90)), "Deployment v41 (production) finished 1 h 30 min to 1 h 31 min before the onset."),
        (deploy(finished_at=at(-0.5)), "Deployment v41 (production) finished up to 2 min before the onset."),
        (deploy(finished_at=at(0.5)), "Deployment v41 (production) finished within 1 min of the onset."),
        (deploy(state="failed", finished_at=at(-3)), "Deployment v41 (production) failed 3 to 4 min before the onset."),
        (deploy(state="started", started_at=at(-3)), "Deployment v41 (production) began 3 to 4 min before the onset."),
        (
            deploy(started_at=at(-3), finished_at=at(5)),
            "Deployment v41 (production) began 3 to 4 min before the onset and finished 4 to 5 min after the onset.",
        ),
        (
            deploy("40", what="rollback", finished_at=at(55)),
            "Rollback v40 (production) finished 54 to 55 min after the onset. That is 5 to 9 min before the recovery.",
        ),
        (
            deploy(title="Firewall rules", what="config", environment="", finished_at=at(-10)),
            "Configuration change “Firewall rules” finished 10 to 11 min before the onset.",
        ),
        (
            deploy(what="maintenance", title="Move", environment="", planned=True, state="planned", started_at=at(-30), until_at=at(30)),
            "Maintenance Move was planned for 09:30–10:30 UTC. The onset lies in that window.",
        ),
        (
            deploy(what="maintenance", title="Move", environment="", planned=True, state="planned", started_at=at(-90), until_at=at(-60)),
            "Maintenance Move was planned for 08:30–09:00 UTC. It was to end 1 h to 1 h 1 min before the onset.",
        ),
        (
            deploy(what="maintenance", title="Move", environment="", planned=True, state="cancelled", started_at=at(-90), until_at=at(-60)),
            "Maintenance Move was planned for 08:30–09:00 UTC and called off.",
        ),
        (
            deploy(what="maintenance", title="Move", environment="", planned=True, state="unknown", started_at=at(-30), until_at=at(30)),
            "Maintenance Move was planned for 09:30–10:30 UTC. The onset lies in that window. Whether it still is, its calendar no longer says.",
        ),
    ],
)  # fmt: skip
def test_a_change_is_told_with_its_distance(change: Change, text: str) -> None:
    assert said(change) == [text]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (deploy(finished_at=at(-6 * 60)), True),
        (deploy(finished_at=at(-6 * 60 - 1)), False),
        (deploy(what="dns", finished_at=at(-24 * 60)), True),
        (deploy(what="maintenance", finished_at=at(-24 * 60)), True),
        (deploy(what="maintenance", finished_at=at(-24 * 60 - 1)), False),
        (deploy(finished_at=at(64)), True),
        (deploy(finished_at=at(65)), False),
        (deploy(what="maintenance", planned=True, state="planned", started_at=at(70), until_at=at(90)), False),
        (deploy(what="maintenance", planned=True, state="planned", started_at=at(-30 * 60), until_at=at(-25 * 60)), False),
    ],
)  # fmt: skip
def test_only_what_lies_near_is_told(change: Change, shown: bool) -> None:
    assert bool(told(change)) == shown


def test_one_change_is_told_once_however_often_its_source_speaks() -> None:
    words = [
        deploy(state="planned"),
        deploy(state="started", started_at=at(-5)),
        deploy(finished_at=at(-3)),
    ]
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1, 2, 1]):
        (change,) = told(*(words[number] for number in order))
        assert (change.state, change.started_at, change.finished_at) == ("finished", at(-5), at(-3))


def test_what_begins_anew_takes_the_place_of_what_had_ended() -> None:
    (change,) = told(
        deploy(finished_at=at(-30)),
        deploy(state="started", started_at=at(-3)),
    )
    assert (change.state, change.started_at, change.finished_at) == ("started", at(-3), None)


def test_a_return_to_an_earlier_revision_is_recognised() -> None:
    changes = [
        deploy("40", revision="a", finished_at=at(-300)),
        deploy("41", revision="b", finished_at=at(-3)),
        deploy("42", revision="a", finished_at=at(50)),
        deploy("43", revision="a", finished_at=at(55)),
        deploy("44", revision="b", environment="eu", finished_at=at(56)),
    ]
    assert [change.returns for change in told(*changes)] == [False, False, True, False, False]
    assert "goes back to a revision that had been in use before" in said(*changes)[2]


def test_a_plan_may_be_moved_to_and_fro() -> None:
    plan = deploy(
        what="maintenance", planned=True, state="planned", started_at=at(-30), until_at=at(30)
    )
    earlier = msgspec.structs.replace(plan, started_at=at(-50), until_at=at(-20))
    off = msgspec.structs.replace(plan, state="cancelled")
    assert [change.started_at for change in told(plan, earlier)] == [at(-50)]
    assert [change.state for change in told(plan, off)] == ["cancelled"]
    assert [change.state for change in told(plan, off, plan)] == ["planned"]


def test_a_diary_has_its_bounds_and_plans_push_out_no_deeds() -> None:
    state = fold.start(CATALOG, DESIGN)
    started(state, *(deploy(str(number), finished_at=at(-3)) for number in range(300)))
    started(state, *(deploy(f"p{number}", planned=True, state="planned") for number in range(300)))
    diary = state.diaries["alpha"]
    assert (len(diary.done), len(diary.planned), diary.told) == (200, 100, 600)
    assert "github 299" in diary.done
    assert len(changes_view.near(state, "alpha", ONSET, RECOVERY, NOW)) == changes_view.SHOWN_MAX


def test_unknown_services_have_no_diary_and_a_checkpoint_holds_the_others() -> None:
    state = started(fold.start(CATALOG, DESIGN), deploy(finished_at=at(-3)))
    fold_changes.take(state, msgspec.structs.replace(deploy(), service="nope"))
    assert list(state.diaries) == ["alpha"]
    again = checkpoint.decode(checkpoint.encode(state, CATALOG, DESIGN), CATALOG, DESIGN)
    assert again.diaries == state.diaries


def test_a_strip_says_what_was_changed_last_before_the_onset_or_that_nothing_was() -> None:
    state = started(
        fold.start(CATALOG, DESIGN),
        deploy("40", finished_at=at(-60)),
        deploy("41", state="failed", finished_at=at(-3)),
        deploy(
            "p",
            what="maintenance",
            planned=True,
            state="planned",
            started_at=at(-30),
            until_at=at(30),
        ),
        deploy(
            "q",
            what="maintenance",
            planned=True,
            state="unknown",
            started_at=at(-30),
            until_at=at(30),
        ),
    )
    strip = changes_view.strip(state, "alpha", ONSET, RECOVERY[1], NOW)
    assert strip is not None
    assert (
        strip.said.replace("\xa0", " ")
        == "Deployment v41 (production) failed 3 to 4 min before the onset."
    )
    assert [(span.from_at, span.until_at, span.state) for span in strip.spans] == [
        (at(-30), at(30), "planned"),
        (at(-30), at(30), "unseen"),
    ]
    assert [spot.state for spot in strip.spots] == ["neutral", "bad"]
    later = (ONSET[0] + 24 * HOUR_MS, ONSET[1] + 24 * HOUR_MS)
    calm = changes_view.strip(state, "alpha", later, None, later[1])
    assert calm is not None
    assert calm.said.replace("\xa0", " ") == "No change was told of in the 6 h before the onset."
    assert changes_view.strip(state, "beta", ONSET, None, NOW) is None


# ---------------------------------------------------------------- statements


def claim(native: str = "a", said_at: int | None = None, **more: object) -> Claim:
    given: dict[str, object] = {"by": "The owner", "said": "We know.", "where": "a post"}
    return Claim(at(20), "alpha", native=native, said_at=said_at, **{**given, **more})  # type: ignore[arg-type]


def claimed(*claims: Claim) -> fold.State:
    state = fold.start(CATALOG, DESIGN)
    for each in claims:
        fold_claims.take(state, each)
    return state


def test_a_correction_keeps_its_letter_and_a_withdrawal_its_words() -> None:
    state = claimed(
        claim("a"), claim("b", said="All is well."), claim("a", said="We are on it."),
        claim("b", by="(withdrawn)", said="(withdrawn)", withdrawn=True),
        claim("never", withdrawn=True), claim("", said="One."), claim("", said="Two."),
    )  # fmt: skip
    assert [line.text for line in claims_view.lines(state.claims["alpha"])] == [
        "The owner (a post): We are on it.",
        "The owner (a post): All is well. [withdrawn since]",
        "The owner (a post): One.",
        "The owner (a post): Two.",
    ]
    assert state.claims_told["alpha"] == 7


def test_a_strip_of_statements_says_how_long_after_the_onset_the_first_was() -> None:
    state = claimed(
        claim("a", at(34)), claim("b", at(50)), claim("c", at(-10)), claim("d", at(3_000))
    )
    strip = claims_view.strip(state, "alpha", ONSET, RECOVERY[1], NOW)
    assert strip is not None
    assert (
        strip.said.replace("\xa0", " ")
        == "2 public statements are on record, the first 33 to 34 min after the onset."
    )
    assert [spot.at for spot in strip.spots] == [at(34), at(50)]
    assert claims_view.strip(state, "beta", ONSET, None, NOW) is None
