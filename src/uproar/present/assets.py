"""What pages need besides themselves: one style sheet, one script, one icon, named by content.

The name of each holds a hash of its bytes, so that a browser may keep it for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType

NAME_DIGITS = 12

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


def _read(name: str) -> tuple[str, tuple[str, bytes]]:
    body = resources.files("uproar.present").joinpath("static", name).read_bytes()
    ending = name.rpartition(".")[2]
    digest = hashlib.sha256(body).hexdigest()[:NAME_DIGITS]
    return f"/static/{digest}.{ending}", (_TYPES[ending], body)


STYLE, _STYLE = _read("uproar.css")
SCRIPT, _SCRIPT = _read("uproar.js")
ICON, _ICON = _read("uproar.svg")

ASSETS: Mapping[str, tuple[str, bytes]] = MappingProxyType(
    {STYLE: _STYLE, SCRIPT: _SCRIPT, ICON: _ICON}
)
"""Path on the site -> (content type, bytes). They never change under their name."""
