"""What is looked at, as the settings ask for it: each check once, at services that are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from uproar.app import standing_probes
from uproar.app.settings_probes import AgentSettings, CheckSettings, ProbesSettings
from uproar.errors import BadInput, SettingsInvalid
from uproar.model.catalog import Catalog
from uproar.model.service import Service

CATALOG = Catalog(
    [Service("alpha", "Alpha", domains=("alpha.example", "alpha.test")), Service("beta", "Beta")]
)


def test_services_are_looked_at_at_their_first_domain_and_nothing_twice() -> None:
    settings = ProbesSettings(
        services=("alpha",),
        checks=(
            CheckSettings("alpha", "https://alpha.example"),
            CheckSettings("alpha", "https://alpha.example/", expect="hello", every_s=300),
            CheckSettings("beta", "https://BETA.example:8443/health"),
        ),
    )
    tasks = standing_probes.tasks(settings, CATALOG)
    assert [(task.service, task.url, task.expect, task.every_ms) for task in tasks] == [
        ("alpha", "https://alpha.example/", "", 60_000),
        ("alpha", "https://alpha.example/", "hello", 300_000),
        ("beta", "https://beta.example:8443/health", "", 60_000),
    ]
    assert len({task.id for task in tasks}) == 3
    assert standing_probes.quorum_design(settings).window_ms == 900_000


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (ProbesSettings(services=("alphaa",)), "there is no service 'alphaa'; did you mean alpha?"),
        (ProbesSettings(services=("beta",)), "beta has no domain in the catalog; add a check"),
        (ProbesSettings(checks=(CheckSettings("gamma", "https://g.example/"),)), "no service 'gamma'"),
        (ProbesSettings(checks=(CheckSettings("beta", "https://b@c.example/"),)), "probes.checks: "),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_at_is_said(settings: ProbesSettings, said: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        standing_probes.tasks(settings, CATALOG)
    assert said in str(caught.value)


def test_each_agent_has_a_token_of_its_own_and_none_is_ever_shown(tmp_path: Path) -> None:
    secret = "s3cret" * 6
    (tmp_path / "a").write_text(f"{secret}\n")
    (tmp_path / "b").write_text(secret)
    one = ProbesSettings(agents=(AgentSettings("a", str(tmp_path / "a")),))
    assert standing_probes.tokens(one) == {"a": secret}
    both = ProbesSettings(agents=(*one.agents, AgentSettings("b", str(tmp_path / "b"))))
    (tmp_path / "c").write_text("short-s3cret")
    short = ProbesSettings(agents=(AgentSettings("c", str(tmp_path / "c")),))
    missing = ProbesSettings(agents=(AgentSettings("d", str(tmp_path / "d")),))
    for settings in (both, short, missing):
        with pytest.raises(BadInput) as caught:
            standing_probes.tokens(settings)
        assert "s3cret" not in str(caught.value)


def test_an_observatory_probes_nothing_unless_it_is_asked_to() -> None:
    assert not ProbesSettings().enabled
    assert ProbesSettings().controls == ()
