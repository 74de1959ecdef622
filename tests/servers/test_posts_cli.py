"""`uproar posts` and `uproar check`: what would be kept, and which streams are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from servers.served import run
from uproar.app import settings
from uproar.errors import SettingsInvalid

LINES = (
    '{"id":"1","text":"twitter is down for me","languages":["en"],"at":"2026-08-14T10:00:00Z","author":"a"}\n'
    '{"id":"2","text":"#TwitterDown","at":"2026-08-14T10:00:01Z","author":"b"}\n'
    '{"id":"3","text":"a nice garden","at":"2026-08-14T10:00:12Z"}\n'
    '{"id":"3","text":"a nice garden","at":"2026-08-14T10:00:12Z"}\n'
    "nonsense\n"
)


def test_posts_of_a_file_are_counted_as_they_would_be_kept(tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl"
    file.write_text(LINES)
    done = run("posts", str(file))
    assert done.returncode == 0
    assert done.stdout.decode().splitlines()[1].split() == [
        "x", "2.0", "0.0", "0.0", "0.0", "#twitterdown", "1",
    ]  # fmt: skip
    assert done.stdout.decode().splitlines()[-1] == "3 posts read"
    assert done.stderr.decode().splitlines() == ["set aside: 1 no-json", "set aside: 1 repeat"]


def test_with_json_the_signals_are_those_of_a_journal() -> None:
    done = run("posts", "-", "--json", input=LINES.encode())
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["service"], each.get("of", 0)) for each in found] == [("x", 0), ("", 2), ("", 1)]
    assert b"garden" not in done.stdout


def test_a_file_that_is_not_there_is_told_in_one_line() -> None:
    done = run("posts", "nowhere.jsonl")
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "uproar posts: nowhere.jsonl: No such file or directory"
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('jetstream = ["https://example.org"]', "posts.jetstream must be addresses like wss://"),
        ('mastodon = ["https://m.example/timeline"]', "posts.mastodon must be addresses like"),
        ('jetstream = ["wss://example.org/subscribe"]', "posts.contact must say how you can be"),
        ('private_hosts = ["a/b"]', "posts.private_hosts must be hosts without scheme"),
        ("jetstreams = []", "there is no setting posts.jetstreams; did you mean jetstream?"),
    ],
)
def test_a_mistake_in_the_settings_is_told_with_its_line(line: str, told: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        settings.parse(f"[posts]\n{line}\n".encode(), "uproar.toml", Path("/"))
    assert told in str(refused.value)
    assert str(refused.value).startswith("uproar.toml:")


def test_check_names_the_streams_and_what_is_wrong_with_a_token(tmp_path: Path) -> None:
    config = tmp_path / "uproar.toml"
    config.write_text(
        '[posts]\nmastodon = ["https://m.example/api/v1/streaming/public"]\n'
        'contact = "noc@example.org"\nwebhook_token_file = "token"\n'
    )
    missing = run("check", "--config", str(config))
    assert missing.returncode == 2
    assert b"cannot be read (No such file or directory)" in missing.stderr
    (tmp_path / "token").write_text("too-short-a-one")
    short = run("check", "--config", str(config))
    assert short.returncode == 2
    assert b"too-short-a-one" not in short.stderr
    (tmp_path / "token").write_text("a-token-of-some-length\n")
    done = run("check", "--config", str(config))
    assert b"posts     mastodon m.example (without a token), webhook" in done.stdout
