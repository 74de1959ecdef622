"""Dead letters that are tried again: what is understood is kept once, the rest stays with its reason."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from uproar.app import fold, replay_letters, settings
from uproar.app.clock import SystemClock
from uproar.app.replay_letters import is_among
from uproar.app.settings_changes import ChangesSettings, Hook
from uproar.errors import BadInput, JournalUnwritable
from uproar.journal.memory import MemoryJournal
from uproar.model.catalog import Catalog
from uproar.model.seeing import Letter
from uproar.model.service import Service, StatusFeed
from uproar.model.signal import Change, Claim, Notice, Signal
from uproar.model.tick import parse_iso
from uproar.store import letters as store
from uproar.store.letters import SqliteLetters
from uproar.wire.changes.letters import folded

URL = "https://status.alpha.example"
CATALOG = Catalog([Service("alpha", "Alpha", status=StatusFeed("statuspage", URL))])
STATE = fold.start(CATALOG, fold.Design())
SETTINGS = settings.Settings(
    changes=ChangesSettings(hooks={"deploys": Hook(source="github", service="alpha")})
)
READERS = replay_letters.readers(SETTINGS)
NOW = parse_iso("2026-08-14T11:00:00Z")
SAMPLES = Path(__file__).parent.parent / "recordings" / "notices"


class Clock(SystemClock):
    def wall_ms(self) -> int:
        return NOW


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal(Clock())


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[SqliteLetters]:
    with SqliteLetters.open(tmp_path / "letters.sqlite", lambda: NOW, "1") as opened:
        yield opened


def put(letters: SqliteLetters, body: bytes, inlet: str = "lines", source: str = "a") -> None:
    letters.put(inlet=inlet, source=source, reason="r", problem="p", body=body)
    letters.settle()


def lines(letter: Letter, _: Catalog, __: fold.State) -> Sequence[Signal]:
    """Read a body of lines, each of which is a claim; one that says "no" is refused."""
    if letter.body == b"no":
        raise BadInput("it says\nno")
    if letter.body == b"bug":
        raise KeyError("a mistake of ours")
    return [Claim(0, "alpha", line, line) for line in letter.body.decode().split()]


def tried(
    letters: SqliteLetters, journal: MemoryJournal, numbers: Sequence[int] = (), inlet: str = ""
) -> list[str]:
    made = replay_letters.replay(
        letters,
        journal,
        CATALOG,
        STATE,
        wanted=is_among(frozenset(numbers), inlet),
        readers={"lines": lines},
    )
    return [f"{each.number} {each.became} {each.signals} {each.problem}".strip() for each in made]


def kept(journal: MemoryJournal) -> list[str]:
    return [s.said for _, s in journal.read(0, 100) if isinstance(s, Claim)]


def test_what_is_understood_is_kept_and_dropped_and_the_rest_stays(
    letters: SqliteLetters, journal: MemoryJournal
) -> None:
    put(letters, b"one two")
    put(letters, b"no")
    put(letters, b"bug")
    put(letters, b"x", inlet="elsewhere")
    assert tried(letters, journal) == [
        "1 taken 2",
        "2 refused 0 it says no",
        "3 refused 0 its reader fails with KeyError",
        "4 no-reader 0 nothing here reads letters of this way in",
    ]
    assert kept(journal) == ["one", "two"]
    assert [letter.number for letter in letters.read(0, 10)] == [2, 3, 4]


def test_only_what_is_asked_for_is_tried(letters: SqliteLetters, journal: MemoryJournal) -> None:
    for body in (b"one", b"two", b"three"):
        put(letters, body)
    put(letters, b"x", inlet="elsewhere")
    assert tried(letters, journal, numbers=[2]) == ["2 taken 1"]
    assert tried(letters, journal, inlet="lines") == ["1 taken 1", "3 taken 1"]
    assert kept(journal) == ["two", "one", "three"]


def test_a_body_that_was_cut_is_not_tried(
    letters: SqliteLetters, journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BODY_BYTES_MAX", 3)
    put(letters, b"one two")
    assert tried(letters, journal) == ["1 cut 0 only its beginning was kept"]


def test_a_journal_that_breaks_off_halfway_is_completed_the_next_time_each_signal_once(
    letters: SqliteLetters, journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(letters, b"one two three")
    honest, count = journal.append_wait, 0

    def refuses(*given: object) -> object:
        nonlocal count
        count += 1
        if count == 2:
            raise JournalUnwritable("full")
        return honest(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(journal, "append_wait", refuses)
    with pytest.raises(JournalUnwritable):
        tried(letters, journal)
    assert kept(journal) == ["one"]
    assert tried(letters, journal) == ["1 taken 3"]
    assert kept(journal) == ["one", "two", "three"]


def test_a_start_tries_only_what_another_version_refused(
    letters: SqliteLetters, journal: MemoryJournal, tmp_path: Path
) -> None:
    put(letters, b"not json", inlet="notices", source=URL)
    assert replay_letters.at_start(letters, journal, CATALOG, STATE, "1", READERS) == []
    letters.close()
    with SqliteLetters.open(tmp_path / "letters.sqlite", lambda: NOW, "2") as newer:
        (first,) = replay_letters.at_start(newer, journal, CATALOG, STATE, "2", READERS)
        assert (first.became, first.inlet) == ("refused", "notices")
        assert replay_letters.at_start(newer, journal, CATALOG, STATE, "2", READERS) == []


def test_a_start_has_an_end_and_the_next_goes_on(
    letters: SqliteLetters, journal: MemoryJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_letters, "AT_START_MAX", 2)
    monkeypatch.setattr(store, "READ_MAX", 2)
    for _ in range(3):
        put(letters, b"not json", inlet="notices", source=URL)

    def numbers() -> list[int]:
        made = replay_letters.at_start(letters, journal, CATALOG, STATE, "2", READERS)
        return [each.number for each in made]

    letters._version = "2"
    assert numbers() == [1, 2]
    assert numbers() == [3]
    assert numbers() == []


def feed(status: str) -> bytes:
    """Return the failing sample with its incident as it is told."""
    page = json.loads((SAMPLES / "statuspage-failing.json").read_bytes())
    incident = page["incidents"][0]
    incident["status"] = status
    if status == "resolved":
        incident["resolved_at"] = "2026-08-14T10:40:00.000Z"
    return json.dumps(page).encode()


def notices(letters: SqliteLetters, journal: MemoryJournal) -> list[str]:
    replay_letters.replay(
        letters, journal, CATALOG, STATE, wanted=is_among((), ""), readers=READERS
    )
    found = [signal for _, signal in journal.read(0, 100)]
    assert all(isinstance(signal, Notice) for signal in found)
    return [f"{n.native or 'page'} {n.phase} {n.unread}" for n in found if isinstance(n, Notice)]


def test_of_a_feed_that_was_set_aside_only_what_was_over_by_then_is_taken(
    letters: SqliteLetters, journal: MemoryJournal
) -> None:
    put(letters, feed("resolved"), inlet="notices", source=URL)
    # The page is said to be unread first: nobody saw it turn, so there is no lag.
    assert notices(letters, journal) == ["page none True", "p31 resolved False"]
    assert letters.read(0, 10) == []


def test_what_was_open_then_is_left_to_the_next_look(
    letters: SqliteLetters, journal: MemoryJournal
) -> None:
    put(letters, feed("investigating"), inlet="notices", source=URL)
    assert notices(letters, journal) == []
    assert letters.read(0, 10) == []


def test_a_feed_that_the_catalog_has_lost_keeps_its_letters(
    letters: SqliteLetters, journal: MemoryJournal
) -> None:
    put(letters, feed("resolved"), inlet="notices", source="https://elsewhere.example")
    assert notices(letters, journal) == []
    assert len(letters.read(0, 10)) == 1


RELEASE = json.dumps(
    {
        "action": "published",
        "repository": {"full_name": "alpha/site", "name": "site"},
        "release": {"id": 7, "tag_name": "v41", "published_at": "2026-08-14T10:30:00Z"},
    }
).encode()


def test_what_a_hook_had_set_aside_is_read_again_with_the_headers_that_matter(
    letters: SqliteLetters, journal: MemoryJournal
) -> None:
    headers = {"x-github-event": "release", "authorization": "Bearer secret", "ce-type": "t"}
    put(letters, folded(headers, RELEASE), inlet="changes", source="deploys")
    put(letters, folded(headers, RELEASE), inlet="changes", source="gone")
    put(letters, b"no letter of a hook", inlet="changes", source="deploys")
    assert b"secret" not in letters.read(0, 1)[0].body
    made = replay_letters.replay(
        letters, journal, CATALOG, STATE, wanted=is_among((), ""), readers=READERS
    )
    assert [each.became for each in made] == ["taken", "refused", "refused"]
    (change,) = [signal for _, signal in journal.read(0, 10)]
    assert isinstance(change, Change)
    assert (change.service, change.title, change.state) == ("alpha", "release v41", "finished")


def test_what_agents_brought_is_not_taken_late(
    letters: SqliteLetters, journal: MemoryJournal
) -> None:
    put(letters, b"{}", inlet="agents", source="lhr")
    (made,) = replay_letters.replay(
        letters, journal, CATALOG, STATE, wanted=is_among((), ""), readers=READERS
    )
    assert made.became == "no-reader"
