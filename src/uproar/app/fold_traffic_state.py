"""What the fold remembers of traffic: values only, as they lie in a checkpoint."""

from __future__ import annotations

import msgspec

from uproar.model.signal import Traffic


class Struck(msgspec.Struct):
    """An attack on a service, as the signals of those who hold its traffic tell it.

    `begins` brackets its beginning: the clock of the telemetry, and the arrival of the first word of it. `worst` is the
    signal with the highest rate, which describes it; `targets` are those that were named, the first of them only, with
    whether it goes on there. `waves` counts how often it was raised. `cleared_at` is None while it goes on; `lost` says that nobody cleared it:
    the signals ended.
    """

    id: str
    begins: tuple[int, int]
    heard_at: int
    worst: Traffic
    targets: dict[str, bool] = msgspec.field(default_factory=dict)
    waves: int = 1
    cleared_at: int | None = None
    lost: bool = False


class Rush(msgspec.Struct):
    """A stretch in which far more came than is usual, and nothing of it looked like an attack.

    `begin` and `until` are instants of the first and last word of it; `worst` is the signal with the highest rate.
    """

    begin: int
    until: int
    worst: Traffic


class Level(msgspec.Struct):
    """What came to a service minute by minute, packets (or requests) a second: the mean over the ticks that told of it.

    `minute` is the number of the last minute since 1970; -1 in a list says that nothing was told. Of the minute that is
    still running the sums are kept, and over how many ticks.
    """

    minute: int = -1
    rates: list[float] = msgspec.field(default_factory=list)
    usual: list[float] = msgspec.field(default_factory=list)
    rate_sum: float = 0.0
    usual_sum: float = 0.0
    ticks: int = 0
    usual_ticks: int = 0


class Came(msgspec.Struct):
    """What came to one service within the tick that is taken in, and what is usual, a second, by teller and target."""

    rates: dict[str, float] = msgspec.field(default_factory=dict)
    usual: dict[str, float] = msgspec.field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Return how much came in all: a prefix holds addresses that may be told of by themselves."""
        return _whole(self.rates)

    @property
    def usual_rate(self) -> float | None:
        """Return what is usual in all, None where it is not known of each."""
        return _whole(self.usual) if self.usual.keys() == self.rates.keys() else None


def _whole(rates: dict[str, float]) -> float:
    prefixes = [rate for name, rate in rates.items() if "/" in name.rpartition(" ")[2]]
    return max([sum(rates.values()) - sum(prefixes), *prefixes])


class Held(msgspec.Struct):
    """All of it, by service. `came` is of the tick that is being taken in.

    `heard` is when each way in last told of traffic. `packets` are the levels of flows and captures, `requests` of access logs.
    """

    attacks: dict[str, list[Struck]] = msgspec.field(default_factory=dict)
    packets: dict[str, Level] = msgspec.field(default_factory=dict)
    requests: dict[str, Level] = msgspec.field(default_factory=dict)
    heard: dict[str, int] = msgspec.field(default_factory=dict)
    rushes: dict[str, list[Rush]] = msgspec.field(default_factory=dict)
    came: dict[str, Came] = msgspec.field(default_factory=dict)
    came_requests: dict[str, Came] = msgspec.field(default_factory=dict)
    raised: list[tuple[str, str]] = msgspec.field(default_factory=list)
    cleared: list[tuple[str, str]] = msgspec.field(default_factory=list)
