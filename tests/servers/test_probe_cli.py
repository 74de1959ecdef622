"""`uproar probe` as people use it: words for a person, one line for a program, exit codes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.answer_samples import CLOUDFLARE, cloudflare_page
from servers.peers import HERE, Authority, answering, free_port, http, listening
from servers.peers import run as running
from servers.served import run
from uproar.cli import main

PAGE_520 = cloudflare_page(520, "Web server is returning an unknown error").encode()


def probe(raw: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command against a server that answers so."""

    async def served() -> subprocess.CompletedProcess[bytes]:
        async with listening(answering(raw)) as port:
            url = f"http://{HERE}:{port}/"
            return await asyncio.to_thread(run, "probe", url, "--allow-private", *options)

    return running(served())


def test_a_person_reads_the_answer_first() -> None:
    done = probe(http(520, PAGE_520, **dict(CLOUDFLARE)), "--fail")
    first, *rest = done.stdout.decode().splitlines()
    assert done.returncode == 1
    assert first == "✗ The edge of Cloudflare answers; the server behind it does not (520)."
    assert any(line.startswith("  HTTP     ✗") for line in rest)
    assert done.stderr == b""


def test_a_program_reads_one_line() -> None:
    done = probe(http(520, PAGE_520, **dict(CLOUDFLARE)), "--json")
    (line,) = done.stdout.splitlines()
    told = json.loads(line)
    assert done.returncode == 0
    assert (told["kind"], told["state"], told["side"]) == ("measurement", "fails", "origin")
    assert told["fingerprint"]["id"] == "cloudflare.520"
    assert told["hops"][0]["phases_ms"].keys() == {
        "resolve", "connect", "tls", "processing", "transfer",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (http(200, b"hello"), 0),
        (http(500), 1),
        (http(403, b"", cf_mitigated="challenge"), 0),
        (http(503, b"herokucdn.com/error-pages/maintenance-mode.html"), 1),
        (b"", 1),
    ],
)
def test_the_exit_code_says_whether_something_is_wrong(raw: bytes, code: int) -> None:
    assert probe(raw, "--fail").returncode == code


def test_without_fail_the_answer_is_a_success() -> None:
    assert probe(http(500)).returncode == 0


def test_a_missing_text_is_wrong() -> None:
    assert probe(http(200, b"hello"), "--fail", "--expect", "hello").returncode == 0
    assert probe(http(200, b"hello"), "--fail", "--expect", "welcome").returncode == 1


def test_escapes_of_a_server_do_not_reach_the_terminal() -> None:
    body = "<title>\x1b[2J\x1b]0;owned\x07 \u202e</title>".encode()
    raw = http(200, body, Server="nginx\t\u202e\u0085".encode().decode("latin-1"))
    for options in ((), ("--json",)):
        done = probe(raw.replace(b"\xc2\x80", b""), *options)
        text = done.stdout.decode()
        assert done.returncode == 0
        assert not set(text) & set("\x1b\x07\u202e\u0085\t")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ftp://a.example/",), "only http and https"),
        (("http://10.0.0.1/",), "not a public address"),
        (("http://127.0.0.1:8080/",), "not a public address"),
        (("localhost",), "not a public address"),
        (("http://[::ffff:10.0.0.1]/",), "not a public address"),
        (("http://169.254.169.254/", "--allow-private"), "secrets"),
        (("http://example.org:22/",), "port 22"),
        (("http://user:secret@example.org/",), "before @"),
        (("http://0x7f.1/",), "number"),
        (("http://a.example/\x1b[2J",), "control"),
        (("nosuchservice",), "no service of the catalog"),
        (("http://a.example/", "--resolver", "here"), "no address"),
        (("http://a.example/", "--resolver", "192.0.2.1:0"), "no such port"),
        (("http://a.example/", "--timeout", "0"), "--timeout"),
        (("http://a.example/", "--expect", "x" * 501), "longer"),
        (("http://a.example/", "--authority", "nowhere.pem"), "nowhere.pem"),
        ((), "URL"),
    ],
)
def test_bad_input_is_one_clear_line(
    arguments: tuple[str, ...],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    # Here and not in a process of its own, which is as real and far quicker.
    monkeypatch.setattr(sys, "argv", ["uproar", "probe", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capfd.readouterr()
    (line,) = told.err.splitlines()
    assert ended.value.code == 2
    assert words in line
    assert line.isprintable()
    assert told.out == ""


def test_a_service_of_the_catalog_is_known_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[[service]]\nslug = "ours"\nname = "Our Shop"\ncategory = "shop"\n'
        'domains = ["shop.invalid"]\n'
    )
    resolver = f"{HERE}:{free_port()}"
    done = run("probe", "ours", "--catalog", str(tmp_path), "--resolver", resolver, "--json",
               "--timeout", "0.2")  # fmt: skip
    told = json.loads(done.stdout)
    assert told["url"] == "https://shop.invalid/"
    assert told["failure"]["failure"] == "generic_timeout_error"


def test_an_authority_of_ones_own_is_believed(tmp_path: Path) -> None:
    made = Authority(tmp_path)

    async def served() -> subprocess.CompletedProcess[bytes]:
        async with listening(answering(http(200)), made.context("own", HERE)) as port:
            url = f"https://{HERE}:{port}/"
            options = ("--allow-private", "--fail", "--authority", str(made.file))
            return await asyncio.to_thread(run, "probe", url, *options)

    done = running(served())
    assert done.returncode == 0, done.stdout.decode()
    assert "by Loopback Trust" in done.stdout.decode()


def test_prometheus_reads_the_figures() -> None:
    done = probe(http(520, PAGE_520, **dict(CLOUDFLARE)), "--metrics")
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert "probe_success 0.0" in lines
    assert "probe_http_status_code 520.0" in lines
    assert 'uproar_probe_state{state="fails"} 1.0' in lines


def test_an_observatory_that_is_none_is_said_in_one_line() -> None:
    for options, said in (
        (("--from", "mars"), b"--from is here or agents"),
        (("--from", "agents", "--observatory", "ftp://a"), b"--observatory is an address"),
        (
            ("--from", "agents", "--observatory", f"http://{HERE}:{free_port()}"),
            b"cannot be reached",
        ),
    ):
        done = run("probe", "x", *options)
        assert done.returncode == 2
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1
