"""The catalog: services people know and what they depend on, as data files beside this module.

`load` reads `services/*.toml` and `providers.toml` of the package, then an operator's own folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from uproar.errors import CatalogInvalid
from uproar.model.catalog import Catalog
from uproar.wire.catalogfile import FILE_MAX, CatalogFile, decode
from uproar.wire.catalogset import FILES_MAX, assemble

__all__ = ["load"]

MISTAKES_SHOWN = 200


def load(extra: Path | None = None, *, only: bool = False) -> Catalog:
    """Return the packaged catalog, changed by the `*.toml` files of the folder `extra`.

    A table with the slug of a packaged service or provider replaces it; `remove = true` takes it
    away. With `only` no packaged service is taken, but all packaged providers are. Raises
    CatalogInvalid with all mistakes, one a line with file and line, where the folder or a file of
    it cannot be read, and where no service is left.
    """
    here = files(__name__)
    packaged = [here / "providers.toml", *(() if only else _tables(here / "services"))]
    layers = [[_read(file, file.name) for file in packaged]]
    if extra is not None:
        layers.append(_own(extra))
    catalog, rejects = assemble(layers)
    if rejects:
        shown = [reject.text() for reject in rejects[:MISTAKES_SHOWN]]
        if len(rejects) > len(shown):
            shown.append(f"and {len(rejects) - len(shown)} more")
        raise CatalogInvalid("\n".join(shown))
    if not len(catalog):
        raise CatalogInvalid(
            f"{extra or 'the catalog'}: holds no service; write a [[service]] table"
        )
    return catalog


def _own(folder: Path) -> list[CatalogFile]:
    if not folder.is_dir():
        raise CatalogInvalid(
            f"{folder}: this is no folder; make it, or take it out of the settings"
        )
    found = _tables(folder)
    if len(found) > FILES_MAX:
        raise CatalogInvalid(f"{folder}: {len(found)} files; put them into at most {FILES_MAX}")
    return [_read(file, str(folder / file.name)) for file in found]


def _tables(folder: Traversable) -> Sequence[Traversable]:
    try:
        found = [file for file in folder.iterdir() if file.name.endswith(".toml")]
    except OSError as error:
        raise CatalogInvalid(f"{folder}: cannot be read: {error.strerror}; check it") from error
    return sorted(found, key=lambda file: file.name)


def _read(file: Traversable, shown: str) -> CatalogFile:
    """Decode a file, of which at most one byte more than allowed is read."""
    try:
        with file.open("rb") as stream:
            return decode(stream.read(FILE_MAX + 1), shown)
    except OSError as error:
        raise CatalogInvalid(f"{shown}:1: cannot be read: {error.strerror}; check it") from error
