"""The lexicon: how people say that something fails, as data files beside this module."""

from __future__ import annotations

from importlib.resources import files

from uproar.model.lexicon import Lexicon
from uproar.wire.lexiconfile import FILE_MAX, decode

__all__ = ["load"]


def load() -> Lexicon:
    """Return the packaged lexicon; raise LexiconInvalid for a mistake in it."""
    read: dict[str, bytes] = {}
    for file in files(__name__).iterdir():
        if file.name.endswith(".toml"):
            with file.open("rb") as stream:
                read[file.name.removesuffix(".toml")] = stream.read(FILE_MAX + 1)
    return decode(read)
