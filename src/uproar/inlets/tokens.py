"""Secrets and tokens: read from a file or the environment, bounded, and told to nobody.

A *secret* signs, or is compared with what comes: any signs, several while an old one gives way to a new
one. A *token* becomes part of a header, so it is one word of printable ASCII. No message repeats either.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from uproar.errors import SettingsInvalid
from uproar.wire import signatures

CHARS_MIN = 16  # What is shorter can be guessed.
TOKEN_CHARS_MAX = 500  # Some that others give out are long, as JSON Web Tokens are.
SECRETS_BYTES_MAX = 4_096  # Of a file, or of a variable of the environment.
HOSTS_BYTES_MAX = 65_536  # Of a file with a token for each host.
# Lines of secrets that count: an old one and a new one, and no list of all that were ever used.
SECRETS_MAX = 4


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
        given = signatures.borne(header)
        return signatures.same(given.encode("utf-8", "replace"), self._value.encode())


def word_in(path: Path) -> str:
    """Return the token that is all of a file. Raises SettingsInvalid, which quotes nothing of it."""
    return _checked(_text(_read(path, SECRETS_BYTES_MAX)).strip(), str(path))


def token_in(path: Path) -> Token:
    """Return the token that is all of a file, wrapped. Raises as `word_in` does."""
    return Token(word_in(path))


def tokens_by_host(path: Path) -> dict[str, Token]:
    """Return the tokens of a file with a line `HOST TOKEN` for each host. Raises as `word_in` does."""
    found: dict[str, Token] = {}
    for number, line in enumerate(_text(_read(path, HOSTS_BYTES_MAX)).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        host, _, token = line.strip().partition(" ")
        if not token:
            raise SettingsInvalid(f"{path}:{number}: write a host, a space and its token")
        found[host.lower()] = Token(_checked(token.strip(), f"{path}:{number}"))
    return found


def secrets(file: str, variable: str, environ: Mapping[str, str], where: str) -> tuple[bytes, ...]:
    """Return the secrets of a file (one a line, a new one beside an old one) or of a variable.

    None where neither is named. Raises SettingsInvalid, which begins with `where` and never holds
    what was read.
    """
    if file:
        raw = _read(Path(file), SECRETS_BYTES_MAX, f"{where}: ")
    elif variable:
        raw = environ.get(variable, "").encode("utf-8", "surrogateescape")
        if not raw.strip():
            raise SettingsInvalid(f"{where}: the environment has no {variable}")
        if len(raw) > SECRETS_BYTES_MAX:
            raise SettingsInvalid(f"{where}: {variable} has more than {SECRETS_BYTES_MAX} bytes")
    else:
        return ()
    found = tuple(line.strip() for line in raw.splitlines() if line.strip())
    if not 1 <= len(found) <= SECRETS_MAX:
        raise SettingsInvalid(f"{where}: 1 to {SECRETS_MAX} secrets are wanted, one a line")
    if min(map(len, found)) < CHARS_MIN:
        raise SettingsInvalid(
            f"{where}: a secret has at least {CHARS_MIN} characters; "
            "`openssl rand -hex 32` makes one"
        )
    return found


def _read(path: Path, most: int, where: str = "") -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except OSError as problem:
        raise SettingsInvalid(
            f"{where}{path} cannot be read ({problem.strerror}); "
            "put the secret there, readable for the user that runs uproar"
        ) from None
    if len(raw) > most:
        raise SettingsInvalid(f"{where}{path} has more than {most} bytes")
    return raw


def _text(raw: bytes) -> str:
    # What is no ASCII becomes a sign that no token may hold, and is refused with the rest.
    return raw.decode("ascii", "replace")


def _checked(token: str, where: str) -> str:
    fits = CHARS_MIN <= len(token) <= TOKEN_CHARS_MAX
    if not (fits and token.isascii() and token.isprintable() and " " not in token):
        raise SettingsInvalid(
            f"{where}: a token is one line of {CHARS_MIN} to {TOKEN_CHARS_MAX} printable signs "
            "without spaces; make one with: openssl rand -hex 32"
        )
    return token
