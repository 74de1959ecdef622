"""The items of evidence: each a pure function from facts to seen, not seen, or *unknown*.

An item that is seen speaks, by its weight for each mechanism; one that is not seen, or not known, says
nothing at all: nobody who did not look can be read as having found nothing. What was looked for and
not found has items of its own (`co.none`, `change.none`, `traffic.usual`). Ids are a public contract:
append-only, never given another meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from uproar.diagnose.facts import Facts

View = Literal["outsider", "operator"]
Look = Callable[[Facts], bool | None]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that evidence can show. `group` is what it is about: items of one group overlap.

    `field` names the fact that it reads, by which its witnesses are found. `view` says who can know it.
    """

    id: str
    group: str
    field: str
    look: Look
    sentence: str
    view: View = "outsider"


def _is(field: str, word: str) -> Look:
    def look(facts: Facts) -> bool | None:
        value = getattr(facts, field)
        return None if value is None else value == word

    return look


def _has(field: str, *words: str) -> Look:
    wanted = frozenset(words)

    def look(facts: Facts) -> bool | None:
        value = getattr(facts, field)
        return None if value is None else bool(wanted & value)

    return look


def _says(*words: str) -> Look:
    """Look for words in the vendor's wording; each is matched at the beginning of a word."""

    def look(facts: Facts) -> bool | None:
        if facts.notice is None:
            return None
        parts = facts.notice.lower().replace("-", " ").split()
        text = " " + " ".join(part.strip(".,;:()'\"") for part in parts)
        return any(f" {word}" in text for word in words)

    return look


def _changed(*kinds: str, near: bool | None = None) -> Look:
    """Look for a change of some kinds; `near` True: at most `NEAR_MINUTES` before the onset, False: longer."""

    def look(facts: Facts) -> bool | None:
        if facts.changes is None:
            return None
        for change in facts.changes:
            if change.kind not in kinds:
                continue
            if near is None:
                return True
            if (
                change.minutes_before is not None
                and (change.minutes_before <= NEAR_MINUTES) == near
            ):
                return True
        return False

    return look


def _attacked(facts: Facts) -> bool | None:
    return None if facts.attack_seen is None else facts.attack_seen >= ATTACK_SEEN


def _not_attacked(facts: Facts) -> bool | None:
    return None if facts.attack_seen is None else facts.attack_seen <= 1 - ATTACK_SEEN


def _none_failing(facts: Facts) -> bool | None:
    kinds = facts.co_failing_kinds
    return None if kinds is None else not kinds


def _many_failing(facts: Facts) -> bool | None:
    return None if facts.co_failing is None else facts.co_failing >= MANY_FAILING


def _none_changed(facts: Facts) -> bool | None:
    return None if facts.changes is None else not facts.changes


NEAR_MINUTES = 30.0  # A change so long before the onset, or less, is near it.
ATTACK_SEEN = 0.8  # From such a probability on tracing says that traffic is an attack.
MANY_FAILING = 3  # So many others that fail beside it are many.

_DNS = ("dns-timeout", "dns-servfail", "dns-nxdomain", "dns-refused", "dns-wrong-answer")
_ORIGIN = (
    "http-520",
    "http-521",
    "http-522",
    "http-523",
    "http-524",
    "http-525",
    "http-526",
    "http-530",
)
ORIGIN_PAGES = frozenset(_ORIGIN)
_5XX = ("http-5xx", "http-500", "http-502", "http-503", "http-504")
_CHANGES = ("deploy", "config-change", "maintenance", "migration", "failover", "capacity-change",
            "cert-rotation", "dns-change", "bgp-change", "rollback", "flag", "other")  # fmt: skip

# Each row: its id, the field it reads, how it looks, its sentence.
_OUTSIDE: tuple[tuple[str, str, Look, str], ...] = (
    ("scope.global", "scope", _is("scope", "global"), "It fails everywhere at once."),
    ("scope.regional", "scope", _is("scope", "regional"), "It fails in one region and works elsewhere."),
    ("scope.single-dc", "scope", _is("scope", "single-dc"), "What fails hangs on one data centre."),
    ("scope.single-isp", "scope", _is("scope", "single-isp"), "It fails for the customers of one access network."),
    ("scope.part", "scope", _is("scope", "partial-function"), "A part of it fails while the rest works."),
    ("onset.sudden", "onset", _is("onset", "sudden"), "It began within minutes."),
    ("onset.gradual", "onset", _is("onset", "gradual"), "It grew over a long time."),
    ("onset.waves", "onset", _is("onset", "waves"), "It came in waves, with recovery between them."),
    ("time.business", "time_context", _has("time_context", "business-hours"), "It began in working hours."),
    ("time.off-peak", "time_context", _has("time_context", "off-peak"), "It began at a quiet hour."),
    ("time.weekend", "time_context", _has("time_context", "weekend-or-holiday"), "It began on a weekend or holiday."),
    ("time.event", "time_context", _has("time_context", "major-event"), "It began as many people came for an event."),
    ("time.window", "time_context", _has("time_context", "scheduled-window"), "It began in a window that was announced for maintenance."),
    ("time.date-boundary", "time_context", _has("time_context", "cert-or-date-boundary"), "It began at an instant at which dates or certificates turn."),
    ("time.midnight", "time_context", _has("time_context", "midnight-utc"), "It began at midnight UTC."),
    ("symptom.unreachable", "symptoms", _has("symptoms", "unreachable", "tcp-connect-timeout", "connect-refused", "tcp-reset"), "No connection comes about."),
    ("symptom.slow", "symptoms", _has("symptoms", "slow"), "It works, but very slowly."),
    ("symptom.timeout", "symptoms", _has("symptoms", "http-timeout", "http-504", "tcp-connect-timeout"), "Requests get no answer in time."),
    ("symptom.packet-loss", "symptoms", _has("symptoms", "packet-loss", "disconnects"), "Packets are lost on the way."),
    ("symptom.login", "symptoms", _has("symptoms", "login-fails"), "Signing in fails."),
    ("symptom.api", "symptoms", _has("symptoms", "api-errors"), "Programs get errors from its interface."),
    ("symptom.5xx", "symptoms", _has("symptoms", *_5XX), "It answers with an error page of its own (5xx)."),
    ("symptom.503", "symptoms", _has("symptoms", "http-503"), "It answers that it is overloaded or away (503)."),
    ("symptom.origin-page", "symptoms", _has("symptoms", *_ORIGIN), "What stands before it answers that its servers do not (520 to 530)."),
    ("symptom.full", "symptoms", _has("symptoms", "capacity-page", "http-429", "queue-page"), "It says that it is full, or asks to wait."),
    ("symptom.challenge", "symptoms", _has("symptoms", "challenge-page"), "It asks visitors to prove that they are human."),
    ("symptom.maintenance", "symptoms", _has("symptoms", "maintenance-page"), "It shows a page that says maintenance."),
    ("symptom.4xx", "symptoms", _has("symptoms", "http-403", "http-404", "http-401", "http-400"), "It answers that the page is missing or forbidden (4xx)."),
    ("symptom.post", "symptoms", _has("symptoms", "cannot-post"), "What people send is not accepted."),
    ("symptom.partial", "symptoms", _has("symptoms", "partial-content", "blank"), "Pages open, but parts of them are missing."),
    ("symptom.jobs", "symptoms", _has("symptoms", "jobs-delayed"), "Jobs and messages come late."),
    ("symptom.data", "symptoms", _has("symptoms", "data-missing", "data-wrong"), "Data are missing or wrong."),
    ("symptom.app-crash", "symptoms", _has("symptoms", "app-crash"), "The program on the device crashes."),
    ("symptom.defaced", "symptoms", _has("symptoms", "defaced"), "Its pages show a stranger's message."),
    ("symptom.voice", "symptoms", _has("symptoms", "voice-fails", "no-signal"), "Calls fail, or phones find no network."),
    ("symptom.dns", "symptoms", _has("symptoms", *_DNS), "Its name does not resolve."),
    ("symptom.nxdomain", "symptoms", _has("symptoms", "dns-nxdomain", "dns-wrong-answer"), "Name servers say that its name does not exist, or answer wrongly."),
    ("symptom.servfail", "symptoms", _has("symptoms", "dns-servfail"), "Resolvers cannot get an answer that they trust (SERVFAIL)."),
    ("symptom.dns-timeout", "symptoms", _has("symptoms", "dns-timeout"), "Its name servers do not answer."),
    ("symptom.tls-expired", "symptoms", _has("symptoms", "tls-expired"), "Its certificate has expired."),
    ("symptom.tls", "symptoms", _has("symptoms", "tls-handshake", "tls-unknown-ca", "tls-wrong-name", "tls-expired"), "The secure connection fails."),
    ("symptom.bgp", "symptoms", _has("symptoms", "bgp-leak", "bgp-withdrawn", "bgp-hijack"), "Routes to it changed in the routing of the Internet."),
    ("symptom.bgp-leak", "symptoms", _has("symptoms", "bgp-leak"), "Networks that should not announce its addresses do."),
    ("symptom.bgp-withdrawn", "symptoms", _has("symptoms", "bgp-withdrawn"), "Its own network withdrew its routes."),
    ("symptom.bgp-hijack", "symptoms", _has("symptoms", "bgp-hijack"), "A stranger announces its addresses."),
    ("co.none", "co_failing_kinds", _none_failing, "Nothing else is reported to fail beside it."),
    ("co.dependents", "co_failing_kinds", _has("co_failing_kinds", "own-dependents"), "Those who depend on it fail with it."),
    ("co.peers", "co_failing_kinds", _has("co_failing_kinds", "peer-services"), "Services that have nothing to do with it fail at the same time."),
    ("co.cloud", "co_failing_kinds", _has("co_failing_kinds", "cloud-region"), "The cloud that it runs on has a failure of its own."),
    ("co.cdn", "co_failing_kinds", _has("co_failing_kinds", "cdn"), "The content network in front of it has a failure of its own."),
    ("co.isp", "co_failing_kinds", _has("co_failing_kinds", "isp"), "A network that carries its traffic has a failure of its own."),
    ("co.dns", "co_failing_kinds", _has("co_failing_kinds", "dns-provider"), "Whoever serves its names has a failure of its own."),
    ("co.third-party", "co_failing_kinds", _has("co_failing_kinds", "third-party"), "Somebody else whom it needs has a failure of their own."),
    ("co.own-page", "co_failing_kinds", _has("co_failing_kinds", "own-status-page"), "Its own status page fails with it."),
    ("co.many", "co_failing", _many_failing, "Three others or more fail beside it."),
    ("notice.posted", "notice", lambda facts: None if facts.notice is None else True, "The vendor says that something is wrong."),
    ("notice.connectivity", "notice", _says("connect", "reach", "network", "congest"), "The vendor speaks of connections or its network."),
    ("notice.slow", "notice", _says("degraded", "slow", "latency", "performance", "delay", "hang"), "The vendor speaks of a slow or degraded service."),
    ("notice.errors", "notice", _says("error"), "The vendor speaks of errors."),
    ("notice.login", "notice", _says("login", "log in", "sign", "authent"), "The vendor speaks of signing in."),
    ("notice.dns", "notice", _says("dns", "name serv", "resol"), "The vendor speaks of names."),
    ("notice.place", "notice", _says("one zone", "one site", "one region", "zone", "one data", "one facil", "hall"), "The vendor names one site, zone or region."),
    ("notice.maintenance", "notice", _says("maint", "window", "notice posted", "short notice", "downtime", "closed", "extended", "planned", "upgrade", "scheduled"), "The vendor speaks of planned work."),
)  # fmt: skip

_OPERATOR: tuple[tuple[str, str, Look, str], ...] = (
    ("traffic.surge", "traffic", _is("traffic", "inbound-surge"), "Far more came in than is usual."),
    ("traffic.drop", "traffic", _is("traffic", "inbound-drop"), "Less came in than is usual, as if cut off before it."),
    ("traffic.usual", "traffic", _is("traffic", "usual"), "What came in was as usual."),
    ("traffic.many-sources", "traffic_detail", _has("traffic_detail", "many-sources"), "It came from very many sources."),
    ("traffic.few-sources", "traffic_detail", _has("traffic_detail", "few-sources", "single-source"), "It came from few sources."),
    ("traffic.people", "traffic_detail", _has("traffic_detail", "normal-client-mix"), "It came from the usual mix of clients."),
    ("traffic.retries", "traffic_detail", _has("traffic_detail", "retries"), "The same clients asked again and again."),
    ("traffic.requests", "traffic_detail", _has("traffic_detail", "http-requests", "tls-handshakes"), "It was made of requests for pages."),
    ("traffic.repeated", "traffic_detail", _has("traffic_detail", "repeated-same-url", "repeated-query", "automated-clients", "scanning", "single-target"), "It asked for the same again and again, as programs do."),
    ("traffic.packets", "traffic_detail", _has("traffic_detail", "udp", "tcp", "spoofed", "syn", "icmp", "amplification"), "It was made of packets, not of requests."),
    ("traffic.dns-queries", "traffic_detail", _has("traffic_detail", "dns-queries"), "It was made of questions to name servers."),
    ("traffic.internal", "traffic_detail", _has("traffic_detail", "internal"), "It came from inside, between its own parts."),
    ("traffic.api", "traffic_detail", _has("traffic_detail", "api", "more-requests-per-page"), "It came by the interface for programs."),
    ("traffic.foreign", "traffic_detail", _has("traffic_detail", "foreign-sources"), "It came from countries that it is rarely used from."),
    ("traffic.attack", "attack_seen", _attacked, "Its own traffic shows an attack."),
    ("traffic.no-attack", "attack_seen", _not_attacked, "Its own traffic shows people, and no attack."),
    ("change.none", "changes", _none_changed, "Nothing was changed before it."),
    ("change.deploy", "changes", _changed("deploy", "rollback"), "A new version was rolled out."),
    ("change.config", "changes", _changed("config-change", "flag"), "A configuration was changed."),
    ("change.maintenance", "changes", _changed("maintenance"), "Work on it was going on."),
    ("change.migration", "changes", _changed("migration"), "It was being moved."),
    ("change.failover", "changes", _changed("failover"), "It was switched over to a spare."),
    ("change.capacity", "changes", _changed("capacity-change"), "Its capacity was changed."),
    ("change.cert", "changes", _changed("cert-rotation"), "A certificate was changed."),
    ("change.dns", "changes", _changed("dns-change"), "Its names were changed."),
    ("change.bgp", "changes", _changed("bgp-change"), "Its routes were changed."),
    ("change.near", "changes", _changed(*_CHANGES, near=True), "The change came at most half an hour before."),
    ("change.far", "changes", _changed(*_CHANGES, near=False), "The change came longer before."),
)  # fmt: skip


def _group(id_: str) -> str:
    return id_.partition(".")[0]


ITEMS: tuple[Item, ...] = tuple(
    Item(id_, _group(id_), field, look, sentence) for id_, field, look, sentence in _OUTSIDE
) + tuple(
    Item(id_, _group(id_), field, look, sentence, "operator")
    for id_, field, look, sentence in _OPERATOR
)
IDS: tuple[str, ...] = tuple(item.id for item in ITEMS)
