"""Tokens: read from where they lie, told to nobody, compared without telling by the time it takes."""

from __future__ import annotations

import hmac
from pathlib import Path

from uproar.errors import SettingsInvalid

TOKEN_MIN, TOKEN_MAX = 16, 500  # Characters.
FILE_BYTES_MAX = 65_536


class Token:
    """A token that shows itself in no log, no message and no trace."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:  # type: ignore[explicit-override] # typing.override came with 3.12
        """Return a word that is no token."""
        return "Token(...)"

    def bearer(self) -> str:
        """Return the header's value that shows it to whoever is asked (RFC 6750, 2.1)."""
        return f"Bearer {self._value}"

    def is_borne_by(self, header: str) -> bool:
        """Tell whether an Authorization header bears this token."""
        scheme, _, given = header.partition(" ")
        same = hmac.compare_digest(given.strip().encode(), self._value.encode())
        return scheme.lower() == "bearer" and same


def one(path: Path) -> Token:
    """Return the token that is all of a file. Raises SettingsInvalid, which quotes nothing of it."""
    return _checked(_text(path).strip(), path)


def by_host(path: Path) -> dict[str, Token]:
    """Return the tokens of a file with a line `HOST TOKEN` for each host."""
    found: dict[str, Token] = {}
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        host, _, token = line.strip().partition(" ")
        if not token:
            raise SettingsInvalid(f"{path}:{number}: write a host, a space and its token")
        found[host.lower()] = _checked(token.strip(), path)
    return found


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(FILE_BYTES_MAX).decode("ascii")
    except OSError as problem:
        raise SettingsInvalid(
            f"{path}: the file of tokens cannot be read ({problem.strerror})"
        ) from None
    except UnicodeDecodeError:
        raise SettingsInvalid(f"{path}: a token is letters, digits and signs of ASCII") from None


def _checked(token: str, path: Path) -> Token:
    if not TOKEN_MIN <= len(token) <= TOKEN_MAX or not token.isprintable() or " " in token:
        raise SettingsInvalid(
            f"{path}: a token has {TOKEN_MIN} to {TOKEN_MAX} characters and no space"
        )
    return Token(token)
