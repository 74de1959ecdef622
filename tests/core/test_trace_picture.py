"""The picture of an attack: whole, legible without its surroundings, and without an address that nobody asked for."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

from core import traffic_writer as t
from core.test_trace_vectors import random_tcp
from uproar.app import tracing
from uproar.present import tracingpicture
from uproar.trace.attack import Attack, Share, Vector
from uproar.trace.curve import STEPS_MAX


@pytest.fixture(scope="module")
def flood(tmp_path_factory: pytest.TempPathFactory) -> Attack:
    path: Path = tmp_path_factory.mktemp("picture") / "flood.pcap"
    path.write_bytes(t.capture(t.forged(random_tcp(0x02))))
    (attack,) = tracing.read(path, tracing.known()).found.attacks
    return attack


def words(picture: str) -> str:
    root = ET.fromstring(picture)
    return " ".join(part.strip() for part in root.itertext())


def test_it_says_what_came_how_much_and_what_that_does_not_tell(flood: Attack) -> None:
    told = words(tracingpicture.picture(flood))
    assert "SYN flood" in told
    assert "packets a second" in told
    assert "That people came instead" in told
    assert "Countries mean nothing here" in told
    assert "Who ordered it cannot be told from traffic" in told


def test_the_target_is_masked_unless_it_is_asked_for(flood: Attack) -> None:
    assert t.TARGET not in tracingpicture.picture(flood)
    assert t.TARGET in tracingpicture.picture(flood, addresses=True)


def test_the_curve_holds_the_attack_within_all_that_came(flood: Attack) -> None:
    curve = flood.curve
    assert curve is not None
    assert 0 < len(curve.attack) == len(curve.whole) <= STEPS_MAX
    assert all(part <= whole + 0.1 for part, whole in zip(curve.attack, curve.whole, strict=True))
    packets = sum(curve.attack) * curve.step_ms / 1_000
    assert packets == pytest.approx(flood.rates.packets, rel=0.01)


def test_countries_are_drawn_where_they_mean_something(flood: Attack) -> None:
    real = msgspec.structs.replace(
        flood.sources, meaningful=True, reason="", countries=(Share("DE", 0.4), Share("??", 0.1))
    )
    told = words(tracingpicture.picture(msgspec.structs.replace(flood, sources=real)))
    assert "40% Germany" in told


def test_much_to_tell_makes_it_longer_and_without_a_curve_the_words_stand(flood: Attack) -> None:
    many = tuple(Vector("flood.udp", 1 / 9, 1.0, 1.0) for _ in range(9))
    long = tracingpicture.picture(msgspec.structs.replace(flood, vectors=(*flood.vectors, *many)))
    height = int(ET.fromstring(long).attrib["height"])
    assert height > int(ET.fromstring(tracingpicture.picture(flood)).attrib["height"])
    bare = tracingpicture.picture(msgspec.structs.replace(flood, curve=None))
    assert "SYN flood" in words(bare)
