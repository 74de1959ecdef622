"""Laws of tracing logs: no log raises, and the order of lines does not matter."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from core import log_writer as w
from core.test_trace_logs import ABOUT, traced
from uproar.present.tracinglogs import encode, report
from uproar.trace.logged import trace_log
from uproar.trace.requests import Log
from uproar.wire.accesslog import reading

ROWS = w.flood(5, sources=40, per_s=20)
REQUESTS = st.builds(
    lambda at, ip, target, method, status, octets, agent: w.line(
        w.BEGIN_S + at, ip, target, method=method, status=status, octets=octets, agent=agent
    )[1].encode(),
    st.one_of(st.integers(0, 90_000), st.integers(0, 5_000_000_000)),
    st.sampled_from(["192.0.2.1", "198.51.100.9", "2001:db8::1", "-", "host.example"]),
    st.sampled_from(["/", "/login", "/a.css", "/s?q=1", "/s?q=2", "*"]),
    st.sampled_from(["GET", "POST", "BREW"]),
    st.sampled_from([200, 301, 404, 408, 429, 499, 503]),
    st.integers(0, 10**12),
    st.sampled_from(["-", "a", "b"]),
)


@settings(max_examples=2, deadline=None)
@given(st.integers(0, 1_000))
def test_the_order_of_lines_does_not_matter(seed: int) -> None:
    lines = w.lines(ROWS)
    other = list(lines)
    random.Random(seed).shuffle(other)
    assert traced(other) == traced(lines)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(REQUESTS, st.binary(max_size=60)), max_size=60), st.integers(1, 40))
def test_no_line_raises_and_probabilities_sum_to_one(lines: list[bytes], times: int) -> None:
    log = Log(rows_max=500)
    log.add(reading.read(lines * times, reading.FORMATS["combined"]))
    found = trace_log(log, None, ABOUT)
    assert report(found, "combined", log.requests)
    assert len(log.rows()) <= 500
    if found is not None:
        assert 0.95 <= sum(found.probability.values()) <= 1.06
        assert encode(found, "log", "log").startswith(b'{"kind":"attack"')
