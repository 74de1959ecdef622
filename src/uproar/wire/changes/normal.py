"""One form for what every source says of changes: drafts, which become `Change` once their service is known.

Who made a change is never read. Titles are made from what a source states (a version, a branch, a
flag); where only a person's sentence says what was changed, addresses and @names in it are blotted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from uproar.errors import BadInput, ChangeRejected
from uproar.model.signal import Change, ChangeKind, ChangeState
from uproar.model.tick import DAY_MS, MINUTE_MS, parse_iso
from uproar.wire.cleaned import https, text
from uproar.wire.signalbounds import BOUNDS

CHANGES_MAX = 50  # Changes of one body; only batches have more than one.
EARLIEST_MS = 946_684_800_000  # The year 2000: what is older is a clock that was never set.
AHEAD_MS = 10 * MINUTE_MS  # So far a teller's clock may be ahead of ours.
PLANNED_AHEAD_MS = 400 * DAY_MS  # So far ahead a plan may lie.
INSTANT_MAX = 60  # Characters of an instant.
REVISION_SHOWN = 7  # Signs of a commit's digest that a title has.
LOOKED_AT = 1_000  # Characters of a sentence from outside of which a title is made.
BLOT = "[…]"

# Environments that are not what people use, by the first word of their name. An operator who names the
# environments that count is not concerned.
TRIAL = frozenset(
    {"ci", "demo", "dev", "development", "ephemeral", "integration", "local", "preview", "preprod",
     "pr", "qa", "review", "sandbox", "stage", "staging", "test", "testing", "uat"}
)  # fmt: skip

# The first that is named counts: a rollback of a deployment is a rollback.
_WORDS: dict[ChangeKind, str] = {
    "rollback": r"roll(?:ed|ing)?[ _-]?back|reverts?|reverted|reverting",
    "maintenance": r"maintenance",
    "flag": r"feature[ _-]?flags?|flags?|toggled?",
    "cert": r"certificates?|certs?",
    "dns": r"dns",
    "bgp": r"bgp",
    "deploy": r"deploy(?:s|ed|ing|ment|ments)?|releas(?:e|es|ed|ing)|rollouts?|rolled out|publish(?:ed)?",
    "infra": r"terraform|infrastructure|infra|scal(?:ed|ing)",
    "config": r"config|configs|configuration|configured|settings?",
}
_KINDS = {
    kind: re.compile(rf"(?<![a-z])(?:{words})(?![a-z])", re.IGNORECASE)
    for kind, words in _WORDS.items()
}
_NAMES_PEOPLE = re.compile(r"(?<!\S)\S*[@＠]\S+")
_DIGEST = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SPACED = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:(UTC)|([+-]\d\d):?(\d\d))")


class Draft(msgspec.Struct, frozen=True):
    """A change as its source told it, before it is known which service of ours it is about.

    `names` are what the source calls the thing that was changed, most exact first. The rest is as in
    `model.signal.Change`.
    """

    source: str
    native: str
    what: ChangeKind
    state: ChangeState
    title: str = ""
    names: tuple[str, ...] = ()
    environment: str = ""
    region: str = ""
    revision: str = ""
    link: str = ""
    planned: bool = False
    started_at: int | None = None
    finished_at: int | None = None
    until_at: int | None = None


class Passed(msgspec.Struct, frozen=True):
    """Well-formed, and no change of a service: why, as a slug and as a sentence."""

    slug: str
    why: str


class Subject(msgspec.Struct, frozen=True):
    """What a hook speaks of: one service, or those that the operator gave the source's own names.

    `known` are slugs that a body may name itself; it is empty unless the operator allowed it. With
    `environments` only what happens in one of them counts; without, trial environments do not.
    """

    service: str = ""
    services: Mapping[str, str] = {}
    known: frozenset[str] = frozenset()
    environments: tuple[str, ...] = ()


def settled(draft: Draft, subject: Subject, now_ms: int) -> Change | Passed:
    """Return the change that a draft makes, or why it is none. Raises ChangeRejected."""
    if not _counts(draft.environment, subject.environments):
        return Passed("environment", "it is about an environment that does not count here")
    _check_instants(draft, now_ms)
    started = draft.started_at
    if started is not None and draft.finished_at is not None and started > draft.finished_at:
        started = None  # It cannot have begun after its end; the end is what the source saw last.
    return Change(
        at=0,  # The journal stamps the arrival.
        service=_service(draft.names, subject),
        source=draft.source,
        native=native(draft),
        what=draft.what,
        state=draft.state,
        title=title(draft.title),
        environment=_field("environment", draft.environment),
        region=_field("region", draft.region),
        revision=_field("revision", draft.revision),
        link=https(draft.link),
        planned=draft.planned,
        started_at=started,
        finished_at=draft.finished_at,
        until_at=draft.until_at,
    )


def native(draft: Draft) -> str:
    """Return the source's own id, or a digest of what is told where it has none or a longer one."""
    given = text(draft.native, BOUNDS[Change]["native"][1] + 1)
    if given and len(given) <= BOUNDS[Change]["native"][1] and not given.endswith("…"):
        return given
    content = msgspec.json.encode(draft)
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def title(value: object) -> str:
    """Return a title on one line, cut to what is kept, with addresses and @names blotted."""
    line = _NAMES_PEOPLE.sub(BLOT, value[:LOOKED_AT]) if isinstance(value, str) else value
    return text(line, BOUNDS[Change]["title"][1])


def short(revision: str) -> str:
    """Return a revision as a title has it: the digest of a commit is cut, a version is not."""
    return revision[:REVISION_SHOWN] if _DIGEST.fullmatch(revision) else revision


def kind_of(*texts: str) -> ChangeKind:
    """Return the kind that words name, `other` where none of them does; a rollback goes first."""
    for kind, pattern in _KINDS.items():
        if any(pattern.search(each) for each in texts):
            return kind
    return "other"


def _counts(environment: str, wanted: Sequence[str]) -> bool:
    if not environment:
        return True
    name = environment.strip().lower()
    if wanted:
        return name in {each.lower() for each in wanted}
    return re.split(r"[^a-z]", name, maxsplit=1)[0] not in TRIAL


def _service(names: Sequence[str], subject: Subject) -> str:
    for name in names:
        if name in subject.services:
            return subject.services[name]
        if name in subject.known:
            return name
    if subject.service:
        return subject.service
    told = f"{title(names[0])[:80]!r}" if names else "nothing that was changed"
    raise ChangeRejected(
        "unknown-service",
        f"it names {told}, which the hook gives to no service; add it to the hook's `services`",
    )


def _check_instants(draft: Draft, now_ms: int) -> None:
    planned = draft.planned or draft.state in {"planned", "cancelled"}
    ahead = PLANNED_AHEAD_MS if planned else AHEAD_MS
    for name in ("started_at", "finished_at", "until_at"):
        at = getattr(draft, name)
        if at is None:
            continue
        word = name.removesuffix("_at")
        if at < EARLIEST_MS:
            raise ChangeRejected("instant", f"{word} lies before the year 2000; is its clock set?")
        if at > now_ms + (PLANNED_AHEAD_MS if name == "until_at" else ahead):
            raise ChangeRejected("from-the-future", f"{word} lies further ahead than can be")


def _field(name: str, value: str) -> str:
    return text(value, BOUNDS[Change][name][1])


# ---------------------------------------------------------------- bodies


def decoded(body: bytes) -> Any:
    """Return the value of a body of JSON. Raises ChangeRejected."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise ChangeRejected("json-invalid", "the body is no JSON in UTF-8") from None


def table(value: Any, what: str = "the body") -> Mapping[str, Any]:
    """Return a value that must be an object of JSON."""
    if not isinstance(value, dict):
        raise ChangeRejected("shape", f"{what} is no object")
    return value


def within(value: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """Return an object within another one, empty where it is absent or something else."""
    for name in path:
        inner = value.get(name)
        value = inner if isinstance(inner, dict) else {}
    return value


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list, the first CHANGES_MAX; what is no list has none."""
    listed = value[:CHANGES_MAX] if isinstance(value, list) else []
    return [each for each in listed if isinstance(each, dict)]


def word(value: Any) -> str:
    """Return a text, or a number as text; what is neither is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return value.strip() if isinstance(value, str) else str(value)


def needed(value: Any, what: str) -> str:
    """Return a text that must be there."""
    found = word(value)
    if not found:
        raise ChangeRejected("shape", f"{what} is missing")
    return found


def instant(value: Any, what: str) -> int | None:
    """Return an instant of RFC 3339 text, or as GitLab writes it; None where there is none."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ChangeRejected("instant", f"{what} is no text like 2025-03-10T09:41:00Z")
    line = value.strip()[:INSTANT_MAX]
    if found := _SPACED.fullmatch(line):
        zone = "+00:00" if found[3] else f"{found[4]}:{found[5]}"
        line = f"{found[1]}T{found[2]}{zone}"
    try:
        return _held(parse_iso(line), what)
    except BadInput:
        raise ChangeRejected(
            "instant", f"{what} cannot be read; write it like 2025-03-10T09:41:00Z"
        ) from None


def epoch(value: Any, what: str, unit_ms: int = 1) -> int | None:
    """Return an instant of a number of units of `unit_ms` since 1970; None where there is none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ChangeRejected("instant", f"{what} is no number of time")
    if not 0 <= value <= 10**14:
        raise ChangeRejected("instant", f"{what} is no number of time")
    return _held(int(value * unit_ms), what)


def _held(at: int, what: str) -> int:
    if not EARLIEST_MS <= at <= 10**14:
        raise ChangeRejected("instant", f"{what} lies before the year 2000; is its clock set?")
    return at
