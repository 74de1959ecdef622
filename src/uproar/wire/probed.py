"""Between an observatory and its probes: work and results as JSON, read strictly.

What a probe sends is as little trusted as what anybody sends: every field has a bound, words must be
words that we know, and a result that holds more than it may is refused by itself, not with its batch.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, get_args

import msgspec
from msgspec import Meta

from uproar.errors import ProbeRejected, UrlInvalid
from uproar.model.fault import LAYERS, Side
from uproar.model.measurement import EXPECT_MAX, Finding, Measurement
from uproar.model.probe import (
    CONTROLS_MAX,
    NOTES_MAX,
    ORDERS_MAX,
    Batch,
    Order,
    Result,
    Taken,
    Work,
)
from uproar.model.signs import printable
from uproar.wire import weburl
from uproar.wire.signalbounds import AT_MAX

RESULTS_MAX = 500  # of one batch
LOST_MAX = 10**9
TOOK_MS_MAX = 600_000
WAIT_S_MAX = 86_400
COMPLAINT_MAX = 200  # Characters of a complaint that repeats what the sender wrote.
TASK_CHARS = 12
BATCH_BYTES_MAX = 1_048_576  # unpacked
WORK_BYTES_MAX = 1_048_576

_SLUG = re.compile(r"[a-z0-9_-]{0,80}")
_FINGERPRINT = re.compile(r"[a-z0-9._-]{0,80}")
_TASK = re.compile(rf"[0-9a-f]{{{TASK_CHARS}}}")
_SHOWN = re.compile(r"[ -~]{0,80}")
_SIDES = frozenset(get_args(Side))
_TEXT = Annotated[str, Meta(max_length=80)]
_BOUNDS: dict[str, Any] = {
    "task": Annotated[str, Meta(max_length=TASK_CHARS)],
    "measured_at": Annotated[int, Meta(ge=0, le=AT_MAX)],
    "layer": _TEXT,
    "side": _TEXT,
    "failure": _TEXT,
    "answered": _TEXT,
    "fingerprint": _TEXT,
    "status": Annotated[int, Meta(ge=0, le=999)],
    "notes": Annotated[tuple[Annotated[str, Meta(max_length=40)], ...], Meta(max_length=NOTES_MAX)],
    "took_ms": Annotated[int, Meta(ge=0, le=TOOK_MS_MAX)],
    "wait_s": Annotated[int, Meta(ge=0, le=WAIT_S_MAX)],
    "control": Annotated[str, Meta(max_length=weburl.URL_MAX)],
}
_RESULT = msgspec.defstruct(
    "ResultLine",
    [
        (field.name, _BOUNDS.get(field.name, field.type))
        if field.required
        else (field.name, _BOUNDS.get(field.name, field.type), field.default)
        for field in msgspec.structs.fields(Result)
    ],
    forbid_unknown_fields=True,
    frozen=True,
)


class _Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    now: Annotated[int, Meta(ge=0, le=AT_MAX)]
    results: Annotated[tuple[msgspec.Raw, ...], Meta(max_length=RESULTS_MAX)]
    lost: Annotated[int, Meta(ge=0, le=LOST_MAX)] = 0


_ENCODER = msgspec.json.Encoder()
_BATCHES = msgspec.json.Decoder(_Batch)
_RESULTS: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_RESULT)
_WORK = msgspec.json.Decoder(Work)
_TAKEN = msgspec.json.Decoder(Taken)


def task_id(service: str, url: str, expect: str) -> str:
    """Return the short name of a check of a service: the same in every process."""
    text = f"{service}\0{url}\0{expect}".encode()
    return hashlib.blake2b(text, digest_size=TASK_CHARS // 2).hexdigest()


def encode_batch(batch: Batch) -> bytes:
    """Return a batch as JSON."""
    return _ENCODER.encode(batch)


def decode_batch(body: bytes) -> tuple[Batch, list[tuple[bytes, str]]]:
    """Return the batch of a body and, apart, results that are none, each with what is wrong.

    Raises ProbeRejected where the body as a whole cannot be read.
    """
    if len(body) > BATCH_BYTES_MAX:
        raise ProbeRejected(f"a batch has at most {BATCH_BYTES_MAX} bytes; send fewer results")
    try:
        raw = _BATCHES.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise ProbeRejected(f"this is no batch of results: {_plain(problem)}") from None
    results: list[Result] = []
    refused: list[tuple[bytes, str]] = []
    for each in raw.results:
        try:
            results.append(decode_result(bytes(each)))
        except ProbeRejected as problem:
            refused.append((bytes(each), str(problem)))
    return Batch(raw.now, tuple(results), raw.lost), refused


def decode_result(line: bytes) -> Result:
    """Return one result, every field within its bounds; raises ProbeRejected."""
    try:
        raw = _RESULTS.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise ProbeRejected(_plain(problem)) from None
    result = Result(*(getattr(raw, name) for name in Result.__struct_fields__))
    for holds, what in (
        (bool(result.control) != bool(result.task), "it names both a task and a control, or none"),
        (not result.task or _TASK.fullmatch(result.task), "`task` is none of ours"),
        (not result.layer or result.layer in LAYERS, "`layer` is no word of ours"),
        (not result.side or result.side in _SIDES, "`side` is no word of ours"),
        (_SLUG.fullmatch(result.failure), "`failure` is none of OONI's strings"),
        (_FINGERPRINT.fullmatch(result.fingerprint), "`fingerprint` is no id"),
        (_SHOWN.fullmatch(result.answered), "`answered` holds characters that have no place"),
        (all(note and _SLUG.fullmatch(note) for note in result.notes), "`notes` are no slugs"),
        (result.state != "works" or not result.failure, "it works and has a failure"),
    ):
        if not holds:
            raise ProbeRejected(what)
    return result


def encode_work(work: Work) -> bytes:
    """Return work as JSON."""
    return _ENCODER.encode(work)


def decode_work(body: bytes) -> Work:
    """Return the work that an observatory hands out, within bounds; raises ProbeRejected.

    An address that cannot be read stays in its order: whoever measures refuses it by itself.
    """
    try:
        work = _WORK.decode(body[: WORK_BYTES_MAX + 1])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise ProbeRejected(f"this is no work: {_plain(problem)}") from None
    if len(work.orders) > ORDERS_MAX or len(work.controls) > CONTROLS_MAX:
        raise ProbeRejected(f"more than {ORDERS_MAX} orders, or {CONTROLS_MAX} controls, at once")
    for order in work.orders:
        if not _TASK.fullmatch(order.task) or len(order.expect) > EXPECT_MAX:
            raise ProbeRejected("an order names no task, or expects too long a text")
    return work


def is_on_the_web(url: str) -> bool:
    """Tell whether an address says http or https by itself, and can be read."""
    if not url.startswith(("https://", "http://")):
        return False
    try:
        weburl.check(url)
    except UrlInvalid:
        return False
    return True


def encode_taken(taken: Taken) -> bytes:
    """Return what became of a batch as JSON."""
    return _ENCODER.encode(taken)


def decode_taken(body: bytes) -> Taken:
    """Return what became of a batch; raises ProbeRejected."""
    try:
        return _TAKEN.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise ProbeRejected(f"this is no receipt: {_plain(problem)}") from None


def result_of(order: Order, measurement: Measurement, finding: Finding) -> Result:
    """Return a measurement and its finding in short."""
    return _short(finding, measurement, order.task, "", again=order.again)


def control_of(url: str, measurement: Measurement, finding: Finding) -> Result:
    """Return the measurement of a control in short."""
    return _short(finding, measurement, "", url, again=False)


def refused_of(order: Order, at: int, why: str) -> Result:
    """Return that an order was not carried out: `why` is a slug, told as a note."""
    return Result(order.task, at, "unknown", notes=(why,), again=order.again)


def _short(
    finding: Finding, measurement: Measurement, task: str, control: str, *, again: bool
) -> Result:
    last = measurement.hops[-1]
    page = last.exchange()
    works = finding.state == "works"
    return Result(
        task=task,
        measured_at=measurement.at,
        state=finding.state,
        step=finding.step,
        layer=finding.layer,
        side=finding.side,
        failure=finding.failure.failure[:80] if finding.failure and not works else "",
        status=finding.status,
        answered="".join(sign for sign in finding.answered if " " <= sign <= "~")[:80],
        fingerprint=finding.match.id if finding.match else "",
        family=measurement.hops[0].family,
        notes=finding.notes[:NOTES_MAX],
        took_ms=min(round(measurement.took_ms), TOOK_MS_MAX),
        again=again,
        wait_s=page.wait_s if page else 0,
        control=control,
    )


def _plain(problem: Exception) -> str:
    """Return a complaint in one short line; it repeats names that the sender chose."""
    return printable(str(problem), COMPLAINT_MAX)
