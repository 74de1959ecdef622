"""Hooks, calendars and the desk from settings: secrets from files, and every mistake in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from uproar.app import changing, settings
from uproar.errors import SettingsInvalid
from uproar.model.catalog import Catalog
from uproar.model.service import Service

CATALOG = Catalog([Service("x", "X"), Service("github", "GitHub")])
SECRET = "0123456789abcdef-secret"


def parsed(text: str, folder: Path) -> settings.Settings:
    return settings.parse(text.encode(), "uproar.toml", folder)


def hook(folder: Path, *lines: str, more: str = "") -> changing.Hook:
    text = "\n".join(["[changes.hooks.a]", 'source = "plain"', 'service = "x"', *lines, more])
    (found,) = changing.hooks(parsed(text, folder), CATALOG, {"TOKEN": SECRET, "EMPTY": " "})
    return found


def test_a_secret_stands_in_a_file_beside_the_settings_or_in_the_environment(
    tmp_path: Path,
) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}-new\n\n{SECRET}\n")
    found = hook(tmp_path, 'secret_file = "secret"')
    assert found.secrets == (f"{SECRET}-new".encode(), SECRET.encode())
    assert found.scheme == "bearer"
    assert hook(tmp_path, 'secret_env = "TOKEN"').secrets == (SECRET.encode(),)
    assert (
        hook(tmp_path, 'secret_env = "TOKEN"', 'scheme = "standard-webhooks"').scheme
        == "standard-webhooks"
    )


@pytest.mark.parametrize(
    ("lines", "more", "said"),
    [
        (['secret_file = "none"'], "", "none cannot be read (No such file or directory)"),
        (['secret_file = "short"'], "", "at least 16 characters"),
        (['secret_file = "many"'], "", "1 to 4 secrets are wanted"),
        (['secret_file = "long"'], "", "more than 4096 bytes"),
        (['secret_file = "blank"'], "", "1 to 4 secrets are wanted"),
        (['secret_env = "NONE"'], "", "the environment has no NONE"),
        (['secret_env = "EMPTY"'], "", "the environment has no EMPTY"),
        (['services = { web = "githib" }', 'secret_env = "TOKEN"'], "", "did you mean github?"),
        ([], '[server]\nhost = "0.0.0.0"', "has no secret, and others can reach it"),
        ([], '[server]\ntrusted_proxies = ["127.0.0.1"]', "has no secret, and others can reach it"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_and_never_what_was_read(
    tmp_path: Path, lines: list[str], more: str, said: str
) -> None:
    (tmp_path / "short").write_text("tiny-secret")
    (tmp_path / "many").write_text("\n".join(f"{SECRET}{n}" for n in range(5)))
    (tmp_path / "long").write_text(SECRET * 200)
    (tmp_path / "blank").write_text("\n\n")
    with pytest.raises(SettingsInvalid) as refused:
        hook(tmp_path, *lines, more=more)
    told = str(refused.value)
    assert said in told
    assert told.startswith("changes.hooks.a")
    assert "tiny-secret" not in told
    assert SECRET not in told


def test_a_hook_without_a_secret_is_served_to_this_machine_or_where_that_is_wanted(
    tmp_path: Path,
) -> None:
    assert hook(tmp_path).scheme == "none"
    assert hook(tmp_path, more='[server]\nhost = "::1"').scheme == "none"
    assert hook(tmp_path, "unsigned = true", more='[server]\nhost = "0.0.0.0"').scheme == "none"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('\n[changes.hooks.a]\nsource = "githup"\nservice = "x"', ":3: changes.hooks.a.source: invalid enum value"),
        ('[changes.hooks.a]\nservice = "x"', ":1: changes.hooks.a: object missing required field `source`"),
        ('[changes.hooks.a]\nsource = "plain"\nsevice = "x"', ":3: there is no setting changes.hooks.a.sevice; did you mean service?"),
        ('[changes.hooks.a]\nsource = "plain"', "say which service it is about"),
        ('[changes.hooks."a/b"]\nsource = "plain"\nservice = "x"', "its name has small letters"),
        ('[changes.hooks.a]\nsource = "plain"\nservice = "x"\nsecret_file = "a"\nsecret_env = "B"', "in one place, not in two"),
        ('[changes.hooks.ok]\nsource = "plain"\nservice = "x"\n[changes.hooks.b]\nsource = 7', ":5: changes.hooks.b.source"),
        ('[changes.calendars.a]\nservices = ["x"]', "at a url or in a file"),
        ('[changes.calendars.a]\nservices = []\nfile = "a"', "say which services"),
        ('[changes.calendars.a]\nservices = ["x"]\nfile = "a"\nzone = "Berlin"', "its zone is like Europe/Berlin"),
        ('[changes]\ncontact = "a@b.example"\n[changes.calendars.a]\nservices = ["x"]\nurl = "http://a.example/a.ics"', "begins with https://"),
        ('[changes.calendars.a]\nservices = ["x"]\nurl = "https://a.example/a.ics"', "changes.contact must say how you can be reached"),
        ("[changes]\ninterval_s = 1", ":2: changes.interval_s must be 15 to 86400"),
        ('[changes]\nprivate_hosts = ["http://a"]', "must be hosts without scheme"),
        ("[changes]\nhooks = 1", "changes.hooks: expected `object`, got `int`"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        parsed(text, tmp_path)
    assert said in str(refused.value)


def test_a_calendar_of_an_unknown_service_is_refused(tmp_path: Path) -> None:
    given = parsed('[changes.calendars.a]\nservices = ["githib"]\nfile = "a.ics"', tmp_path)
    with pytest.raises(SettingsInvalid, match=r"changes.calendars.a.*did you mean github\?"):
        changing.calendars(given, CATALOG)


def test_there_is_a_desk_only_with_a_token(tmp_path: Path) -> None:
    assert changing.desk_tokens(parsed("", tmp_path), {}) == ()
    (tmp_path / "token").write_text(SECRET)
    given = parsed('[desk]\ntoken_file = "token"', tmp_path)
    assert changing.desk_tokens(given, {}) == (SECRET.encode(),)
    assert changing.in_order(given, CATALOG) == {"hooks": 0, "calendars": 0, "desk": 1}
