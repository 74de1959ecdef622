"""Laws of counting: nothing is lost, and nobody counts twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from uproar.detect import counting
from uproar.model.signal import Report

arrivals = st.lists(
    st.tuples(
        st.integers(0, 200),
        st.sampled_from(["", "a", "b", "c", "d"]),
        st.sampled_from(["", "AS1", "AS2", "p:1"]),
        st.booleans(),
    ),
    max_size=300,
).map(sorted)


@given(arrivals=arrivals)
def test_every_report_is_counted_voted_or_set_aside(
    arrivals: list[tuple[int, str, str, bool]],
) -> None:
    memory, tallies = counting.Memory(), counting.Tallies()
    design = counting.Design(network_free=3)
    for tick, reporter, network, works in arrivals:
        report = Report(at=0, service="x", reporter=reporter, network=network, works=works)
        counting.count(memory, report, tick, 0, tallies, design)
    total = tallies.counted + tallies.works + sum(tallies.set_aside.values())
    assert total == len(arrivals)
    assert sum(tallies.places.values()) == sum(tallies.symptoms.values()) == tallies.counted
    named = {r for _, r, _, works in arrivals if r and not works}
    unnamed = sum(1 for _, r, _, works in arrivals if not r and not works)
    assert tallies.counted <= len(named) + unnamed
