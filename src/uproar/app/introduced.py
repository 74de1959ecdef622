"""How this program calls itself to whoever it asks: the User-Agent of everything that it sends.

Whoever looks into a log finds what asked, and where to complain. A reader and a probe are two
programs to them: what a reader asks again and again, a probe asks once a check.
"""

from __future__ import annotations

from uproar import __version__

ONE_REQUEST = "one request"  # In place of a contact, where a person asks once from a terminal.


def reader(contact: str) -> str:
    """Return the name of what reads pages, calendars and streams; `contact` is how to reach its operator."""
    return f"Uproar/1 (outage observatory; {contact})"


def prober(contact: str) -> str:
    """Return the name of what measures, with the release that does."""
    return f"uproar-probe/{__version__} (outage observatory; {contact})"
