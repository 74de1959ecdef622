"""Settings files: what is right is read, what is wrong is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from uproar.app import settings
from uproar.errors import SettingsInvalid

BASE = Path("/somewhere")

WRONG = [
    ("[server]\nprot = 1\n", "a.toml:2: there is no setting server.prot; did you mean port?"),
    ("[sever]\n", "a.toml:1: there is no setting sever; did you mean server?"),
    ("\n[server]\nport = 'x'\n", "a.toml:3: server.port: expected `int`, got `str`"),
    ("[server]\nport = 70000\n", "a.toml:2: server.port is no port; 1 to 65535"),
    (
        "[server]\ntrusted_proxies = ['10.0.0.1/8']\n",
        "a.toml:2: server.trusted_proxies: '10.0.0.1/8'",
    ),
    ("server = 3\n", "a.toml:1: server is a section; write [server]"),
    ("[journal]\nkeep_days = 0\n", "a.toml:2: journal.keep_days must be at least 1"),
    (
        "[notices]\nenabled = true\n",
        "a.toml:1: notices.contact must say how you can be reached",
    ),
    ('[notices]\ncontact = "a@b.org\\r\\nX: y"\n', "a.toml:2: notices.contact must say how"),
    ("[notices]\ncontact = 'me'\n", "a.toml:2: notices.contact must say how you can be reached"),
    ("[notices]\ninterval_s = 5\n", "a.toml:2: notices.interval_s must be 15 to 86400"),
    ("[notices]\nprivate_hosts = ['https://a']\n", "a.toml:2: notices.private_hosts must be hosts"),
    ("[notices]\nenable = true\n", "there is no setting notices.enable; did you mean enabled?"),
    ("[probes]\ninterval_s = 29\n", "a.toml:2: probes.interval_s must be 30 to 86400"),
    ("[probes]\nenabled = true\n", "a.toml:1: probes.contact must say how you can be reached"),
    ("[probes]\ncontrols = ['ftp://a.example/']\n", "a.toml:2: probes.controls must be like https"),
    ("[probes]\nnetwork = '3320'\n", "network: must be an autonomous system like AS3320"),
    ("[probes]\nplace = 'UK'\n", "place: must be an ISO 3166 country like GB"),
    (
        "[probes]\nhere = false\nenabled = true\ncontact = 'a@b.org'\n",
        "a.toml:2: probes.here leaves nobody to probe",
    ),
    (
        "\n[[probes.checks]]\nservice = 'x'\nurl = 'x.com'\n",
        "a.toml:2: probes.checks must have a url like https://example.org/",
    ),
    (
        "[[probes.checks]]\nservice = 'x'\nurl = 'https://x.com/'\nevery_s = 5\n",
        "a.toml:1: probes.checks every_s: must be 30 to 86400, or 0 for probes.interval_s",
    ),
    (
        "[[probes.agents]]\nname = 'Here'\ntoken_file = 'a'\n",
        "a.toml:1: probes.agents name: small letters",
    ),
    (
        "[[probes.agents]]\nname = 'here'\ntoken_file = 'a'\n",
        "a.toml:1: probes.agents name: each has its own",
    ),
    ("[[probes.agents]]\nname = 'a'\ntoken_file = ''\n", "token_file must name a file"),
    ("[server\n", "a.toml: "),
    ("\xff", "a.toml: "),
]


@pytest.mark.parametrize(("text", "complaint"), WRONG)
def test_a_mistake_is_named_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        settings.parse(text.encode("latin-1"), "a.toml", BASE)
    assert complaint in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_folders_are_seen_from_the_file() -> None:
    text = b"[journal]\nfolder = 'data'\n[catalog]\nfolder = '/else/where'\n"
    chosen = settings.parse(text, "a.toml", BASE)
    assert chosen.journal.folder == "/somewhere/data"
    assert chosen.catalog.folder == "/else/where"
    assert chosen.server.host == "127.0.0.1"


def test_all_unknown_names_are_listed_at_once() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        settings.parse(b"[server]\na = 1\nb = 2\n[site]\nc = 3\n", "a.toml", BASE)
    assert len(str(caught.value).splitlines()) == 3


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        settings.load(tmp_path / "none.toml")


def test_what_serving_would_refuse_is_refused_here() -> None:
    text = b"[server]\ntrusted_proxies = ['::ffff:10.0.0.0/104']\n"
    with pytest.raises(SettingsInvalid, match=r"a\.toml:2: server\.trusted_proxies: .* no network"):
        settings.parse(text, "a.toml", BASE)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("base_url = 'https://status.example.org/'", "with no slash at the end"),
        ("base_url = 'status.example.org'", "must be like https://"),
        ("source_url = 'javascript:alert(1)'", "must begin with https://"),
    ],
)
def test_links_of_the_site_are_whole(line: str, complaint: str) -> None:
    with pytest.raises(SettingsInvalid, match=complaint):
        settings.parse(f"[site]\n{line}\n".encode(), "a.toml", BASE)


def test_nobody_is_asked_for_anything_unless_the_settings_say_so() -> None:
    assert settings.load(None).notices.enabled is False
    for contact in ("noc@example.org", "https://example.org/contact"):
        text = f"[notices]\nenabled = true\ncontact = '{contact}'\n"
        assert settings.parse(text.encode(), "a.toml", BASE).notices.contact == contact
