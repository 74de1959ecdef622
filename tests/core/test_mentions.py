"""What a post says of a service, by language and by trap."""

from __future__ import annotations

import pytest

from uproar.catalog import lexicon, load
from uproar.detect.mentions import Classifier, tags
from uproar.errors import LexiconInvalid
from uproar.model.lexicon import CUES
from uproar.model.mention import Mention
from uproar.wire.lexiconfile import decode

READER = Classifier(lexicon.load(), load())


def said(text: str, *languages: str) -> dict[str, str]:
    return {one.service: one.says for one in READER.mentions(text, languages)}


FAILING = [
    ("en", "twitter is down again wtf", "x"),
    ("en", "Netflix not working for me tonight", "netflix"),
    ("en", "my discord keeps disconnecting", "discord"),
    ("es", "se cayó instagram otra vez, no me carga nada", "instagram"),
    ("pt", "o whatsapp caiu de novo aqui", "whatsapp"),
    ("fr", "Instagram ne marche plus chez moi", "instagram"),
    ("de", "WhatsApp geht bei mir gerade nicht", "whatsapp"),
    ("it", "Instagram non mi carica niente", "instagram"),
    ("nl", "Ziggo ligt er weer uit hier", "ziggo"),
    ("pl", "Facebook nie działa u mnie", "facebook"),
    ("ru", "телеграм не работает у меня", "telegram"),
    ("uk", "Київстар не працює з ранку, немає зв'язку", "kyivstar"),
    ("tr", "Instagram çöktü, açılmıyor", "instagram"),
    ("ar", "الواتساب ما يشتغل عندي", "whatsapp"),
    ("fa", "اینستاگرام برام باز نمیشه", "instagram"),
    ("hi", "mera whatsapp nahi chal raha", "whatsapp"),
    ("hi", "मेरा व्हाट्सएप काम नहीं कर रहा", "whatsapp"),
    ("id", "instagram gue gabisa dibuka", "instagram"),
    ("vi", "facebook của mình không vào được", "facebook"),
    ("th", "ไลน์ส่งข้อความไม่ได้เลย", "line"),
    ("ja", "Instagramに繋がらないんだけど", "instagram"),
    ("ko", "카톡 먹통이야 안돼", "kakaotalk"),
    ("zh", "我的微博打不开了", "weibo"),
]


@pytest.mark.parametrize(("language", "text", "service"), FAILING)
def test_a_failure_is_read_in_every_language(language: str, text: str, service: str) -> None:
    found = READER.mentions(text)
    assert [(one.service, one.says, one.language) for one in found] == [
        (service, "failing", language)
    ]


TRAPS = [
    ("a question", "is whatsapp down?", {"whatsapp": "asking"}),
    ("a question in Spanish", "se cayó instagram?", {"instagram": "asking"}),
    ("recovery", "WhatsApp is back!!", {"whatsapp": "working"}),
    ("recovery in German", "WhatsApp geht wieder", {"whatsapp": "working"}),
    ("it works", "instagram works fine for me", {"instagram": "working"}),
    ("no failure at all", "Watching Netflix tonight", {"netflix": "talk"}),
    (
        "news",
        "BREAKING: thousands of users report Netflix outage https://news.example/a",
        {"netflix": "talk"},
    ),
    ("an old outage", "remember when facebook was down in 2021", {"facebook": "talk"}),
    ("a hypothesis", "imagine if whatsapp went down for a week", {"whatsapp": "talk"}),
    ("somebody else", "my mum says her whatsapp won't open", {"whatsapp": "talk"}),
    ("a letter", "X is down", {}),
    ("algebra", "solve for x and write it down", {}),
    ("sports", "both teams are down 3-0", {}),
    ("a lens", "the zoom lens of my camera is broken", {}),
    ("radio", "no signal at all in this valley", {}),
    ("a kitchen", "my steam iron is broken", {}),
    ("a railway", "the line is down, no trains", {}),
    ("a German word", "über Nacht ist alles kaputt gegangen", {}),
    ("a Portuguese word", "claro que não funciona", {}),
    ("laughter", "lol this is broken", {}),
    ("nothing", "", {}),
]


@pytest.mark.parametrize(("trap", "text", "expected"), TRAPS, ids=[trap for trap, _, _ in TRAPS])
def test_what_is_no_failure_is_not_taken_for_one(
    trap: str, text: str, expected: dict[str, str]
) -> None:
    assert said(text) == expected, trap


@pytest.mark.parametrize(
    "tag", ["#TwitterDown", "#XDown", "#twitterdown", "＃ＴｗｉｔｔｅｒＤｏｗｎ"]
)
def test_a_hashtag_that_says_so_is_a_failure(tag: str) -> None:
    assert said(tag) == {"x": "failing"}


def test_an_ordinary_word_counts_with_a_word_that_speaks_for_it() -> None:
    assert said("ms teams won't let me join the meeting") == {"teams": "failing"}
    assert said("my canvas assignment won't submit, professor help") == {"canvas": "failing"}


def test_a_name_means_another_service_in_another_language() -> None:
    assert set(said("O2 hat hier kein Netz, Handy geht nicht")) == {"o2-de"}
    assert set(said("O2 has no signal here, my phone is useless")) == {"o2-uk"}


def test_services_share_a_post_and_a_question_weighs_half() -> None:
    both = READER.mentions("instagram and facebook won't load for me")
    assert [(one.service, one.weight) for one in both] == [("facebook", 0.5), ("instagram", 0.5)]
    assert READER.mentions("is youtube down?") == (Mention("youtube", "asking", 0.5, "en"),)


def test_a_link_names_no_service() -> None:
    assert said("my kettle is broken, look: https://www.youtube.com/watch?v=1") == {}


def test_case_width_accents_and_long_letters_do_not_matter() -> None:
    assert said("ＮＥＴＦＬＩＸ ＮＯＴ ＷＯＲＫＩＮＧ for me") == {"netflix": "failing"}
    assert said("o instagram nao ta funcionando") == {"instagram": "failing"}
    assert said("twitter is dooooown 😭😭") == {"x": "failing"}


def test_a_list_of_many_services_says_nothing() -> None:
    names = "netflix spotify youtube instagram facebook whatsapp tiktok reddit twitch"
    assert said(f"all down: {names}") == {}


def test_hashtags_are_folded_and_told_once() -> None:
    assert tags("#TwitterDown and #twitterdown, #ÇÖKTÜ ok") == ("twitterdown", "coktu")


def test_a_mistake_in_a_file_is_named() -> None:
    with pytest.raises(LexiconInvalid, match=r"weights\.toml: is missing"):
        decode({"names": b""})
    good = {
        "names": b"common = []\nclear = []\nalias = []\n[nicknames]\n[surroundings]\n[regional]\n[tags]\n",
        "weights": b"".join(
            b"[weights.%s]\n" % name
            for name in (b"failing", b"working", b"asking", b"talk", b"other")
        ),
    }
    assert decode(good).languages == ()
    with pytest.raises(LexiconInvalid, match=r"xx\.toml: no kind of cue 'doom'"):
        decode({**good, "xx": b'[cues]\ndoom = ["x"]\n'})
    with pytest.raises(LexiconInvalid, match="is empty or longer"):
        decode({**good, "xx": b'[cues]\ndown = [""]\n'})
    with pytest.raises(LexiconInvalid, match="needs the tables"):
        decode({**good, "weights": b"[weights.failing]\n"})


def test_each_language_says_the_cues_that_decide() -> None:
    for language in lexicon.load().languages:
        assert set(language.cues) <= set(CUES)
        assert {"down", "notworking", "ask", "back", "mine", "past", "news"} <= set(language.cues)
