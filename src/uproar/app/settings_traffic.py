"""The settings of traffic: who may tell of flows, what is ours, what is kept of them; and their mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
from msgspec.structs import astuple

from uproar.app import settings_logs
from uproar.app.settings_logs import LogSettings
from uproar.errors import SettingsInvalid
from uproar.inlets.addresses import prefix
from uproar.inlets.flows.sockets import LISTEN_MAX, endpoint
from uproar.trace.ours import Floors

WORKERS_MAX = 64
EXPORTERS_MAX = 4_096
HOSTGROUPS_MAX = 1_000
PREFIXES_MAX = 10_000  # Of all hostgroups together.
NAME_MAX = 60
KEEP_MB_MIN, KEEP_MB_MAX = 16, 16_777_216
KEEP_HOURS_MAX = 24 * 400
_FLOORS = Floors()


class HostgroupSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Addresses of yours that are judged together and each, as a table `[[traffic.hostgroups]]`.

    What serves `service` is told on that service's page. The other five are floors, below all of which nothing is looked
    at as an attack, however unusual it is: packets and bits a second of all that comes, packets a second with SYN alone,
    bits a second of UDP from ports that amplifiers answer from, and connections that are held open at once and carry next to nothing.
    """

    name: str
    prefixes: tuple[str, ...]
    service: str = ""
    packets_s: float = _FLOORS.packets_s
    bits_s: float = _FLOORS.bits_s
    opening_s: float = _FLOORS.opening_s
    answers_bits_s: float = _FLOORS.answers_bits_s
    connections: float = _FLOORS.connections

    @property
    def floors(self) -> Floors:
        """The floors of these addresses."""
        return Floors(**{name: getattr(self, name) for name in Floors.__struct_fields__})


class TrafficSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether telemetry of flows is taken: NetFlow v5 and v9, IPFIX and sFlow, told apart by their bytes. Off unless you ask for it.

    `listen` are addresses like "127.0.0.1:2055" or "[::1]:6343"; anybody who can send to them is believed, so keep them in
    a network of your own, and name the `exporters` (addresses or prefixes): what others send is counted and
    ignored. `workers` are processes that share the exporters among them. Targets are the prefixes of the hostgroups;
    without one every destination is. `keep_flows` is a folder for raw flows as Parquet files (needs `pip install
    'uproar[parquet]'`), at most `keep_mb` megabytes and `keep_hours` old; with `mask_sources` the addresses of senders are
    cut to their /24 or /48 before anything is written.
    """

    listen: tuple[str, ...] = ()
    workers: int = 1
    exporters: tuple[str, ...] = ()
    keep_flows: str = ""
    keep_mb: int = 4_096
    keep_hours: int = 48
    mask_sources: bool = True
    hostgroups: tuple[HostgroupSettings, ...] = ()
    logs: tuple[LogSettings, ...] = ()


def wrong(traffic: TrafficSettings) -> Iterator[tuple[str, str]]:
    """Return what is wrong in [traffic], as keys with complaints."""
    for text in traffic.listen:
        try:
            endpoint(text)
        except SettingsInvalid as problem:
            yield "listen", f"has {problem}"
    for text in traffic.exporters:
        if not _is_prefix(text):
            yield "exporters", f"has {text!r}; write addresses or prefixes, like 192.0.2.0/24"
    groups = traffic.hostgroups
    names = [group.name for group in groups]
    checks = [
        ("listen", len(traffic.listen) <= LISTEN_MAX, f"are more than {LISTEN_MAX}"),
        ("listen", len(set(traffic.listen)) == len(traffic.listen), "names an address twice"),
        ("workers", 1 <= traffic.workers <= WORKERS_MAX, f"must be 1 to {WORKERS_MAX}"),
        ("exporters", len(traffic.exporters) <= EXPORTERS_MAX, f"are more than {EXPORTERS_MAX}"),
        ("keep_mb", KEEP_MB_MIN <= traffic.keep_mb <= KEEP_MB_MAX, f"must be {KEEP_MB_MIN} to {KEEP_MB_MAX}"),
        ("keep_hours", 1 <= traffic.keep_hours <= KEEP_HOURS_MAX, f"must be 1 to {KEEP_HOURS_MAX}"),
        ("hostgroups", len(groups) <= HOSTGROUPS_MAX, f"are more than {HOSTGROUPS_MAX}"),
        ("hostgroups", len(set(names)) == len(names), "have a name twice"),
        ("hostgroups", all(0 < len(name) <= NAME_MAX and name.isprintable() for name in names),
         f"name: 1 to {NAME_MAX} printable characters"),
        ("hostgroups", all(group.prefixes for group in groups), "prefixes: name at least one"),
        ("hostgroups", sum(len(group.prefixes) for group in groups) <= PREFIXES_MAX,
         f"have more than {PREFIXES_MAX} prefixes together"),
        ("hostgroups", all(min(astuple(group.floors)) > 0 for group in groups), "floors must be above 0"),
    ]  # fmt: skip
    yield from ((key, complaint) for key, holds, complaint in checks if not holds)
    yield from settings_logs.wrong(traffic.logs)
    for group in groups:
        for text in group.prefixes:
            if not _is_prefix(text):
                yield "hostgroups", f"prefixes: {text!r} is no network; write it like 192.0.2.0/24"


def resolved(traffic: TrafficSettings, absolute: Callable[[str], str]) -> TrafficSettings:
    """Return the settings with their folder seen from where the settings file lies."""
    return msgspec.structs.replace(
        traffic,
        keep_flows=absolute(traffic.keep_flows),
        logs=settings_logs.resolved(traffic.logs, absolute),
    )


def _is_prefix(text: str) -> bool:
    try:
        prefix(text)
    except (SettingsInvalid, ValueError):
        return False
    return True
