"""Many catalog files to one catalog: later layers replace and remove, and names must be clear.

Sans-I/O. A layer is a folder's worth of files; the packaged files are the first, an operator's own
the second. Within a layer a slug may stand once; a later layer's entry takes the place of an
earlier one, whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from msgspec.structs import replace

from uproar.model.catalog import Catalog, fold
from uproar.model.service import Provider, Service
from uproar.wire.catalogfile import CatalogFile, Placed
from uproar.wire.catalogtable import Reject

LAYERS_MAX = 4
FILES_MAX = 500  # files of one layer


def assemble(layers: Sequence[Sequence[CatalogFile]]) -> tuple[Catalog, tuple[Reject, ...]]:
    """Return the catalog of the files, and all that is wrong with them, by file and line.

    Entries with a mistake are left out of the catalog. Raises nothing; beyond LAYERS_MAX layers
    and FILES_MAX files of each the rest is not read, which the caller should have refused.
    """
    rejects: list[Reject] = []
    services: dict[str, Placed] = {}
    providers: dict[str, Placed] = {}
    gone: set[str] = set()
    for layer in layers[:LAYERS_MAX]:
        files = layer[:FILES_MAX]
        rejects += (reject for file in files for reject in file.rejects)
        rejects += _overlay(services, [p for file in files for p in file.services])
        before = set(providers)
        rejects += _overlay(providers, [p for file in files for p in file.providers])
        gone = (gone | before) - set(providers)
    rejects += _unclear(services.values())
    rejects += _unclear(providers.values())
    rejects += _without_provider(services.values(), providers.keys() | gone)
    kept = [p.entry for p in providers.values() if isinstance(p.entry, Provider)]
    catalog = Catalog((_service(placed, providers) for placed in services.values()), kept)
    return catalog, tuple(sorted(set(rejects)))


def _service(placed: Placed, providers: dict[str, Placed]) -> Service:
    """Return the service without the providers that were taken away."""
    service = placed.entry
    assert isinstance(service, Service)
    there = tuple(slug for slug in service.providers if slug in providers)
    return service if there == service.providers else replace(service, providers=there)


def _overlay(entries: dict[str, Placed], layer: Iterable[Placed]) -> Iterator[Reject]:
    """Put the entries of a layer over those there are; yield what cannot be."""
    here: dict[str, Placed] = {}
    for placed in layer:
        slug = placed.entry.slug
        if slug in here:
            first = here[slug]
            what = f"{slug!r} is there already, at {first.file}:{first.line}"
            yield Reject(placed.file, placed.line, what, "keep one of the two")
        elif placed.removed and slug not in entries:
            near = get_close_matches(slug, entries, n=1)
            todo = f"did you mean {near[0]!r}?" if near else "take this table out"
            yield Reject(placed.file, placed.line, f"there is no {slug!r} to remove", todo)
        elif placed.removed:
            del entries[slug]
        else:
            # A replacement goes to the end, so that a clash is found at the newer entry.
            entries.pop(slug, None)
            entries[slug] = placed
        here.setdefault(slug, placed)


def _unclear(entries: Iterable[Placed]) -> Iterator[Reject]:
    """Yield every name, hashtag or domain that would stand for two entries."""
    owners: dict[str, str] = {}
    listed = list(entries)
    for placed in listed:
        owners.setdefault(placed.entry.slug, placed.entry.slug)
    for placed in listed:
        entry = placed.entry
        tags = entry.hashtags if isinstance(entry, Service) else ()
        for word in (entry.name, *entry.names, *tags, *entry.domains):
            owner = owners.setdefault(fold(word), entry.slug)
            if owner != entry.slug:
                what = f"{entry.slug}: {word!r} stands for {owner!r} already"
                todo = "give it to one of them, or write the longer name"
                yield Reject(placed.file, placed.line, what, todo)


def _without_provider(services: Iterable[Placed], known: set[str]) -> Iterator[Reject]:
    """Yield every provider that a service names and that no file has."""
    for placed in services:
        service = placed.entry
        assert isinstance(service, Service)
        for slug in service.providers:
            if slug not in known:
                near = get_close_matches(slug, sorted(known), n=1)
                todo = f"did you mean {near[0]!r}?" if near else "add a [[provider]] table for it"
                what = f"{service.slug}: unknown provider {slug!r}"
                yield Reject(placed.file, placed.line, what, todo)
