"""One incident's evidence as a line of JSON: read strictly, and what cannot be understood set aside and named.

The words are those of the taxonomy. A word that is not known is set aside, with the nearest one that is;
facts that contradict each other are both set aside. So a record with mistakes is judged by the rest of it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from uproar.diagnose.axes import ATTACKS, LEAVES
from uproar.diagnose.facts import ChangeFact, ClaimFact, Facts
from uproar.diagnose.roles import role_of
from uproar.errors import EvidenceInvalid

UNKNOWN = "unknown"
LINE_MAX = 1_000_000  # Bytes of one record.
LIST_MAX = 64  # Entries of one list that are read.
WORD_MAX = 80  # Characters of one word.
NOTICE_MAX = 500  # Characters of the vendor's wording that are read.
MINUTES_MAX = 10_000_000.0  # About nineteen years.

SCOPES = ("global", "regional", "single-dc", "single-isp", "partial-function")
ONSETS = ("sudden", "gradual", "waves")
RECOVERIES = ("sudden", "gradual", "waves")
TIMES = (
    "business-hours",
    "off-peak",
    "weekend-or-holiday",
    "major-event",
    "scheduled-window",
    "cert-or-date-boundary",
    "midnight-utc",
)  # fmt: skip
SYMPTOMS = (
    "unreachable", "slow", "login-fails", "api-errors", "packet-loss", "http-5xx", "cannot-post", "dns-timeout",
    "partial-content", "http-timeout", "jobs-delayed", "maintenance-page", "dns-servfail", "data-missing",
    "data-wrong", "bgp-leak", "bgp-withdrawn", "voice-fails", "app-crash", "dns-nxdomain", "tls-expired",
    "no-signal", "challenge-page", "disconnects", "tls-handshake", "capacity-page", "bgp-hijack", "defaced",
    "tcp-connect-timeout", "tcp-reset", "connect-refused", "dns-refused", "dns-wrong-answer", "tls-wrong-name",
    "tls-unknown-ca", "queue-page", "blank",
)  # fmt: skip
TRAFFIC = ("inbound-surge", "inbound-drop", "usual")
DETAILS = (
    "many-sources", "few-sources", "single-source", "normal-client-mix", "retries", "http-requests", "dns-queries",
    "udp", "tcp", "syn", "icmp", "amplification", "spoofed", "internal", "api", "foreign-sources", "repeated-same-url",
    "repeated-query", "more-requests-per-page", "automated-clients", "scanning", "single-target", "tls-handshakes",
)  # fmt: skip
KINDS = (
    "own-dependents", "peer-services", "cloud-region", "third-party", "isp", "own-status-page", "cdn", "dns-provider",
)  # fmt: skip
CHANGES = (
    "deploy", "config-change", "maintenance", "migration", "failover", "capacity-change", "cert-rotation",
    "dns-change", "bgp-change", "rollback", "flag", "other",
)  # fmt: skip
FIELDS = (
    "scope", "onset", "recovery", "time_context", "symptoms", "traffic", "traffic_detail", "co_failing",
    "co_failing_kinds", "changes_before", "vendor_status", "claims",
)  # fmt: skip
_STATUS = re.compile(r"http-[1-5]\d\d")
_OWN = frozenset({"vendor-status-page", "own-site", "own-status-page", "customer-sites"})
CLAIMED = (*LEAVES, "attack-unspecified", "not-attack", "technical-unspecified")


class Aside(msgspec.Struct, frozen=True):
    """What was set aside: of which field, which word, and why, as a sentence with what to do."""

    field: str
    word: str
    why: str


class Read(msgspec.Struct, frozen=True):
    """One record as it was read: its id, the facts, and what was set aside."""

    id: str
    facts: Facts
    aside: tuple[Aside, ...]


def read(line: bytes | str, number: int) -> Read:
    """Read one line (`number` from 1 is for messages).

    Raises EvidenceInvalid if it is no JSON object, too long, or has no evidence to be read.
    """
    if len(line) > LINE_MAX:
        raise EvidenceInvalid(
            f"line {number}: longer than {LINE_MAX} bytes; a record is far shorter"
        )
    try:
        record = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        raise EvidenceInvalid(
            f"line {number}: this is no JSON ({error}); each line must be one object"
        ) from None
    if not isinstance(record, dict):
        raise EvidenceInvalid(
            f'line {number}: a record is an object like {{"id": "...", "evidence": {{...}}}},'
            f" not {_kind(record)}"
        )
    evidence = record.get("evidence")
    if not isinstance(evidence, dict):
        said = "is missing" if evidence is None else f"is {_kind(evidence)}"
        raise EvidenceInvalid(
            f"line {number}: `evidence` {said}; it must be an object, with any of {', '.join(FIELDS)}"
        )
    name = record.get("id", f"line-{number}")
    if not isinstance(name, str | int) or isinstance(name, bool):
        raise EvidenceInvalid(f"line {number}: `id` must be a text, not {_kind(name)}")
    facts, aside = facts_of(evidence)
    return Read(str(name)[:WORD_MAX], facts, aside)


def facts_of(evidence: Mapping[str, Any]) -> tuple[Facts, tuple[Aside, ...]]:
    """Return the facts of an evidence object, and what was set aside of it."""
    aside: list[Aside] = []
    aside += [
        Aside(str(field)[:WORD_MAX], "", _unheard("field", str(field), FIELDS))
        for field in evidence
        if field not in FIELDS
    ]
    reader = _Reader(evidence, aside)
    detail = reader.words("traffic_detail", DETAILS)
    traffic = reader.word("traffic", TRAFFIC, {"normal": "usual"})
    if traffic in {"inbound-drop", "usual"} and detail:
        aside.append(
            Aside(
                "traffic",
                traffic,
                f"`{traffic}` does not go with a detail of a surge; neither is used",
            )
        )
        traffic, detail = None, frozenset()
    facts = Facts(
        scope=reader.word("scope", SCOPES),
        onset=reader.word("onset", ONSETS),
        recovery=reader.word("recovery", RECOVERIES),
        time_context=reader.words("time_context", TIMES) or None,
        symptoms=reader.words("symptoms", SYMPTOMS, _STATUS) or None,
        traffic=traffic,
        traffic_detail=detail or None,
        co_failing=reader.count("co_failing"),
        co_failing_kinds=reader.kinds(),
        changes=reader.changes(),
        notice=reader.text("vendor_status"),
        claims=reader.claims(),
    )
    return facts, tuple(aside)


class _Reader:
    """Reads the fields of one evidence object; what it cannot use goes into `aside`."""

    def __init__(self, evidence: Mapping[str, Any], aside: list[Aside]) -> None:
        self.evidence = evidence
        self.aside = aside

    def word(
        self, field: str, known: Iterable[str], same: Mapping[str, str] | None = None
    ) -> str | None:
        value = self.evidence.get(field)
        if value is None or value == UNKNOWN:
            return None
        if not isinstance(value, str):
            self._no(field, value, "one word")
            return None
        value = (same or {}).get(value, value)
        if value not in known:
            self.aside.append(Aside(field, value[:WORD_MAX], _unheard("word", value, known)))
            return None
        return value

    def text(self, field: str) -> str | None:
        value = self.evidence.get(field)
        if value is None or value == UNKNOWN:
            return None
        if not isinstance(value, str):
            self._no(field, value, "a text")
            return None
        return value[:NOTICE_MAX].strip() or None

    def words(
        self, field: str, known: Iterable[str], pattern: re.Pattern[str] | None = None
    ) -> frozenset[str]:
        found = set()
        for value in self._list(field):
            if not isinstance(value, str):
                self._no(field, value, "a word")
            elif value in known or (pattern is not None and pattern.fullmatch(value)):
                found.add(value)
            elif value != UNKNOWN:
                self.aside.append(Aside(field, value[:WORD_MAX], _unheard("word", value, known)))
        return frozenset(found)

    def count(self, field: str) -> int | None:
        if self.evidence.get(field) is None:
            return None
        return len({value for value in self._list(field) if isinstance(value, str)} - _OWN)

    def kinds(self) -> frozenset[str] | None:
        """Return the kinds of what fails beside it; empty only where the record says that nothing does."""
        field = "co_failing_kinds"
        found = self.words(field, (*KINDS, "none-reported"))
        if found == {"none-reported"}:
            return frozenset()
        if "none-reported" in found:
            self.aside.append(
                Aside(field, "none-reported", "it does not go with other kinds; it is not used")
            )
        return (found - {"none-reported"}) or None

    def changes(self) -> tuple[ChangeFact, ...] | None:
        """Return the changes; empty only where the record says that a look found none."""
        field, found, none = "changes_before", [], False
        for value in self._list(field):
            if not isinstance(value, dict) or not isinstance(value.get("type"), str):
                self._no(field, value, 'an object like {"type": "deploy", "minutes_before": 5}')
                continue
            kind, minutes = value["type"], value.get("minutes_before")
            if minutes is not None and (
                isinstance(minutes, bool)
                or not isinstance(minutes, int | float)
                or not 0 <= minutes <= MINUTES_MAX
            ):
                self._no(field, minutes, "`minutes_before` as a number from 0 on, or null")
                minutes = None
            if kind in {"none-known", "none"}:
                none = True
            elif kind in CHANGES:
                found.append(ChangeFact(kind, None if minutes is None else float(minutes)))
            elif kind != UNKNOWN:
                self.aside.append(Aside(field, kind[:WORD_MAX], _unheard("word", kind, CHANGES)))
        if none and found:
            self.aside.append(
                Aside(field, "none-known", "it does not go with a change; neither is used")
            )
            return None
        return tuple(found) if found or none else None

    def claims(self) -> tuple[ClaimFact, ...]:
        field, found = "claims", []
        for value in self._list(field):
            if (
                not isinstance(value, dict)
                or not isinstance(value.get("by"), str)
                or not isinstance(value.get("cause"), str)
            ):
                self._no(field, value, 'an object like {"by": "vendor", "cause": "bad-deploy"}')
                continue
            by, cause = value["by"][:WORD_MAX], value["cause"]
            if cause not in CLAIMED:
                self.aside.append(Aside(field, cause[:WORD_MAX], _unheard("cause", cause, CLAIMED)))
                continue
            found.append(
                ClaimFact(role_of(by, attack=cause in (*ATTACKS, "attack-unspecified")), cause)
            )
        return tuple(found)

    def _list(self, field: str) -> list[Any]:
        value = self.evidence.get(field)
        if value is None or value == UNKNOWN:
            return []
        if not isinstance(value, list):
            self._no(field, value, "a list")
            return []
        if len(value) > LIST_MAX:
            self.aside.append(
                Aside(field, "", f"it has {len(value)} entries; the first {LIST_MAX} are read")
            )
        return value[:LIST_MAX]

    def _no(self, field: str, value: Any, wanted: str) -> None:
        self.aside.append(
            Aside(field, "", f"it must hold {wanted}, not {_kind(value)}; this entry is not used")
        )


def _unheard(what: str, value: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(value[:WORD_MAX], list(known), n=1)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    return f"the {what} is not known and is not used{hint}"


def _kind(value: Any) -> str:
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "an object",
    }
    return "null" if value is None else names.get(type(value), type(value).__name__)
