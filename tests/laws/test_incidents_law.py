"""Laws of incidents: totals add up, turns are rare and in order, a stop changes nothing."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.detect import incidents
from uproar.detect.incidents import IncidentDesign, Sight

FIRST = 174_156_480
DESIGN = IncidentDesign()

# A stretch of minutes: reports a tick, whether in alarm, votes a tick, whether blind.
stretches = st.lists(
    st.tuples(
        st.integers(1, 80),
        st.integers(0, 30),
        st.booleans(),
        st.integers(0, 2),
        st.sampled_from([False, False, False, True]),
    ),
    max_size=6,
)


def sights(parts):
    tick = FIRST
    begun = None
    for minutes, count, active, works, masked in parts:
        for _ in range(6 * minutes):
            if active and begun is None:
                begun = (tick * 10_000 - 120_000, tick * 10_000)
            seen = 0 if masked else count
            yield Sight(
                "x",
                tick,
                observed=seen,
                expected=0.2,
                active=active,
                onset=begun if active else None,
                places={"US": seen} if seen else {},
                symptoms={"blank": seen} if seen else {},
                works=0 if masked else works,
                masked=masked,
            )
            tick += 1
        if not active:
            begun = None


def run(parts, cut=None):
    tracker = None
    said = []
    for number, sight in enumerate(sights(parts)):
        if number == cut and tracker is not None:
            kept = msgspec.msgpack.encode(tracker)
            tracker = msgspec.msgpack.decode(kept, type=incidents.Tracker)
        tracker, turned = incidents.advance(tracker, sight, DESIGN)
        said += turned
    return tracker, said


@settings(max_examples=40, deadline=None)
@given(parts=stretches)
def test_what_is_said_is_consistent(parts):
    _, said = run(parts)
    opened = False
    for incident in said:
        assert (incident.turn == "opened") <= (not opened)
        opened = incident.phase != "over"
        assert incident.onset[0] <= incident.onset[1] <= incident.at
        assert sum(incident.places.values()) == sum(incident.symptoms.values()) == incident.reports
        assert incident.reports >= DESIGN.reports_min
        if incident.recovery is not None:
            assert incident.recovery[0] <= incident.recovery[1] <= incident.at
        assert (incident.phase == "over") == (incident.turn == "over")
        numbers = [wave.number for wave in incident.waves]
        assert numbers == list(range(1, len(numbers) + 1))
        for wave in incident.waves:
            assert wave.peak_count <= wave.peak_total
            assert wave.until_at is None or wave.from_at <= wave.until_at
        assert all(wave.until_at is not None for wave in incident.waves[:-1])


@settings(max_examples=25, deadline=None)
@given(parts=stretches, cut=st.integers(0, 2_000))
def test_a_stop_at_any_tick_changes_nothing(parts, cut):
    assert run(parts) == run(parts, cut)


@settings(max_examples=20, deadline=None)
@given(parts=stretches)
def test_a_turn_comes_at_most_once_a_minute_and_once_at_a_tick(parts):
    _, said = run(parts)
    ends = [incident.at for incident in said if incident.turn not in {"opened", "reopened"}]
    assert len(ends) == len(set(ends))
