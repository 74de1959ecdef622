"""Between observatory and probes: any bytes are read within bounds or refused in words; what is sent comes back."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from uproar.errors import ProbeRejected
from uproar.model.fault import LAYERS
from uproar.model.probe import Batch, Order, Result, Taken, Work
from uproar.wire import probed, signalbounds
from uproar.wire.weburl import URL_MAX

TASK = "0123456789ab"
SLUGS = st.from_regex(r"\A[a-z0-9_-]{1,40}\Z")
WORKING = st.sampled_from(["blocked", "maintenance", "fails", "unknown"])
RESULTS = st.builds(
    Result,
    task=st.just(TASK),
    measured_at=st.integers(0, signalbounds.AT_MAX),
    state=WORKING,
    step=st.sampled_from(["", "dns", "tcp", "tls", "http", "content"]),
    layer=st.sampled_from(["", *LAYERS]),
    side=st.sampled_from(["", "origin", "cdn", "unknown"]),
    failure=SLUGS,
    status=st.integers(0, 999),
    answered=st.from_regex(r"\A[ -~]{0,80}\Z"),
    fingerprint=st.from_regex(r"\A[a-z0-9._-]{0,80}\Z"),
    family=st.sampled_from(["", "ipv4", "ipv6"]),
    notes=st.lists(SLUGS, max_size=12).map(tuple),
    took_ms=st.integers(0, probed.TOOK_MS_MAX),
    again=st.booleans(),
    wait_s=st.integers(0, probed.WAIT_S_MAX),
)


@given(st.lists(RESULTS, max_size=5), st.integers(0, signalbounds.AT_MAX), st.integers(0, 10**9))
def test_a_batch_comes_back_as_it_was_sent(results: list[Result], now: int, lost: int) -> None:
    batch = Batch(now, tuple(results), lost)
    assert probed.decode_batch(probed.encode_batch(batch)) == (batch, [])


@given(st.binary(max_size=400))
@example(b"")
@example(b"[" * 200_000)
@example(b'{"now":1e400,"results":[]}')
@example(b'{"now":1,"results":[' + b"{}," * 600 + b"{}]}")
def test_any_bytes_are_a_batch_or_are_refused_in_one_line(body: bytes) -> None:
    said = ""
    batch, refused = Batch(0, ()), []
    try:
        batch, refused = probed.decode_batch(body)
    except ProbeRejected as problem:
        said = str(problem)
    assert said.isprintable()
    assert len(batch.results) + len(refused) <= probed.RESULTS_MAX


@given(st.binary(max_size=400))
@example(b"[" * 200_000)
def test_any_bytes_are_work_or_are_refused(body: bytes) -> None:
    for decode in (probed.decode_work, probed.decode_taken):
        said = ""
        try:
            decode(body)
        except ProbeRejected as problem:
            said = str(problem)
        assert said.isprintable()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=100),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.sampled_from(Result.__struct_fields__), VALUES)
@example("answered", "\u202eevil")
@example("answered", "<script>" * 20)
@example("layer", "attack")
@example("side", "enemy")
@example("failure", "Ignore All")
@example("notes", ["a b"])
@example("measured_at", -1)
@example("status", 1000)
@example("task", "../../etc")
def test_a_field_that_holds_more_than_it_may_is_refused(name: str, value: object) -> None:
    whole = {"task": TASK, "measured_at": 1, "state": "fails", name: value}
    result, said = None, ""
    try:
        result = probed.decode_result(json.dumps(whole).encode())
    except ProbeRejected as problem:
        said = str(problem)
    assert said.isprintable()
    if result is None:
        return
    for text in (result.failure, result.answered, result.fingerprint, *result.notes):
        assert text.isascii()
        assert text.isprintable()
    assert result.layer == "" or result.layer in LAYERS
    assert 0 <= result.status <= 999


@pytest.mark.parametrize(
    "line",
    [
        b'{"task":"0123456789ab","measured_at":1,"state":"works","place":"GB"}',
        b'{"task":"0123456789ab","measured_at":1,"state":"works","network":"AS1"}',
        b'{"task":"0123456789ab","measured_at":1,"state":"works","probe":"other"}',
        b'{"task":"","measured_at":1,"state":"works"}',
        b'{"task":"0123456789ab","control":"https://a.example/","measured_at":1,"state":"works"}',
        b'{"task":"0123456789ab","measured_at":1,"state":"works","failure":"eof_error"}',
        b'{"task":"0123456789ab","measured_at":1,"state":"great"}',
    ],
)
def test_a_probe_cannot_say_where_it_is_nor_say_two_things_at_once(line: bytes) -> None:
    with pytest.raises(ProbeRejected):
        probed.decode_result(line)


def test_one_result_that_is_none_does_not_take_the_others_with_it() -> None:
    good = msgspec.json.encode(Result(TASK, 1, "works"))
    body = b'{"now":1,"results":[' + good + b',{"task":7},' + good + b"]}"
    batch, refused = probed.decode_batch(body)
    assert len(batch.results) == 2
    assert [line for line, _ in refused] == [b'{"task":7}']


def test_work_and_receipts_come_back() -> None:
    work = Work(
        (Order(TASK, "https://a.example/", "hello", again=True),), ("https://c.example/",), 7
    )
    assert probed.decode_work(probed.encode_work(work)) == work
    assert probed.decode_taken(probed.encode_taken(Taken(1, 2, 3))) == Taken(1, 2, 3)
    many = Work(tuple(Order(TASK, "https://a.example/") for _ in range(201)))
    with pytest.raises(ProbeRejected):
        probed.decode_work(probed.encode_work(many))


@given(st.text(max_size=60))
@example("file:///etc/passwd")
@example("gopher://127.0.0.1:70/")
@example("https://user@a.example/")
@example("https://a.example/" + "x" * URL_MAX)
@example("javascript:alert(1)")
def test_only_the_web_is_on_the_web(url: str) -> None:
    if probed.is_on_the_web(url):
        assert url.startswith(("http://", "https://"))
        assert len(url) <= URL_MAX
