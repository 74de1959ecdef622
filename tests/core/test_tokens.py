"""Secrets and tokens: what is taken from a file, what is refused, and that no message repeats one."""

from __future__ import annotations

from pathlib import Path

import pytest

from uproar.errors import SettingsInvalid
from uproar.inlets import tokens

GOOD = "s3cret-of-sixteen"


def test_a_token_is_the_only_word_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(f"  {GOOD}\n")
    assert tokens.word_in(tmp_path / "a") == GOOD
    assert tokens.token_in(tmp_path / "a").bearer() == f"Bearer {GOOD}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "16 to 500 printable signs"),
        (b"s3cret", "16 to 500 printable signs"),
        (b"s3cret in several words", "16 to 500 printable signs"),
        ("s3cret-of-sixteen-ü".encode(), "16 to 500 printable signs"),
        (b"s3cret" * 100, "16 to 500 printable signs"),
        (b"s3cret\x00-and-a-control", "16 to 500 printable signs"),
        (b"s3cret" * 1_000, "more than 4096 bytes"),
    ],
    ids=["empty", "short", "words", "signs", "long", "control", "large"],
)
def test_what_is_no_token_is_refused_and_not_repeated(
    tmp_path: Path, text: bytes, said: str
) -> None:
    (tmp_path / "a").write_bytes(text)
    with pytest.raises(SettingsInvalid, match=said) as refused:
        tokens.token_in(tmp_path / "a")
    assert "s3cret" not in str(refused.value)
    assert str(tmp_path / "a") in str(refused.value)


def test_a_file_that_cannot_be_read_is_said_with_whom_it_has_to_be_readable_for(
    tmp_path: Path,
) -> None:
    with pytest.raises(SettingsInvalid, match="readable for the user that runs uproar"):
        tokens.word_in(tmp_path / "none")
    with pytest.raises(SettingsInvalid, match=r"^the desk: "):
        tokens.secrets(str(tmp_path / "none"), "", {}, "the desk")


def test_a_variable_of_the_environment_is_bounded_as_a_file_is() -> None:
    assert tokens.secrets("", "HELD", {"HELD": GOOD}, "the desk") == (GOOD.encode(),)
    with pytest.raises(SettingsInvalid, match="HELD has more than 4096 bytes"):
        tokens.secrets("", "HELD", {"HELD": GOOD * 300}, "the desk")


def test_the_line_of_a_token_of_no_use_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(f"# ours\nM.example {GOOD}\nn.example s3cret\n")
    with pytest.raises(SettingsInvalid, match="a:3: a token is one line") as refused:
        tokens.tokens_by_host(tmp_path / "a")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("header", "bears"),
    [
        (f"Bearer {GOOD}", True),
        (f"bearer  {GOOD} ", True),
        (f"Basic {GOOD}", False),
        (GOOD, False),
        ("Bearer", False),
        ("", False),
        (f"Bearer {GOOD}x", False),
        (f"Bearer {GOOD[:-1]}", False),
        ("Bearer \udcff", False),
    ],
)
def test_a_header_bears_a_token_or_it_does_not(header: str, *, bears: bool) -> None:
    assert tokens.Token(GOOD).is_borne_by(header) is bears
