"""What is made on demand is compressed for whoever takes it, and is the same for who does not."""

from __future__ import annotations

import gzip

import brotli
import pytest

from uproar.outlets import web

BODY = b"<p>found</p>" * 200


@pytest.mark.parametrize(
    ("accepted", "encoding", "unpack"),
    [(b"br, gzip", b"br", brotli.decompress), (b"gzip", b"gzip", gzip.decompress)],
)
def test_the_body_is_packed_as_the_client_likes_it(accepted, encoding, unpack) -> None:
    answer = web._packed(web.Answer(200, BODY, "text/html"), accepted)
    assert (b"content-encoding", encoding) in answer.headers
    assert len(answer.body) < len(BODY)
    assert unpack(answer.body) == BODY


def test_a_client_that_takes_nothing_gets_it_plain_and_caches_are_told() -> None:
    answer = web._packed(web.Answer(200, BODY, "text/html"), b"identity")
    assert answer.body == BODY
    assert (b"vary", b"accept-encoding") in answer.headers


def test_small_answers_are_left_alone() -> None:
    answer = web.Answer(200, b"alive\n", "text/plain")
    assert web._packed(answer, b"br") is answer
