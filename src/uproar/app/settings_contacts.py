"""How an operator can be reached, and which hosts of their own may be asked, as any section may say it."""

from __future__ import annotations

import re
from collections.abc import Iterable

CONTACT_WRONG = (
    "must say how you can be reached, like noc@example.org or https://example.org/contact"
)
# It becomes part of a header: plain signs, and nothing that could begin another one.
_CONTACT = re.compile(r"https://[!-'*-~]{3,190}|[\w.+-]{1,80}@[\w.-]{3,110}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")


def is_contact(contact: str, *, needed: bool) -> bool:
    """Tell whether a mail address or https link can be told to others; none will do where none is needed."""
    return _CONTACT.fullmatch(contact) is not None if contact else not needed


def are_hosts(hosts: Iterable[str]) -> bool:
    """Tell whether all of these are hosts without scheme, port or path."""
    return all(_HOST.fullmatch(host) for host in hosts)


def hosts_wrong(example: str) -> str:
    """Return what is said where they are not."""
    return f"must be hosts without scheme, port or path, like {example}.internal.example"
