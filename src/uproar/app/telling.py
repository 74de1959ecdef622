"""Telling of a change from the command line: to an observatory that runs, or into its journal while it does not."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import msgspec

from uproar.app import keeping
from uproar.app.clock import SystemClock
from uproar.app.compose import catalog_of
from uproar.app.settings import Settings
from uproar.errors import BadInput, ChangeRejected, JournalBusy
from uproar.inlets.changes import PATH, once
from uproar.inlets.tokens import secrets
from uproar.journal.sqlite import SqliteJournal
from uproar.wire.changes import plain
from uproar.wire.changes.normal import Passed, Subject, settled

HELD_BY = "UPROAR_TOKEN"  # The variable of the environment.
WAIT_S = 10.0  # To connect, to write, and for each part of the answer.
ANSWER_BYTES_MAX = 65_536
SOURCE = "command"


class Target(msgspec.Struct, frozen=True):
    """Where a change is told: `url` of an observatory and the name of its plain hook; the token's file."""

    url: str = ""
    hook: str = "ci"
    token_file: str = ""


def tell(fields: Mapping[str, Any], target: Target, settings: Settings) -> dict[str, object]:
    """Tell of a change; return where it was kept and under which number. Raises BadInput, JournalError.

    Without a url it goes into the journal of the settings; where an observatory has that open, to that
    observatory, if there is a token.
    """
    plain.read(fields)  # What is wrong is told here, before anything is sent.
    if target.url:
        return _post(target.url, fields, target)
    try:
        return _append(fields, settings)
    except JournalBusy:
        if not (target.token_file or os.environ.get(HELD_BY)):
            raise BadInput(
                "an observatory runs on this journal; tell it with --url and a token "
                f"(--token-file, or {HELD_BY} in the environment)"
            ) from None
        server = settings.server
        return _post(f"http://{server.host}:{server.port}", fields, target)


def _append(fields: Mapping[str, Any], settings: Settings) -> dict[str, object]:
    path = keeping.journal_file(settings)
    catalog = catalog_of(settings)
    clock = SystemClock()
    known = catalog.services.get(fields["service"]) or catalog.resolve(fields["service"])
    if known is None:
        meant = catalog.did_you_mean(fields["service"])
        raise BadInput(
            f"no such service is known; {f'did you mean {meant}?' if meant else 'check the name'}"
        )
    (draft,) = plain.read({**fields, "service": known.slug}, source=SOURCE)
    change = settled(draft, Subject(known.slug), clock.wall_ms())
    if isinstance(change, Passed):
        raise ChangeRejected(change.slug, change.why)
    with SqliteJournal.open(path, clock) as journal:
        receipt = journal.append_wait(change, once(SOURCE, change))
    return {"kept": "journal", "id": str(receipt.seq), "native": change.native}


def _post(url: str, fields: Mapping[str, Any], target: Target) -> dict[str, object]:
    _refuse_open_way(url)
    (token, *_) = secrets(
        target.token_file, "" if target.token_file else HELD_BY, os.environ, "the token"
    )
    address = f"{url.rstrip('/')}{PATH}{target.hook}"
    body = msgspec.json.encode(fields)
    headers: dict[bytes | str, bytes | str] = {
        "Content-Type": "application/json",
        "Authorization": b"Bearer " + token,
    }
    waits = dict.fromkeys(("connect", "read", "write", "pool"), WAIT_S)
    try:
        with httpcore2.ConnectionPool() as pool:
            answer = pool.request(
                "POST", address, headers=headers, content=body, extensions={"timeout": waits}
            )
    except (
        httpcore2.NetworkError,
        httpcore2.TimeoutException,
        httpcore2.ProtocolError,
        httpcore2.UnsupportedProtocol,
        OSError,
        ValueError,
    ):
        raise BadInput(f"{url}: the observatory cannot be reached; nothing was kept") from None
    return _understood(answer.status, answer.content[:ANSWER_BYTES_MAX], target.hook)


def _understood(status: int, body: bytes, hook: str) -> dict[str, object]:
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise BadInput(f"what answers ({status}) is no observatory; check --url")
    if status == 202 and told.get("ids"):
        return {"kept": "observatory", "id": str(told["ids"][0])}
    if status == 404:
        raise BadInput(f"the observatory has no hook {hook!r}; name one of source plain by --hook")
    error = told.get("error")
    why = error.get("message") if isinstance(error, dict) else told.get("passed_over")
    said = "; ".join(map(str, why)) if isinstance(why, list) else str(why)
    raise BadInput(f"the observatory did not keep it ({status}): {said}")


def _refuse_open_way(url: str) -> None:
    """Refuse to send a token where anybody on the way can read it."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme == "https" and host:
        return
    try:
        near = ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = host == "localhost"
    if parts.scheme != "http" or not near:
        raise BadInput(
            f"{url!r}: a token is sent by https only, or by http to this machine; "
            "write --url like https://status.example.org"
        )


def token_path(text: str) -> str:
    """Return the path of a token's file as it is seen from here."""
    return str(Path(text).absolute()) if text else ""
