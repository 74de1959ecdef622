"""The fingerprints by which answers are told apart, as data files beside this module."""

from __future__ import annotations

from importlib.resources import files

from uproar.wire.fingerprintfile import FILE_MAX, Fingerprint, decode
from uproar.wire.fingerprints import Fingerprints, gathered

FOLDER = "fingerprints"


def load() -> Fingerprints:
    """Return the packaged fingerprints, compiled; raise FingerprintsInvalid for a mistake in them."""
    found: list[Fingerprint] = []
    folder = files("uproar.catalog") / FOLDER
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            with file.open("rb") as stream:
                found.extend(decode(stream.read(FILE_MAX + 1), file.name))
    return gathered(found)
