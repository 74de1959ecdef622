"""What those who hold a service's traffic saw of it, as plain values for a page. Instants are milliseconds UTC."""

from __future__ import annotations

from typing import Literal

import msgspec

Unit = Literal["packets", "requests"]


class Part(msgspec.Struct, frozen=True):
    """A share of the packets (or requests), and whose it is: a vector, a country, a network, a port."""

    id: str
    label: str
    share: float


class Weighed(msgspec.Struct, frozen=True):
    """One measure: its name, its value, by how much it speaks (0 where it does not), and the sentence."""

    about: str
    value: float
    ratio: float
    sentence: str


class AttackView(msgspec.Struct, frozen=True):
    """One attack as its signals told it.

    `begins` is a bracket. `hit` is how many targets were named. `until` is when it was over, None while it goes on; `lost` says that then only the signals
    ended. `targets` are masked: prefixes, or the name of a hostgroup. Rates are a second, the highest that was told;
    `usual` is what is usual there, None where that is not known. `spoofed`, `flash_crowd` and `known` are None where nothing can be said.
    """

    id: str
    begins: tuple[int, int]
    until: int | None
    lost: bool
    unit: Unit
    source: str
    targets: tuple[str, ...]
    more_targets: int
    vectors: tuple[Part, ...]
    packets_s: float
    bits_s: float
    usual: float | None
    waves: int
    sources: int
    known: float | None
    spoofed: float | None
    flash_crowd: float | None
    meaningful: bool
    countries: tuple[Part, ...]
    networks: tuple[Part, ...]
    ports: tuple[Part, ...]
    measured: tuple[Weighed, ...]
    one_of: int
    hit: int = 1


class RushView(msgspec.Struct, frozen=True):
    """A stretch in which far more came than is usual, none of it like an attack: up to so much a second, and how probable people are.

    `known` is the share of it from networks that came in the last 28 days; None where that is not known.
    """

    begin: int
    until: int
    unit: Unit
    packets_s: float
    usual: float | None
    sources: int
    known: float | None
    flash_crowd: float


class Rates(msgspec.Struct, frozen=True):
    """Packets (or requests) a second by step, means of what was told; None where nothing was. Of one length."""

    start_at: int
    step_ms: int
    observed: tuple[int | None, ...]
    usual: tuple[float, ...]


class TrafficView(msgspec.Struct, frozen=True):
    """What the traffic showed around an incident, or in the last day: one sentence, the attacks, and how much came.

    `rates` are None where nothing was told. `rushes` are when far more came than is usual without an attack.
    """

    said: str
    unit: Unit
    attacks: tuple[AttackView, ...]
    rates: Rates | None
    rushes: tuple[RushView, ...] = ()
