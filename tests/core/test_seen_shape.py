"""How it began, by counts of reports: sudden, gradual, in waves, or not to be told."""

from __future__ import annotations

import pytest

from uproar.diagnose import seen_shape


def curve(*pieces: tuple[int, float, float]) -> list[int]:
    """Return counts a minute: (minutes, from, to), each piece a straight line."""
    out: list[int] = []
    for minutes, begin, end in pieces:
        out += [round(begin + (end - begin) * at / max(minutes - 1, 1)) for at in range(minutes)]
    return out


QUIET = (60, 1.0, 1.0)
STEP = curve(QUIET, (3, 10.0, 100.0), (60, 100.0, 90.0))
RAMP = curve(QUIET, (120, 1.0, 100.0), (60, 100.0, 20.0))
TWO = curve(
    QUIET, (10, 1.0, 200.0), (20, 200.0, 3.0), (30, 2.0, 2.0), (10, 2.0, 150.0), (5, 150.0, 150.0)
)


@pytest.mark.parametrize(
    ("counts", "waves", "word"),
    [
        (STEP, (60,), "sudden"),
        (RAMP, (60,), "gradual"),
        (TWO, (60, 120), "waves"),
        (curve(QUIET, (28, 1.0, 100.0), (60, 100.0, 20.0)), (60,), "sudden"),
        (curve(QUIET, (55, 1.0, 100.0), (60, 100.0, 20.0)), (60,), None),
        (curve((90, 1.0, 1.0)), (60,), None),
        (curve(QUIET, (10, 2.0, 2.0)), (60,), None),
    ],
)
def test_a_curve_has_one_word_or_none(
    counts: list[int], waves: tuple[int, ...], word: str | None
) -> None:
    assert seen_shape.onset(counts, [1.0] * len(counts), waves) == word


def test_while_it_rises_nothing_is_said() -> None:
    """A ramp of two hours reaches half of what it has come to after five minutes, too."""
    said = {seen_shape.onset(RAMP[:until], [1.0] * until, (60,)) for until in range(60, 180)}
    assert "sudden" not in said


def test_waves_without_recovery_between_them_are_one() -> None:
    counts = curve(
        QUIET, (5, 1.0, 200.0), (20, 200.0, 120.0), (20, 120.0, 220.0), (30, 220.0, 50.0)
    )
    assert seen_shape.onset(counts, [1.0] * len(counts), (60, 85)) == "sudden"


def test_a_bump_beside_a_large_wave_is_no_wave() -> None:
    counts = curve(
        QUIET, (5, 1.0, 400.0), (20, 400.0, 1.0), (30, 1.0, 1.0), (5, 1.0, 9.0), (9, 9.0, 1.0)
    )
    assert seen_shape.onset(counts, [1.0] * len(counts), (60, 115)) == "sudden"


def test_minutes_that_nobody_saw_are_no_recovery() -> None:
    counts = curve(QUIET, (5, 1.0, 200.0), (20, 200.0, 180.0))
    counts += [-1] * 30 + curve((20, 180.0, 180.0))
    assert seen_shape.onset(counts, [1.0] * len(counts), (60, 115)) == "sudden"


def test_nothing_says_nothing() -> None:
    assert seen_shape.onset([], [], ()) is None
    assert seen_shape.onset([-1] * 90, [1.0] * 90, (60,)) is None
