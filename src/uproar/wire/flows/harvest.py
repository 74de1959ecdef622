"""The data sets of one call, gathered by layout and read together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.wire.flows import elements as ie
from uproar.wire.flows.alike import Stretch
from uproar.wire.flows.clocks import INSTANT_MAX
from uproar.wire.flows.columns import Flows, concat
from uproar.wire.flows.contents import NO_UPTIME, UPTIME_AT, Gathered, Sent
from uproar.wire.flows.datagrams import Told
from uproar.wire.flows.layouts import Layout
from uproar.wire.flows.records import flows
from uproar.wire.flows.sequence import Sequences
from uproar.wire.flows.templates import Domain, Template, Templates, Waiting

GATHERED_MAX = 256  # Layouts gathered side by side; when there are more, they are read without waiting for others.


class Harvest:
    """The data sets of one call: read by their templates, gathered by layout, flows at the end."""

    def __init__(self, templates: Templates, told: Told) -> None:
        self._templates = templates
        self._told = told
        # By the identity of layout and samplers, which the values keep alive.
        self._gathered: dict[tuple[int, int], Gathered] = {}
        self._flows: list[Flows] = []

    def template(self, domain: Domain, number: int, template: Template) -> None:
        """Learn a template, and read what waited for it."""
        refused = self._templates.learn(domain, number, template)
        if refused is not None:
            self._told.aside[refused] += 1
            return
        self._told.templates += 1
        if number in domain.waiting:
            for each in self._templates.waited(domain, number):
                self.data(domain, number, each.payload, each.sent, template.seen_ms)

    def data(
        self, domain: Domain, number: int, payload: bytes, sent: Sent, now_ms: int
    ) -> int | None:
        """Take a data set; return how many records it holds, or None where that is not known yet."""
        template = self._templates.live(domain, number, now_ms)
        if template is None:
            if not self._templates.wait(domain, number, Waiting(payload, sent, now_ms)):
                self._told.aside["no-template"] += 1
            return None
        layout = self._templates.layout(template)
        fixed, count = layout.fixed(payload)
        self._told.records += count
        if not count:
            return 0
        if template.options:
            self._told.options += count
            _learn_options(domain, layout, fixed)
        elif not layout.addressed:
            self._told.aside["no-address"] += count
        else:
            self._gather(layout, domain, fixed, count, sent)
        return count

    def together(self, stretch: Stretch, version: int, sequences: Sequences) -> bool:
        """Take datagrams of one data set each, as `data` would one by one; or none of them, and return False.

        They can be taken together where all their templates are known and are plain: no options, nothing of
        variable length, and an address to tell.
        """
        plans: list[tuple[Domain, Layout, NDArray[np.intp] | None]] = []
        for (exporter, number, set_id), places in stretch.groups().items():
            domain = self._templates.domain(exporter, version, number)
            template = domain and self._templates.live(domain, set_id, stretch.latest_ms)
            if not domain or not template or template.options:
                return False
            layout = self._templates.layout(template)
            if layout.variable or not layout.addressed:
                return False
            plans.append((domain, layout, places))
        counts = np.zeros(len(stretch.batch), np.int64)
        for domain, layout, places in plans:
            chosen = slice(None) if places is None else places
            counts[chosen] = some = stretch.room[chosen] // layout.length
            self._gathering(layout, domain).many(
                stretch.batch.records(layout.length, stretch.begin, some, places),
                some,
                stretch.sent(chosen, domain.started_ms),
                domain.rates.usual,
            )
        self._told.datagrams += len(stretch.batch)
        self._told.records += int(counts.sum())
        self._told.clock_off += stretch.clock_off
        units = counts if stretch.counts_records else np.ones_like(counts)
        self._told.add_lost(stretch.note(sequences, version, units))
        return True

    def _gathering(self, layout: Layout, domain: Domain) -> Gathered:
        named = domain.rates.named if layout.selects else ()
        gathered = self._gathered.get((id(layout), id(named)))
        if gathered is None:
            if len(self._gathered) >= GATHERED_MAX:
                self._flows.append(self._read())
            gathered = self._gathered[id(layout), id(named)] = Gathered(layout, named)
        return gathered

    def _gather(self, layout: Layout, domain: Domain, fixed: bytes, count: int, sent: Sent) -> None:
        gathered = self._gathering(layout, domain)
        if domain.started_ms is not None and sent[UPTIME_AT] == NO_UPTIME:
            exporter, anchor_ms, exported_ms, _ = sent
            sent = (exporter, anchor_ms, exported_ms, (exported_ms - domain.started_ms) % (1 << 32))
        gathered.one(fixed, count, sent, domain.rates.usual)

    def _read(self) -> Flows:
        found = concat([flows(each.layout, each.contents()) for each in self._gathered.values()])
        self._gathered.clear()
        return found

    def flows(self) -> Flows:
        """Return the flows of all that was taken, layout by layout."""
        return concat([*self._flows, self._read()])


def _learn_options(domain: Domain, layout: Layout, fixed: bytes) -> None:
    """Take from options records how the domain samples and when its exporter was started."""
    if not layout.length:
        return
    rows = layout.rows(fixed)
    domain.rates = domain.rates.learned(layout, rows)
    started = layout.number(rows, ie.SYSTEM_INIT_MS)
    if started is not None and len(started):
        domain.started_ms = min(int(started[-1]), INSTANT_MAX)
