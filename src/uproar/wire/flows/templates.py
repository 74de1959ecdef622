"""Which template a data set is read by: kept by exporter, observation domain and identifier, all bounded.

A template is kept as the bytes of its fields, and worked out when the first data set of its layout comes. Data
sets that come before their template wait for it, for a while and within bounds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from uproar.wire.flows import elements as ie
from uproar.wire.flows.contents import Sent
from uproar.wire.flows.datagrams import Reason
from uproar.wire.flows.layouts import Field, Layout
from uproar.wire.flows.sampling import Rates

FIELDS_MAX = 512  # Fields of a template; the richest that are known have under 150.
RECORD_BYTES_MAX = 16_384
TEMPLATES_MAX = 1_024  # Of one exporter, over all its domains.
# Templates of one exporter that are new or changed between two sweeps: each costs time.
CHANGES_MAX = 512
TEMPLATE_BYTES_MAX = 262_144  # Of one exporter, as they came; kept, they take some 25 times that.
TEMPLATE_ALL_BYTES_MAX = 4_194_304
DOMAINS_MAX = 256  # Observation domains (source identifiers) of one exporter.
DOMAINS_ALL_MAX = 16_384
LIFETIME_MS = 7_200_000  # Four times the usual half an hour between repetitions (RFC 7011, 8.4: at least three).
LAYOUTS_MAX = 1_024  # Worked out layouts kept at once; exporters of one make share them.
WAITING_BYTES_MAX = 262_144  # Data of one exporter that waits for templates.
WAITING_ALL_BYTES_MAX = 16_777_216
WAITING_MS = 600_000
SWEEP_MS = 10_000  # What is too old is looked for no more often than this.
FIRST_DATA_SET = 256


@dataclass(slots=True)
class Template:
    """A template as it came: its fields, whether it describes options, when it was last told, its bytes then."""

    fields: tuple[Field, ...]
    options: bool
    seen_ms: int
    cost: int
    layout: Layout | None = None  # Once data has come.


class Waiting(NamedTuple):
    """A data set whose template has not come."""

    payload: bytes
    sent: Sent
    arrived_ms: int


@dataclass(slots=True)
class Domain:
    """What one exporter's domain has told: its templates and how it samples; and what waits for templates."""

    exporter: int
    templates: dict[int, Template] = field(default_factory=dict)
    rates: Rates = field(default_factory=Rates)
    started_ms: int | None = None  # When the exporter was started, where options say so.
    waiting: dict[int, list[Waiting]] = field(default_factory=dict)


@dataclass(slots=True)
class _Exporter:
    """What one exporter's domains take together."""

    domains: int = 0
    templates: int = 0
    changes: int = 0
    template_bytes: int = 0
    waiting_bytes: int = 0


class Templates:
    """The templates of all exporters, and the data sets that wait for them."""

    def __init__(self) -> None:
        self._exporters: dict[int, _Exporter] = {}
        self._layouts: dict[tuple[Field, ...], Layout] = {}
        self._swept_ms = 0
        self._domains: dict[tuple[int, int, int], Domain] = {}  # By exporter, version, number.
        self._template_bytes = 0
        self._waiting_bytes = 0

    def domain(self, exporter: int, version: int, number: int) -> Domain | None:
        """Return what an exporter's domain has told, or None where there is no room for another."""
        domain = self._domains.get((exporter, version, number))
        if domain is None:
            known = self._exporters.get(exporter)
            if len(self._domains) >= DOMAINS_ALL_MAX or (known and known.domains >= DOMAINS_MAX):
                return None
            known = self._exporters.setdefault(exporter, _Exporter())
            known.domains += 1
            domain = self._domains[exporter, version, number] = Domain(exporter)
        return domain

    def learn(self, domain: Domain, number: int, template: Template) -> Reason | None:
        """Keep a template in the place of the one before it, or return why it is not kept."""
        refused = _refused(number, template.fields)
        if refused is not None:
            return refused
        old = domain.templates.get(number)
        if old is not None and old.fields == template.fields and old.options == template.options:
            old.seen_ms = template.seen_ms
            return None
        owner = self._exporters[domain.exporter]
        owner.changes += 1
        self.forget(domain, number)
        if (
            owner.changes > CHANGES_MAX
            or owner.templates >= TEMPLATES_MAX
            or owner.template_bytes + template.cost > TEMPLATE_BYTES_MAX
            or self._template_bytes + template.cost > TEMPLATE_ALL_BYTES_MAX
        ):
            return "template-limit"
        domain.templates[number] = template
        self._count(owner, 1, template.cost)
        return None

    def forget(self, domain: Domain, number: int) -> bool:
        """Withdraw a template; tell whether there was one."""
        old = domain.templates.pop(number, None)
        if old is None:
            return False
        self._count(self._exporters[domain.exporter], -1, -old.cost)
        return True

    def _count(self, owner: _Exporter, templates: int, size: int) -> None:
        owner.templates += templates
        owner.template_bytes += size
        self._template_bytes += size

    def live(self, domain: Domain, number: int, now_ms: int) -> Template | None:
        """Return a template that is known and has not expired, or None."""
        template = domain.templates.get(number)
        return None if template is None or now_ms - template.seen_ms > LIFETIME_MS else template

    def layout(self, template: Template) -> Layout:
        """Return the layout of a template, worked out once for all that have the same fields."""
        if template.layout is None:
            known = self._layouts.get(template.fields)
            if known is None:
                if len(self._layouts) >= LAYOUTS_MAX:
                    self._layouts.clear()
                known = self._layouts[template.fields] = Layout(template.fields)
            template.layout = known
        return template.layout

    def wait(self, domain: Domain, number: int, waiting: Waiting) -> bool:
        """Keep a data set until its template comes; tell whether there was room."""
        owner, size = self._exporters[domain.exporter], _cost(waiting)
        if (
            owner.waiting_bytes + size > WAITING_BYTES_MAX
            or self._waiting_bytes + size > WAITING_ALL_BYTES_MAX
        ):
            return False
        domain.waiting.setdefault(number, []).append(waiting)
        self._wait_count(owner, size)
        return True

    def waited(self, domain: Domain, number: int) -> list[Waiting]:
        """Return, and keep no longer, what waited for this template."""
        found = domain.waiting.pop(number, [])
        self._wait_count(self._exporters[domain.exporter], -sum(map(_cost, found)))
        return found

    def _wait_count(self, owner: _Exporter, size: int) -> None:
        owner.waiting_bytes += size
        self._waiting_bytes += size

    def sweep(self, now_ms: int) -> Counter[Reason]:
        """Drop templates that were not repeated, data that waited in vain, and domains of which nothing is left.

        Returns how many sets waited in vain.
        """
        gone: Counter[Reason] = Counter()
        if abs(now_ms - self._swept_ms) < SWEEP_MS:
            return gone
        self._swept_ms = now_ms
        for owner in self._exporters.values():
            owner.changes = 0
        for key, domain in list(self._domains.items()):
            gone["no-template"] += self._clear(domain, now_ms)
            if not domain.templates and not domain.waiting:
                del self._domains[key]
                owner = self._exporters[domain.exporter]
                owner.domains -= 1
                if not owner.domains:
                    del self._exporters[domain.exporter]
        return +gone

    def _clear(self, domain: Domain, now_ms: int) -> int:
        """Drop what is too old in one domain; return how many sets waited in vain."""
        for number, template in list(domain.templates.items()):
            if now_ms - template.seen_ms > LIFETIME_MS:
                self.forget(domain, number)
        gone = 0
        for number, sets in list(domain.waiting.items()):
            if now_ms - sets[0].arrived_ms > WAITING_MS:  # The oldest is the first.
                gone += len(self.waited(domain, number))
        return gone


def _refused(number: int, fields: tuple[Field, ...]) -> Reason | None:
    if number < FIRST_DATA_SET:
        return "template-broken"
    if len(fields) > FIELDS_MAX:
        return "template-large"
    lengths = [0 if each.length == ie.VARIABLE else each.length for each in fields]
    if sum(lengths) > RECORD_BYTES_MAX:
        return "template-large"
    if not any(each.length for each in fields):
        return "template-empty"
    return None


def _cost(waiting: Waiting) -> int:
    return len(waiting.payload) + 128
