"""An address on the web, read strictly: one text, one meaning, and nothing hidden in it.

Readers that differ about an address are how a guard is passed, so what is doubtful is refused
rather than guessed: userinfo, backslashes, controls, numbers that are IPv4 in disguise. Names are
brought to their ASCII form (UTS 46, as browsers do). Source: RFC 3986, RFC 5891, WHATWG URL for
what must be refused.
"""

from __future__ import annotations

import ipaddress
import re

import idna

from uproar.errors import UrlInvalid
from uproar.model.measurement import EXPECT_MAX, Check

URL_MAX = 2_048  # characters
NAME_MAX = 253  # characters of a name in its ASCII form
PORTS = {"http": 80, "https": 443}

_WHOLE = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)"
    r"(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.DOTALL,
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{0,5}))?")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)\Z")
_UNSAFE = re.compile(r"[^!$%&'()*+,./:;=?@_~0-9A-Za-z\[\]-]")


def check(text: str, *, expect: str = "") -> Check:
    """Read an address that a person gave; without a scheme it is taken as https.

    Raises UrlInvalid with one clear line.
    """
    if len(expect) > EXPECT_MAX:
        raise UrlInvalid(f"the expected text is longer than {EXPECT_MAX} characters")
    if "://" not in text[:20] and not re.match(r"(?!localhost:)[a-z]+:(?!\d)", text):
        text = f"https://{text}"
    return _read(text, expect)


def moved(base: Check, location: str) -> Check:
    """Return where a redirect leads, seen from `base`; raises UrlInvalid."""
    if _SCHEME.match(location):
        return _read(location, base.expect)
    if location.startswith("//"):
        return _read(f"{base.scheme}:{location}", base.expect)
    root = Check(base.scheme, base.host, base.port, "").url
    path = base.target.partition("?")[0]
    if location.startswith("/"):
        return _read(root + location, base.expect)
    if location.startswith("?"):
        return _read(root + path + location, base.expect)
    if location.startswith("#") or not location:
        return _read(root + base.target, base.expect)
    return _read(root + path.rpartition("/")[0] + "/" + location, base.expect)


def _read(text: str, expect: str) -> Check:
    if len(text) > URL_MAX:
        raise UrlInvalid(f"the address is longer than {URL_MAX} characters")
    if any(ord(sign) <= 32 or ord(sign) == 127 or sign == "\\" for sign in text):
        raise UrlInvalid("the address holds a space, a control character or a backslash")
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise UrlInvalid("this is no address on the web; write one such as https://example.org/")
    scheme = found["scheme"].lower()
    if scheme not in PORTS:
        raise UrlInvalid("only http and https can be probed")
    if "@" in found["authority"]:
        raise UrlInvalid(
            "a name or password in an address is not taken; leave out what is before @"
        )
    parts = _AUTHORITY.fullmatch(found["authority"])
    if parts is None:
        raise UrlInvalid("the host or the port of the address cannot be read")
    port = int(parts["port"] or PORTS[scheme])
    if not 1 <= port <= 65_535:
        raise UrlInvalid(f"there is no port {port}")
    target = _normal(found["path"] or "/")
    if found["query"] is not None:
        target += "?" + found["query"]
    return Check("https" if scheme == "https" else "http", host(parts["host"]), port,
                 _quoted(target), expect)  # fmt: skip


def host(text: str) -> str:
    """Return the ASCII form of a name, or a canonical IP address; raises UrlInvalid."""
    if text.startswith("["):
        try:
            address = ipaddress.IPv6Address(text[1:-1])
        except ValueError:
            raise UrlInvalid("the IPv6 address cannot be read") from None
        if address.scope_id is not None:
            raise UrlInvalid("an IPv6 address with a zone is not taken")
        return str(address)
    if not text:
        raise UrlInvalid("the address names no host")
    try:
        name = idna.encode(text, uts46=True, std3_rules=False, transitional=False).decode()
    except (idna.IDNAError, UnicodeError):
        name = text.lower() if text.isascii() else ""
    name = name.lower().removesuffix(".")
    labels = name.split(".")
    if not name or len(name) > NAME_MAX or not all(map(_LABEL.fullmatch, labels)):
        raise UrlInvalid("the host is no name that could be looked up")
    if _NUMERIC.match(labels[-1]):
        # 127.1, 0x7f.0.0.1 and 2130706433 are all loopback to some reader of addresses.
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError:
            raise UrlInvalid("the host is a number; write four parts such as 192.0.2.1") from None
    return name


def _normal(path: str) -> str:
    """Take out `.` and `..`, so that a redirect loop shows as one (RFC 3986, section 5.2.4)."""
    kept: list[str] = []
    parts = path.split("/")[1:]
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part in {".", ".."}:
            if part == ".." and kept:
                kept.pop()
            if last:
                kept.append("")
        else:
            kept.append(part)
    return "/" + "/".join(kept)


def _quoted(target: str) -> str:
    """Write what may not stand in a request line as percent signs and hexadecimal digits."""
    return _UNSAFE.sub(
        lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode("utf-8", "replace")), target
    )
