"""How numbers, times and states are said."""

from __future__ import annotations

import msgspec
import pytest

from golden import views
from golden.views import at
from uproar.model.tick import HOUR_MS, MINUTE_MS
from uproar.present import figures, instants, scales, sentences, words
from uproar.present.instants import When
from uproar.present.legible import SHOWN_MAX, clean, one_line
from uproar.present.views import Tally

THIN = figures.NARROW
TIED = instants.TIED


@pytest.mark.parametrize(
    ("observed", "usual", "said"),
    [
        (460, 10.0, "46 times the usual"),
        (34, 10.0, "3.4 times the usual"),
        (30, 10.0, "3 times the usual"),
        (99_600, 10.0, f"9{THIN}960 times the usual"),
        (12, 10.0, "about the usual"),
        (3, 10.0, "below the usual"),
        (900, 0.4, "usually fewer than one"),
        (900, None, ""),
    ],
)
def test_a_count_is_compared_with_the_usual_in_words(
    observed: int, usual: float | None, said: str
) -> None:
    assert figures.times(observed, usual) == said


def test_a_cell_says_the_same_shorter_and_never_divides_by_next_to_nothing() -> None:
    assert figures.cell(460, 10.0) == f"46{THIN}×"
    assert figures.cell(5, 10.0) == f"0.5{THIN}×"
    assert figures.cell(900, 0.0) == f"usual <{THIN}1"
    assert figures.cell(900, None) == "not known"


def test_numbers_are_grouped_and_shares_are_no_more_exact_than_they_are() -> None:
    assert figures.count(41_200) == f"41{THIN}200"
    assert figures.reports(1) == "1 report"
    assert figures.share(1, 1000) == f"<{THIN}1{THIN}%"
    assert figures.share(61, 100) == f"61{THIN}%"
    assert figures.share(0, 0) == ""


@pytest.mark.parametrize(
    ("earliest", "latest", "said"),
    [
        (at("09:41"), at("09:44"), "09:41–09:44 UTC"),
        (at("09:41") + 59_999, at("09:43") + 1, "09:41–09:44 UTC"),
        (at("09:41"), at("09:41"), "09:41 UTC"),
        (at("23:58", -1), at("00:03"), "9 March, 23:58–10 March, 00:03 UTC"),
        (at("23:58", -400), at("23:59", -400), "4 February 2024, 23:58–23:59 UTC"),
    ],
)
def test_a_bracket_keeps_what_it_holds_and_says_the_day_where_it_must(
    earliest: int, latest: int, said: str
) -> None:
    assert When(earliest, latest, at("10:00")).text == said


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (30_000, "less than a minute"),
        (4 * MINUTE_MS, "4 min"),
        (8 * HOUR_MS + 21 * MINUTE_MS, "8 h 21 min"),
        (24 * HOUR_MS, "1 day"),
        (51 * HOUR_MS + 5 * MINUTE_MS, "2 days 3 h"),
    ],
)
def test_a_length_of_time_has_at_most_two_units(length: int, said: str) -> None:
    assert instants.span(length).replace(TIED, " ") == said


def test_every_state_has_a_word_and_a_sign_of_its_own() -> None:
    told = words.STATES.values()
    assert len({state.word for state in told}) == len({state.sign for state in told}) == 6


def test_the_first_sentence_of_the_day_says_what_how_much_and_since_when() -> None:
    view = msgspec.structs.replace(views.during(), reports_15min=428)
    head = words.plain(sentences.service(view)[0])
    assert head == "Reports of problems with X are 46 times the usual, since 09:41–09:44 UTC."


def test_between_two_waves_a_page_does_not_speak_of_one_time_the_usual() -> None:
    view = msgspec.structs.replace(views.during(), reports_15min=10)
    head = words.plain(sentences.service(view)[0])
    assert "right now reports are near their usual level, 10 in the last 15 minutes" in head


def test_where_the_usual_is_tiny_the_count_is_said_instead_of_a_ratio() -> None:
    view = msgspec.structs.replace(views.during(), reports_15min=41, usual_15min=0.2)
    head = words.plain(sentences.service(view)[0])
    assert head.startswith("41 reports of problems with X in the last 15 minutes, usually fewer")


def test_blindness_is_said_to_be_ours() -> None:
    head = words.plain(sentences.service(views.gap())[0])
    assert head == (
        "We cannot tell how X is doing: our own intake has not run since 20:12 UTC."
        " The silence is ours."
    )
    unlisted = msgspec.structs.replace(views.gap(), blind=())
    assert "our own intake is not running" in words.plain(sentences.service(unlisted)[0])


@pytest.mark.parametrize(
    "view", [views.learning(), msgspec.structs.replace(views.during(), learning=True)]
)
def test_while_learning_every_state_says_so(view: views.ServiceView) -> None:
    assert words.LEARNING in [words.plain(part) for part in sentences.service(view)]


@pytest.mark.parametrize(
    "view",
    [views.quiet(), views.early(), views.during(), views.recovering(), views.over(), views.gap()],
)
def test_no_sentence_speaks_of_an_outage_an_attack_or_a_cause(view: views.ServiceView) -> None:
    told = [*sentences.service(view), *(sentences.incident(view.incident) if view.incident else ())]
    text = " ".join(map(words.plain, told)).lower()
    assert "outage" not in text
    assert "attack" not in text
    assert "down" not in text


def test_an_incident_that_is_over_is_told_with_both_brackets_and_its_length() -> None:
    now = views.over().incident
    assert now is not None
    text = " ".join(map(words.plain, sentences.incident(now))).replace(TIED, " ")
    assert "from 09:41–09:44 UTC to 18:41–18:56 UTC" in text
    assert "6 waves, over 8 h 57 min to 9 h 14 min" in text
    assert f"Highest: 41{THIN}000 reports within 15 minutes in the United States, around" in text


def test_home_is_one_calm_sentence_when_nothing_fails() -> None:
    calm = views.home(views.small(), failing=False)
    assert words.plain(sentences.home(calm)).startswith("Nothing unusual.")
    blind = msgspec.structs.replace(calm, blind_now=True)
    assert "our own intake is not running" in words.plain(sentences.home(blind))


def test_an_unknown_place_is_never_the_place_that_a_sentence_names() -> None:
    rows = (Tally("ZZ", "Unknown place", 90, None), Tally("IT", "Italy", 10, 1.0))
    now = views.during().incident
    assert now is not None
    told = sentences.incident(msgspec.structs.replace(now, places=rows))
    text = " ".join(map(words.plain, told))
    assert f"Italy (10{THIN}%)" in text
    assert "nknown" not in text


def test_a_text_from_outside_keeps_only_what_can_be_read() -> None:
    assert clean("a\x00b\u202ec\u200bd\ud800") == "a\ufffdbcd\ufffd"
    assert clean("نمی\u200cدانم 👩\u200d💻") == "نمی\u200cدانم 👩\u200d💻"
    assert len(clean("x" * 5_000)) == SHOWN_MAX


@pytest.mark.parametrize(
    ("largest", "lines"),
    [
        (0, (1, 2, 3, 4)),
        (7.4, (2, 4, 6)),
        (41_000, (20_000, 40_000)),
        (18_000, (5_000, 10_000, 15_000)),
        (100, (50, 100)),
    ],
)
def test_the_lines_of_an_axis_are_few_and_round(largest: float, lines: tuple[int, ...]) -> None:
    assert scales.counts(largest).lines == lines


def test_midnight_is_written_as_the_day_and_the_ends_of_the_axis_stay_free() -> None:
    ticks = scales.times(at("14:10", -1), at("14:10"))
    assert [tick.text for tick in ticks] == [
        "15:00", "18:00", "21:00", "10 Mar", "03:00", "06:00", "09:00", "12:00",
    ]  # fmt: skip
    assert [tick.text for tick in ticks if not tick.minor] == ["18:00", "10 Mar", "06:00", "12:00"]


def test_a_text_stands_in_one_line_and_is_cut_where_there_is_no_room() -> None:
    assert one_line(" a\r\n\tb\u2028c\u202e ") == "a bc"
    assert one_line("x" * 9, 5) == "xxxx…"
