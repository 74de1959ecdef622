"""Lines of a table of networks to what they say together: the form is told by the first of them, bad lines are set aside."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from uproar.errors import NetworksInvalid
from uproar.wire import cleaned
from uproar.wire.networks.forms import (
    FORMS,
    NO_FORM,
    NOT_TEXT,
    NOTHING,
    TOO_LONG,
    Reading,
    Row,
    headed,
)
from uproar.wire.networks.publishers import published
from uproar.wire.networks.rib import Routes, is_route
from uproar.wire.networks.spans import Gathering
from uproar.wire.networks.table import Source, Told

LINE_MAX = 65_536  # Octets; AS paths of a routing table are the longest.
LOOKED_AT = 200  # Lines from which the form is told.
SHOWN_MAX = 5  # Lines that are shown with their number; all are counted.
NAME_MAX = 120
NAMES_MAX = 500_000  # There are some 120,000 networks.
_DATES = (
    re.compile(r"(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)"),
    re.compile(r"(?<!\d)(20\d\d)-?([01]\d)(?!\d)"),
)


class Rows:
    """What rows say together: stretches of addresses and names."""

    def __init__(self) -> None:
        self.spans = Gathering()
        self.names: dict[int, str] = {}
        self.several = 0

    def add(self, row: Row) -> None:
        """Take a row; a network's name is the first that is told."""
        self.spans.add(row.span, row.system, row.country)
        self.several += row.several
        if row.name and row.system not in self.names and len(self.names) < NAMES_MAX:
            self.names[row.system] = cleaned.text(row.name, NAME_MAX)


class LineReader:
    """Reads the lines of one file, given in pieces; what cannot be used is counted and the first are shown."""

    def __init__(self) -> None:
        self.aside: Counter[str] = Counter()
        self.shown: list[str] = []
        self.form = ""
        self._read: Reading | None = None
        self._routes: Routes | None = None
        self._rows = Rows()
        self._number = 0
        self._below_head = True

    def feed(self, lines: Sequence[bytes]) -> None:
        """Take lines without their ends; raises NetworksInvalid where the form of the first ones cannot be told."""
        if not self.form:
            self._tell(lines)
        for line in lines:
            self._number += 1
            if len(line) > LINE_MAX:
                self._set_aside(TOO_LONG)
                continue
            if line[:1] == b"#" or not line.strip():
                continue
            try:
                text = line.decode().rstrip("\r")
            except UnicodeDecodeError:
                self._set_aside(NOT_TEXT)
                continue
            self._take(text)

    def source(self, file_name: str, **told: str) -> Source:
        """Return what all lines say. `told` (name, date, licence, attribution) is what the operator says of the source.

        Raises NetworksInvalid where no line could be used.
        """
        time_s = 0
        if self._routes is not None:
            time_s = self._routes.time
            for row in self._routes.rows():
                self._rows.add(row)
        if not len(self._rows.spans):
            why = "; ".join(self.shown[:3]) or "it is empty"
            raise NetworksInvalid(
                f"no line tells of a network or a country ({why}); a line is, for instance, 192.0.2.0/24, a tab and 64500"
            )
        known = published(file_name)
        date = told.get("date") or _day(time_s) or date_in(file_name)
        return Source(
            Told(
                told.get("name") or known.named(cleaned.text(file_name, NAME_MAX)),
                self.form,
                date,
                told.get("licence") or known.licence,
                told.get("attribution") or known.attribution,
                len(self._rows.spans),
                self._rows.several,
                dict(sorted(self.aside.items())),
            ),
            self._rows.spans.spans(),
            self._rows.names,
        )

    def _take(self, text: str) -> None:
        if not self._below_head:
            self._below_head = True
            return
        if self._routes is not None:
            why = self._routes.take(text)
            if why:
                self._set_aside(why)
            return
        row = self._read(text) if self._read else NO_FORM
        if isinstance(row, str):
            self._set_aside(row)
        else:
            self._rows.add(row)

    def _set_aside(self, why: str) -> None:
        self.aside[why] += 1
        # Rows that say nothing are no mistakes: tables have them for what is not routed.
        if len(self.shown) < SHOWN_MAX and why != NOTHING:
            self.shown.append(f"line {self._number}: {why}")

    def _tell(self, lines: Iterable[bytes]) -> None:
        """Tell the form: a head says so itself, else it is the one that most of the first lines are of."""
        first = [line.decode("utf-8", "replace").rstrip("\r") for line in lines if _speaks(line)]
        if not first:
            return
        reading = headed(first[0].removeprefix("\ufeff"))
        if reading is not None:
            self.form, self._read = "csv", reading
            self._below_head = False
            return
        if any(is_route(line) for line in first[:LOOKED_AT]):
            self.form, self._routes = "rib", Routes()
            return
        first = first[:LOOKED_AT]
        self.form = max(FORMS, key=lambda form: _fit(FORMS[form], first))
        self._read = FORMS[self.form]


def _fit(reading: Reading, lines: Sequence[str]) -> tuple[int, int]:
    """Return how many lines are of a form without a mistake, and how many are of it at all."""
    read = [reading(line) for line in lines]
    return sum(isinstance(row, Row) or row == NOTHING for row in read), sum(
        row != NO_FORM for row in read
    )


def _speaks(line: bytes) -> bool:
    return len(line) <= LINE_MAX and line[:1] != b"#" and bool(line.strip())


def date_in(name: str) -> str:
    """Return the day or month that a file's name tells, as ISO 8601, empty where it tells none."""
    for pattern in _DATES:
        for found in pattern.finditer(name):
            text = "-".join(found.groups())
            try:
                datetime.fromisoformat(f"{text}-01"[:10])
            except ValueError:
                continue
            return text
    return ""


def _day(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d") if time_s else ""
