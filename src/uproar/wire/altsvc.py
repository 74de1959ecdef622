"""Where does a server say that it speaks HTTP/3? The Alt-Svc header of RFC 7838, read narrowly."""

from __future__ import annotations

import re

# protocol="host:port"; of the parameters that follow none matters here.
_OFFER = re.compile(r'\bh3="(?P<host>[^":,;]{0,253}):(?P<port>\d{1,5})"')


def http3_port(header: str) -> int | None:
    """Return the port on which the same host offers HTTP/3, or None where it offers none.

    Offers of another host are passed over: they would be another site's way. "clear" offers nothing.
    """
    for offer in _OFFER.finditer(header):
        port = int(offer["port"])
        if not offer["host"] and 1 <= port <= 65_535:
            return port
    return None
