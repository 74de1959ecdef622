"""What the publisher keeps: pages of what the state knows, and of nothing else."""

from __future__ import annotations

import threading
import zlib

import msgspec
import pytest

from uproar.app import checkpoint, fold
from uproar.app.publish import Publisher
from uproar.model.catalog import Catalog
from uproar.model.service import Service
from uproar.model.signal import Report
from uproar.model.tick import end_ms
from uproar.outlets.site import Site
from uproar.present.views import Site as Frame

CATALOG = Catalog([Service("alpha", "Alpha")])
DESIGN = fold.Design()
FIRST = 174_000_000


def outage() -> fold.State:
    state = fold.start(CATALOG, DESIGN)
    for tick in range(FIRST, FIRST + 90):
        people = 20 if tick > FIRST + 60 else 0
        arrived = [Report(at=0, service="alpha", reporter=f"{tick}-{n}") for n in range(people)]
        state, _ = fold.step(state, arrived, tick, DESIGN)
    assert len(state.incidents) == 1
    return state


def test_the_pages_of_an_incident_go_when_the_state_forgets_it() -> None:
    state, site = outage(), Site()
    publisher = Publisher(CATALOG, site, Frame(), threading.RLock())
    publisher.publish(state, end_ms(state.tick))
    name = next(iter(state.incidents))
    pages = {path for path in site.pages if path.startswith("/i/")}
    assert pages == {f"/i/{name}{ending}" for ending in ("", ".json", ".csv", ".svg")}
    state.incidents.clear()
    state.trackers.clear()
    publisher.publish(state, end_ms(state.tick))
    assert not [path for path in site.pages if path.startswith("/i/")]
    assert "/s/alpha" in site.pages


@pytest.mark.parametrize("damage", ["cut off", "no checkpoint", "another shape"])
def test_a_checkpoint_that_cannot_be_read_is_not_used(damage: str) -> None:
    kept = checkpoint.encode(outage(), CATALOG, DESIGN)
    envelope = msgspec.msgpack.decode(zlib.decompress(kept), type=checkpoint.Envelope)
    other = msgspec.structs.replace(envelope, state=msgspec.msgpack.encode({"tick": "no number"}))
    blob = {
        "cut off": kept[: len(kept) // 2],
        "no checkpoint": zlib.compress(b"\xc1"),
        "another shape": zlib.compress(msgspec.msgpack.encode(other)),
    }[damage]
    with pytest.raises(checkpoint.NotUsable):
        checkpoint.decode(blob, CATALOG, DESIGN)
