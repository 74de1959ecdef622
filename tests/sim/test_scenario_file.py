"""Scenario files: every mistake is named with where it stands and what to do."""

from __future__ import annotations

from importlib.resources import files

import pytest

from uproar.errors import ScenarioInvalid
from uproar.wire import scenariofile

WORLD = (files("uproar.sim") / "scenarios" / "worlds" / "ordinary.toml").read_bytes()

HEAD = """
format = 1
seed = 1
title = "a day"
note = "made up"
[span]
history = 2025-04-01T00:00:00Z
start = 2025-04-02T00:00:00Z
end = 2025-04-03T00:00:00Z
[sources]
press = "a page"
[[usual]]
service = "x"
[usual.assumed]
why = "made up for a test"
per_minute = 0.5
"""

FAULT = """
[[fault]]
service = "x"
truth = { onset = 2025-04-02T10:00:00Z, end = 2025-04-02T11:00:00Z, source = "press" }
[fault.assumed]
why = "made up for a test"
reference = "US"
symptoms = { login = 1 }
"""

WAVE = """
[[fault.wave]]
name = "one"
published = [{ place = "US", at = 2025-04-02T10:30:00Z, reports_15min = 100, source = "press" }]
[fault.wave.assumed]
why = "made up for a test"
onset = 2025-04-02T10:00:00Z
fall_half_minutes = 5
"""

VANTAGE = """
[[vantage]]
name = "one"
assumed = { why = "made up for a test", place = "DE", network = "AS64496" }
"""

CLAIM = """
[[claim]]
service = "x"
by = "a"
said = "b"
source = "press"
assumed = { why = "made up for a test", at = 2025-04-02T11:30:00Z }
"""

CHECK = """
[[check]]
service = "x"
url = "https://x.com/"
[check.assumed]
why = "made up for a test"
from = 2025-04-02T00:00:00Z
until = 2025-04-03T00:00:00Z
control = "https://example.org/"
[[check.shows]]
state = "fails"
status = 520
source = "press"
[check.shows.assumed]
why = "made up for a test"
during = [{ from = 2025-04-02T10:00:00Z, until = 2025-04-02T11:00:00Z }]
"""

CAUSE = """
[cause]
service = "x"
mechanism = "bad-deploy"
established = "official"
source = "press"
"""

STREAM = """
[[stream]]
name = "posts"
assumed = { why = "made up for a test", from = 2025-04-02T00:00:00Z, until = 2025-04-03T00:00:00Z, per_second = 3 }
[[stream.about]]
service = "x"
assumed = { why = "made up for a test", talk_per_hour = 60 }
[[stream.about.hashtag]]
name = "xdown"
published = { total = 2000, source = "press" }
assumed = { why = "made up for a test", from = 2025-04-02T10:00:00Z, until = 2025-04-02T12:00:00Z, failing_share = 0.7 }
"""

TOLD = """
[[notice]]
service = "x"
page = "none"
assumed = { why = "made up for a test", at = 2025-04-02T10:00:00Z }
"""

WRONG = [
    ("", "missing required field"),
    ("format = ", "this is not TOML"),
    (HEAD.replace("format = 1", "format = 2"), "format: Expected `int` <= 1"),
    (HEAD.replace("seed = 1", "sead = 1"), "sead = 1 is neither published nor marked"),
    (HEAD.replace('why = "made up for a test"', ""), "usual[0].assumed.per_minute = 0.5 is neither"),
    (HEAD.replace("[usual.assumed]", "[usual.guessed]"), "usual[0].guessed.per_minute = 0.5"),
    (HEAD.replace("04-03T00:00:00Z", "04-01T12:00:00Z"), "span: `history`, `start` and `end`"),
    (HEAD.replace("04-03T00:00:00Z", "04-03T00:00:05Z"), "span.end: is not at the beginning"),
    (HEAD.replace("end = 2025-04-03T00:00:00Z", "end = 2025-04-03"), "span.end: Expected `int`"),
    (HEAD.replace("per_minute = 0.5", "per_minute = -1"), "usual[0].assumed.per_minute: Expected"),
    (HEAD.replace("per_minute = 0.5", "per_minutes = 1"), "unknown field `per_minutes`"),
    (HEAD + HEAD[HEAD.index("[[usual]]") :], "the usual of 'x' is given twice"),
    (HEAD + FAULT, "missing required field `wave`"),
    (HEAD + FAULT + WAVE.replace(', source = "press"', ""), "reports_15min = 100 is neither"),
    (HEAD + FAULT + WAVE.replace('"press"', '"prose"'), "'prose' is no key of [sources]"),
    (HEAD + FAULT + WAVE.replace("reports_15min = 100, ", ""), "no count for US: publish it"),
    (HEAD + FAULT + WAVE.replace('"US"', '"GB"'), "no figure for US"),
    (HEAD + FAULT + WAVE + "reports_15min = { US = 7 }", "the count of US is published and assumed"),
    (HEAD + FAULT + WAVE.replace("10:30", "10:10"), "is within 15 minutes of the onset"),
    (HEAD + FAULT + WAVE.replace("T10:00", "T09:59"), "it rises before the fault's onset"),
    (HEAD + FAULT.replace("T11:00", "T09:00") + WAVE, "truth: onset and end lie outside"),
    (HEAD + FAULT.replace("login", "hiccups") + WAVE, "'hiccups' is no symptom"),
    (HEAD + FAULT.replace('"x"', '"y"') + WAVE, "fault[0].service: 'y' has no usual"),
    (HEAD + "[[claim]]\nservice = 'x'\nby = 'a'\nsaid = 'b'\nsource = 'press'\n", "claim[0]"),
    (HEAD + CLAIM + "asserts = [{ axis = 'source', value = 'Ukraine' }]", "claim[0].asserts: 'Ukr"),
    (HEAD + CLAIM + "role = 'king'", "claim[0].role: Invalid enum value"),
    (HEAD + CAUSE, "cause.service: nothing fails at 'x'"),
    (HEAD + FAULT + WAVE + CAUSE.replace('source = "press"', ""), "cause: say its `source`"),
    (HEAD + FAULT + WAVE + CAUSE.replace("official", "certain"), "cause.established: Invalid"),
    (HEAD + FAULT + WAVE + CAUSE + 'also = "bad-deploy"', "cause.also: is the mechanism itself"),
    (HEAD + CHECK, "there is no vantage to look from"),
    (HEAD + VANTAGE * 2 + CHECK, "the vantage 'one' is given twice"),
    (HEAD + VANTAGE + CHECK.replace('source = "press"', ""), "status = 520 is neither published"),
    (HEAD + VANTAGE + CHECK.replace("T11:00", "T09:00"), "check[0].shows[0].assumed.during: `from`"),
    (HEAD + VANTAGE + CHECK.replace("04-03T00", "04-04T00"), "check[0].assumed: `from` and `until`"),
    (HEAD + VANTAGE + CHECK + 'vantages = ["two"]', "there is no vantage 'two'"),
    (HEAD + VANTAGE + CHECK.replace("https://example", "ftp://example"), "check[0].assumed.control"),
    (HEAD.replace("2025-04-01", "2024-04-01") + (VANTAGE + CHECK.replace("from = 2025-04-02", "from = 2024-04-02"))
     .replace("control", "every_seconds = 10\ncontrol"), "look less often"),
    (HEAD + STREAM.replace("04-03T00", "04-04T00"), "stream[0].assumed: `from` and `until`"),
    (HEAD.replace("2025-04-01", "2024-04-01") + STREAM.replace("from = 2025-04-02T00", "from = 2024-05-02T00"),
     "more than 60 days of posts"),
    (HEAD + STREAM.replace('service = "x"', 'service = "y"'), "stream[0].about[0].service: 'y' has no usual"),
    (HEAD + STREAM.replace("T12:00", "T09:00"), "cross in a buzz or a hashtag"),
    (HEAD + STREAM.replace('published = { total = 2000, source = "press" }', ""), "give #xdown one total"),
    (HEAD + STREAM.replace(', source = "press"', ""), "total = 2000 is neither published"),
    (HEAD + TOLD.replace("2025-04-02T10", "2025-05-02T10"), "notice[0].assumed.at: 2025-05-02T10:00:00Z lies"),
    (HEAD + "\n[a]" * 2, "this is not TOML"),
    ("assumed = 3", "`assumed` is no table"),
    ("a = " + "[" * 40 + "1" + "]" * 40, "nested too deeply"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "complaint"), WRONG)
def test_a_mistake_is_named_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(ScenarioInvalid) as caught:
        scenariofile.decode(text.encode(), WORLD, "mine.toml")
    assert complaint in str(caught.value)
    assert all(line.startswith("mine.toml: ") for line in str(caught.value).splitlines())


def test_a_file_without_mistakes_is_a_plan() -> None:
    plan = scenariofile.decode((HEAD + FAULT + WAVE).encode(), WORLD, "mine.toml")
    assert plan.fault[0].wave[0].published[0].reports_15min == 100
    assert plan.span.start - plan.span.history == 86_400_000
    assert "US" in plan.assumed.networks.shares  # type: ignore[union-attr]


def test_a_scenario_replaces_a_table_of_its_world() -> None:
    own = '[assumed.people]\nwhy = "nobody ever repeats"\nrepeat_share = 0\n'
    plan = scenariofile.decode((HEAD + own).encode(), WORLD, "mine.toml")
    assert plan.assumed.people.repeat_share == 0
    assert plan.assumed.rhythm.weekday[4] == 0.15


def test_a_file_that_is_too_long_is_not_read() -> None:
    with pytest.raises(ScenarioInvalid, match="shorten it"):
        scenariofile.decode(b"#" * (scenariofile.FILE_MAX + 1), WORLD, "mine.toml")
