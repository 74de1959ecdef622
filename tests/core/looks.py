"""Looks of probes as a test writes them: one line a look, from probes whose networks are known."""

from __future__ import annotations

from collections.abc import Iterable

from uproar.detect import quorum
from uproar.detect.quorum import Facts, Latest
from uproar.model.probe import Origin
from uproar.model.signal import Probed

URL = "https://alpha.example/"
T0 = 1_740_000_000_000

# name: network, place, resolver
PROBES = {
    "lhr": Origin("lhr", "GB", "AS64501"),
    "iad": Origin("iad", "US", "AS64502"),
    "nrt": Origin("nrt", "JP", "AS64503"),
    "gru": Origin("gru", "BR", "AS64504"),
    "fra": Origin("fra", "DE", "AS64505"),
    "lhr-2": Origin("lhr-2", "GB", "AS64501"),
    "dub": Origin("dub", "IE", "AS64501"),
}
BAD = Facts("fails", "http", "origin_server", "", 520, "Cloudflare", "cloudflare.520")


def seen(rows: str, *, gap_ms: int = 60_000) -> dict[str, Latest]:
    """Read "lhr:BBG iad:G": the looks of each probe, a gap apart, the last ones at the same time.

    B fails, G works, W meets a wall, V fails and is void, M is a maintenance, U is not known.
    """
    facts = {
        "B": BAD,
        "V": BAD,
        "G": Facts(),
        "W": Facts("blocked", "http", "policy_block", "", 403),
        "M": Facts("maintenance", "http", "maintenance", "", 503),
        "U": Facts("unknown"),
    }
    told: dict[str, Latest] = {}
    for word in rows.split():
        name, _, looks = word.partition(":")
        last = None
        for number, look in enumerate(looks):
            at = T0 + (number - len(looks) + 1) * gap_ms
            last = quorum.note(last, at, PROBES[name], facts[look], void=look == "V")
        assert last is not None
        told[name] = last
    return told


def result(
    probe: str,
    at: int,
    state: str = "fails",
    *,
    arrives: int = 1_000,
    check: str = URL,
    service: str = "alpha",
    **more: object,
) -> Probed:
    """Return a measurement as the journal holds it, from a probe of the table."""
    origin = PROBES[probe]
    if state == "fails":
        more = {
            "step": "http",
            "layer": "origin_server",
            "status": 520,
            "answered": "Cloudflare",
            "fingerprint": "cloudflare.520",
            **more,
        }
    return Probed(
        at + arrives,
        service,
        check,
        probe,
        state,  # type: ignore[arg-type]
        place=origin.place,
        network=origin.network,
        measured_at=at,
        **more,  # type: ignore[arg-type]
    )


def control(probe: str, at: int, state: str = "fails") -> Probed:
    """Return what a control came to."""
    return Probed(
        at + 1_000,
        "control",
        "https://control.example/",
        probe,
        state,  # type: ignore[arg-type]
        control=True,
        measured_at=at,
    )


def rounds(
    probes: Iterable[str], state: str, begin: int, count: int, gap_ms: int = 60_000
) -> list[Probed]:
    """Return looks of several probes, round by round."""
    return [
        result(probe, begin + number * gap_ms + offset * 1_000, state)
        for number in range(count)
        for offset, probe in enumerate(probes)
    ]
