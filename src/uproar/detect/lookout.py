"""What is remembered of all that probes look at, and what a tick of their results comes to.

Results of one tick are put in order by their own time before they are taken, so that it does not
matter who was quicker to send. Everything is bounded; what is beyond is dropped and counted.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from uproar.detect import quorum
from uproar.detect.quorum import Design, Facts, Latest, Standing
from uproar.model.probe import Origin
from uproar.model.signal import Probed
from uproar.model.tick import DAY_MS

CHECKS_MAX = 1_000  # of all services together
PROBES_MAX = 64  # of one check
CONTROLS_KEPT = 16  # of one probe
PENDING_MAX = 20_000  # results of one tick
TURNS_KEPT = 60  # of one check
ROUND_MS = 90_000  # What a control showed holds for looks so near to it.
VOID_SHARE = 3  # A look is void where more than one in so many controls fails.
FORGET_MS = DAY_MS  # A check that nobody has looked at for so long is forgotten.


class Turned(msgspec.Struct, frozen=True):
    """That a check was raised or cleared at `at`, or began to fail for some: how it stood then."""

    at: int
    state: Literal["raised", "cleared", "some", "none"]
    standing: Standing


class Checked(msgspec.Struct):
    """One check of one service: what each probe saw last, its alarms, how it stood at every turn."""

    latest: dict[str, Latest] = msgspec.field(default_factory=dict)
    raised: bool = False
    raised_at: list[int] = msgspec.field(default_factory=list)
    turns: list[Turned] = msgspec.field(default_factory=list)


class Lookout(msgspec.Struct):
    """All checks by service, and what each probe saw of its controls: address to (instant, worked).

    `pending` are results of the running tick; `changes` counts by service what pages should show. `late`, `void` and `dropped` count results that were too
    old when they came, that were not counted for their controls, and that were beyond a bound.
    """

    checks: dict[str, dict[str, Checked]] = msgspec.field(default_factory=dict)
    controls: dict[str, dict[str, tuple[int, bool]]] = msgspec.field(default_factory=dict)
    pending: list[Probed] = msgspec.field(default_factory=list)
    changes: dict[str, int] = msgspec.field(default_factory=dict)
    late: int = 0
    void: int = 0
    dropped: int = 0


def take(lookout: Lookout, result: Probed) -> None:
    """Keep a result until the tick is over."""
    if len(lookout.pending) >= PENDING_MAX:
        lookout.dropped += 1
    else:
        lookout.pending.append(result)


def settle(
    lookout: Lookout, now_ms: int, design: Design
) -> list[tuple[str, str, Literal["raised", "cleared"], Standing]]:
    """Take in the results of a tick that ends at `now_ms`; return (service, check, state, standing) of turns."""
    if not lookout.pending:
        return []
    results = sorted(lookout.pending, key=_order)
    lookout.pending = []
    touched: dict[tuple[str, str], bool] = {}
    for result in results:
        at = seen_at(result)
        if result.at - at > design.window_ms:
            lookout.late += 1
        elif result.control:
            _control(lookout, result, at)
        else:
            is_new = _look(lookout, result, at)
            if is_new is not None:
                key = (result.service, result.check)
                touched[key] = touched.get(key, False) or is_new
    turned = []
    for (service, check), differs in touched.items():
        checked = lookout.checks[service][check]
        standing = quorum.judge(checked.latest, checked.raised_at, now_ms, design)
        state, is_new = _turn(checked, standing, now_ms)
        if is_new or differs:
            lookout.changes[service] = lookout.changes.get(service, 0) + 1
        if state is not None:
            turned.append((service, check, state, standing))
    return turned


def forget(lookout: Lookout, now_ms: int) -> list[tuple[str, str, Standing]]:
    """Forget checks that nobody looks at any more; return those that were raised."""
    gone = []
    for service, checks in list(lookout.checks.items()):
        for check, checked in list(checks.items()):
            if all(one.at < now_ms - FORGET_MS for one in checked.latest.values()):
                if checked.raised:
                    gone.append((service, check, Standing()))
                del checks[check]
        if not checks:
            del lookout.checks[service]
            lookout.changes.pop(service, None)
    for probe, controls in list(lookout.controls.items()):
        if all(at < now_ms - FORGET_MS for at, _ in controls.values()):
            del lookout.controls[probe]
    return gone


def seen_at(result: Probed) -> int:
    """Return when a look was made: its probe's word, but never later than it arrived."""
    return result.at if result.measured_at is None else min(result.measured_at, result.at)


def _order(result: Probed) -> tuple[bool, int, str, str, bytes]:
    """Return the place of a result in its tick: controls first, then by time, the rest by content."""
    rest = msgspec.msgpack.encode(msgspec.structs.replace(result, at=0))
    return (not result.control, seen_at(result), result.probe, result.check, rest)


def _control(lookout: Lookout, result: Probed, at: int) -> None:
    if result.state == "unknown":
        return
    controls = lookout.controls.get(result.probe)
    if controls is None:
        if len(lookout.controls) >= PROBES_MAX:
            lookout.dropped += 1
            return
        controls = lookout.controls[result.probe] = {}
    before = controls.pop(result.check, None)
    if before is None or before[0] < at:
        # A wall before a control still shows that there is a way to it.
        before = (at, result.state != "fails")
    controls[result.check] = before
    while len(controls) > CONTROLS_KEPT:
        del controls[next(iter(controls))]


def _look(lookout: Lookout, result: Probed, at: int) -> bool | None:
    """Take in a look; return whether it found anything else than before, None where it is not taken."""
    checked = _checked(lookout, result)
    if checked is None:
        lookout.dropped += 1
        return None
    last = checked.latest.get(result.probe)
    if last is not None and last.at >= at:
        return None  # an older look, or the same one again
    if last is None and len(checked.latest) >= PROBES_MAX:
        oldest = min(checked.latest, key=lambda name: (checked.latest[name].at, name))
        del checked.latest[oldest]
    void = _is_void(lookout, result.probe, at)
    lookout.void += void
    works = result.state == "works"
    facts = Facts(
        result.state,
        "" if works else result.step,
        "" if works else result.layer,
        "" if works else result.failure,
        0 if works else result.status,
        "" if works else result.answered,
        "" if works else result.fingerprint,
    )
    origin = Origin(result.probe, result.place, result.network, result.resolver)
    half: Literal["", "ipv4", "ipv6"] = ""
    if works:
        half = "ipv6" if "ipv6-fails" in result.notes else half
        half = "ipv4" if "ipv4-fails" in result.notes else half
    checked.latest[result.probe] = quorum.note(last, at, origin, facts, void=void, half=half)
    return last is None or (last.facts, last.void, last.half) != (facts, void, half)


def _checked(lookout: Lookout, result: Probed) -> Checked | None:
    checks = lookout.checks.get(result.service, {})
    checked = checks.get(result.check)
    if checked is None:
        if sum(map(len, lookout.checks.values())) >= CHECKS_MAX:
            return None
        checked = Checked()
        lookout.checks.setdefault(result.service, {})[result.check] = checked
    return checked


def _is_void(lookout: Lookout, probe: str, at: int) -> bool:
    near = [
        works
        for seen, works in lookout.controls.get(probe, {}).values()
        if abs(seen - at) <= ROUND_MS
    ]
    return VOID_SHARE * near.count(False) > len(near)


def _turn(
    checked: Checked, standing: Standing, now_ms: int
) -> tuple[Literal["raised", "cleared"] | None, bool]:
    """Return whether a check was raised or cleared just now, and whether it stands otherwise at all."""
    state: Literal["raised", "cleared", "some", "none"] | None = None
    if not checked.raised and standing.raises:
        state, checked.raised = "raised", True
        checked.raised_at.append(now_ms)
        del checked.raised_at[: -quorum.RAISES_KEPT]
    elif checked.raised and standing.clears:
        state, checked.raised = "cleared", False
    elif not checked.raised:
        is_some = bool(checked.turns) and checked.turns[-1].state == "some"
        if standing.failing and not is_some:
            state = "some"
        elif not standing.failing and is_some:
            state = "none"
    if state is None:
        return None, False
    checked.turns.append(Turned(now_ms, state, standing))
    del checked.turns[:-TURNS_KEPT]
    return (state if state in {"raised", "cleared"} else None), True
