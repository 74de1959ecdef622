"""Whatever arrives as a report either is one, or is refused with a status, a slug and a sentence."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from uproar.errors import ReportRejected
from uproar.model.place import CODES
from uproar.wire import reportform
from uproar.wire.reportform import BODY_BYTES_MAX, ReportIn, parse

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
BOUNDARY = "----0123456789"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"

PLAIN = st.characters(codec="utf-8", exclude_characters="\x00")
REPORTS = st.builds(
    ReportIn,
    service=st.text(PLAIN, min_size=1, max_size=30).filter(str.strip),
    symptom=st.sampled_from(["other", "login", "http-5xx"]),
    place=st.sampled_from(["", *sorted(CODES)]),
    works=st.booleans(),
    words=st.text(PLAIN, max_size=100),
    id=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=64),
)


def fields_of(report: ReportIn) -> dict[str, object]:
    return {name: getattr(report, name) for name in reportform.FIELDS}


def outcome_of(body: bytes, kind: str, service: str) -> ReportIn | ReportRejected:
    try:
        return parse(body, kind, service)
    except ReportRejected as refused:
        return refused


def form_of(report: ReportIn) -> dict[str, str]:
    return {name: str(value) for name, value in fields_of(report).items()}


@given(REPORTS, st.booleans())
def test_a_report_survives_json(report: ReportIn, ascii_only: bool) -> None:
    body = json.dumps(fields_of(report), ensure_ascii=ascii_only).encode()
    assert parse(body, JSON) == report
    assert parse(body, "Application/JSON; charset=UTF-8", report.service) == report


@given(REPORTS)
def test_a_report_survives_a_form(report: ReportIn) -> None:
    assert parse(urlencode(form_of(report)).encode(), FORM) == report


@given(REPORTS)
def test_a_report_survives_a_multipart_form(report: ReportIn) -> None:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form_of(report).items()
    ]
    body = ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()
    assert parse(body, MULTIPART) == report


@given(
    st.one_of(
        st.binary(max_size=300),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(st.sampled_from([*reportform.FIELDS, "x"]), inner, max_size=5)
            ),
        ).map(lambda value: json.dumps(value).encode()),
        st.text(alphabet='&=%+;aeEfF0\x00serviceword-\r\n":', max_size=80).map(str.encode),
    ),
    st.sampled_from(
        [JSON, FORM, MULTIPART, "", "text/plain", "multipart/form-data", "\x00", JSON + ";"]
    ),
    st.sampled_from(["", "x"]),
)
@example(b"[" * 4096, JSON, "")
@example(b'{"service":' * 372, JSON, "")
@example(b'{"service":' + b"9" * 4000 + b"}", JSON, "")
@example(b'{"service":' + b"9" * 4000 + b"}", JSON, "x")
def test_anything_else_is_refused_in_one_way(body: bytes, kind: str, service: str) -> None:
    outcome = outcome_of(body, kind, service)
    if isinstance(outcome, ReportIn):
        assert outcome.service.strip()
        assert "\x00" not in outcome.words
        return
    assert outcome.status in {400, 413, 415, 422}
    assert outcome.slug
    assert outcome.message.isprintable()
    assert 0 < len(outcome.message) < 500


@given(REPORTS, st.sampled_from(["service", "words"]))
def test_a_field_that_is_said_twice_is_refused_however_it_is_spelled(
    report: ReportIn, name: str
) -> None:
    members = [
        f"{json.dumps(key)}: {json.dumps(value)}" for key, value in fields_of(report).items()
    ]
    escaped = f'"\\u{ord(name[0]):04x}{name[1:]}"'
    for again in (f'"{name}"', escaped):
        body = ("{" + ", ".join([*members, f'{again} : "again"']) + "}").encode()
        with pytest.raises(ReportRejected) as refused:
            parse(body, JSON)
        assert (refused.value.status, refused.value.slug) == (400, "said-twice")


@pytest.mark.parametrize(
    ("body", "kind", "status", "slug", "field"),
    [
        (b"", JSON, 400, "json-invalid", ""),
        (b'{"service": "x', JSON, 400, "json-invalid", ""),
        (b'{"service": NaN}', JSON, 400, "json-invalid", ""),
        (b'{"service": -Infinity}', JSON, 400, "json-invalid", ""),
        (b"[1]", JSON, 400, "not-an-object", ""),
        (b"[" * 3000, JSON, 400, "json-too-deep", ""),
        (b'{"service": "\xff"}', JSON, 400, "not-utf-8", ""),
        (b'{"service": "x", "service": "y"}', JSON, 400, "said-twice", "service"),
        (b'{"service": 1}', JSON, 422, "wrong-type", "service"),
        (b'{"service": null}', JSON, 422, "wrong-type", "service"),
        (b'{"service": "x", "works": "yes"}', JSON, 422, "wrong-type", "works"),
        (b'{"service": "x", "works": 1}', JSON, 422, "wrong-type", "works"),
        (b'{"service": "x", "words": ["a"]}', JSON, 422, "wrong-type", "words"),
        (b'{"service": "x", "colour": 1}', JSON, 422, "unknown-field", "colour"),
        (b'{"service": "x", "a\\u202eb": 1}', JSON, 422, "unknown-field", "a\\u202eb"),
        (b"{}", JSON, 422, "service-missing", "service"),
        (b'{"service": "  "}', JSON, 422, "service-missing", "service"),
        (b'{"service": "' + b"x" * 101 + b'"}', JSON, 422, "too-long", "service"),
        (b'{"service": "x", "symptom": "' + b"x" * 41 + b'"}', JSON, 422, "too-long", "symptom"),
        (b'{"service": "\\u0000"}', JSON, 422, "bad-character", "service"),
        (b'{"service": "x", "words": "\\ud800"}', JSON, 422, "bad-character", "words"),
        (b'{"service": "x", "place": "UK"}', JSON, 422, "unknown-place", "place"),
        (b'{"service": "x", "place": "ZZ"}', JSON, 422, "unknown-place", "place"),
        (b'{"service": "x", "id": "a b"}', JSON, 422, "bad-id", "id"),
        (b'{"service": "x", "id": "' + b"x" * 65 + b'"}', JSON, 422, "bad-id", "id"),
        (b"x" * (BODY_BYTES_MAX + 1), JSON, 413, "body-too-large", ""),
        (json.dumps({f"f{n}": 1 for n in range(300)}).encode(), JSON, 400, "too-many-fields", ""),
        (b"&".join(b"f%d=" % n for n in range(400)), FORM, 400, "too-many-fields", ""),
        (b"service=x&service=x", FORM, 400, "said-twice", "service"),
        (b"service=%FF", FORM, 400, "not-utf-8", ""),
        (b"service=x%00", FORM, 422, "bad-character", "service"),
        (b"service=x&works=maybe", FORM, 422, "wrong-type", "works"),
        (b"service=x&colour=", FORM, 422, "unknown-field", "colour"),
        (b"service=x", "text/plain", 415, "content-type", ""),
        (b"service=x", "", 415, "content-type", ""),
        (b"service=x", FORM + "; charset=latin-1", 415, "charset", ""),
        (b'{"service": "x"}', JSON + "; charset=utf-16", 415, "charset", ""),
        (b"x", "multipart/form-data", 400, "multipart-invalid", ""),
        (b"x", MULTIPART, 400, "multipart-invalid", ""),
        (f"--{BOUNDARY}\r\n".encode(), MULTIPART, 400, "multipart-invalid", ""),
        (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="words"; filename="a"\r\n\r\nx\r\n'
            f"--{BOUNDARY}--\r\n".encode(),
            MULTIPART, 422, "file", "",
        ),
    ],
)  # fmt: skip
def test_every_mistake_has_its_status_slug_and_field(
    body: bytes, kind: str, status: int, slug: str, field: str
) -> None:
    with pytest.raises(ReportRejected) as refused:
        parse(body, kind)
    assert (refused.value.status, refused.value.slug, refused.value.field) == (status, slug, field)


def test_unknown_fields_are_listed_but_not_without_end() -> None:
    body = json.dumps({"service": "x", **{f"f{n}": 1 for n in range(9)}}).encode()
    with pytest.raises(ReportRejected, match="f0, f1, f2, f3, f4 and 4 more"):
        parse(body, JSON)


def test_what_a_form_leaves_empty_was_not_said() -> None:
    report = parse(b"service=x&symptom=&place=&works=&words=&id=", FORM)
    assert report == ReportIn("x")


def test_a_form_may_leave_out_the_service_that_its_address_names_but_not_name_another() -> None:
    assert parse(b"works=1", FORM, "x") == ReportIn("x", works=True)
    with pytest.raises(ReportRejected, match="two services"):
        parse(b"service=y", FORM, "x")


def test_a_place_may_be_in_small_letters() -> None:
    assert parse(b'{"service": "x", "place": "gb"}', JSON).place == "GB"
