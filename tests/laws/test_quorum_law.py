"""Laws of the quorum: worse never looks better, names and order do not matter, bytes come back."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from core.looks import T0
from uproar.detect import quorum
from uproar.detect.quorum import Design, Facts, Latest, judge
from uproar.model.probe import Origin

DESIGN = Design()
STATES = st.sampled_from(["works", "fails", "blocked", "maintenance", "unknown"])
ORIGINS = st.builds(
    Origin,
    name=st.just("p"),
    place=st.sampled_from(["GB", "US", "ZZ"]),
    network=st.sampled_from(["", "AS1", "AS2", "AS3", "AS4"]),
    resolver=st.sampled_from(["", "r1", "r2"]),
)


@st.composite
def latest(draw: st.DrawFn) -> dict[str, Latest]:
    told = {}
    for number in range(draw(st.integers(0, 8))):
        state = draw(STATES)
        row = draw(st.integers(1, 5))
        told[f"p{number}"] = Latest(
            at=T0 - draw(st.integers(0, 400_000)),
            origin=draw(ORIGINS),
            facts=Facts(state),  # type: ignore[arg-type]
            bad=row if state == "fails" else 0,
            good=row if state == "works" else 0,
            first_bad_at=T0 - 100_000 * row,
            last_good_at=draw(st.sampled_from([0, T0 - 900_000])),
            void=draw(st.booleans()),
            half=draw(st.sampled_from(["", "ipv4", "ipv6"])),
        )
    return told


ALARMS = st.lists(st.integers(0, 7_200_000).map(lambda ago: T0 - ago), max_size=4)


@given(latest(), ALARMS, st.data())
def test_one_domain_more_that_fails_never_clears_and_never_prevents(
    seen: dict[str, Latest], raised_at: list[int], data: st.DataObject
) -> None:
    before = judge(seen, raised_at, T0 + 1, DESIGN)
    more = Latest(
        T0,
        Origin("new", "FR", "AS99", "r99"),
        Facts("fails"),
        bad=data.draw(st.integers(1, 5)),
        first_bad_at=T0 - 1_000,
    )
    after = judge({**seen, "new": more}, raised_at, T0 + 1, DESIGN)
    assert after.failing == before.failing + 1
    assert before.raises <= after.raises
    assert after.clears <= before.clears


@given(latest(), ALARMS, st.data())
def test_a_probe_that_turns_from_good_to_bad_never_makes_it_look_better(
    seen: dict[str, Latest], raised_at: list[int], data: st.DataObject
) -> None:
    good = [name for name, one in seen.items() if one.facts.state == "works" and not one.void]
    if not good:
        return
    name = data.draw(st.sampled_from(good))
    before = judge(seen, raised_at, T0 + 1, DESIGN)
    one = msgspec.structs.replace(
        seen[name], facts=Facts("fails"), bad=5, good=0, first_bad_at=T0 - 1
    )
    after = judge({**seen, name: one}, raised_at, T0 + 1, DESIGN)
    assert before.raises <= after.raises
    assert after.clears <= before.clears


@given(latest(), ALARMS)
def test_nothing_both_raises_and_clears(seen: dict[str, Latest], raised_at: list[int]) -> None:
    stands = judge(seen, raised_at, T0 + 1, DESIGN)
    assert not (stands.raises and stands.clears)
    assert stands.failing <= stands.heard <= len(seen)


@given(latest(), ALARMS, st.randoms(use_true_random=False))
def test_the_order_of_probes_and_their_names_do_not_matter(
    seen: dict[str, Latest], raised_at: list[int], chance: object
) -> None:
    names = list(seen)
    chance.shuffle(names)  # type: ignore[attr-defined]
    other = {f"x{number}": seen[name] for number, name in enumerate(names)}
    told = judge(other, raised_at, T0 + 1, DESIGN)
    assert told == judge(seen, raised_at, T0 + 1, DESIGN)


@given(latest())
def test_what_is_remembered_comes_back_from_bytes(seen: dict[str, Latest]) -> None:
    packed = msgspec.msgpack.encode(seen)
    assert msgspec.msgpack.decode(packed, type=dict[str, Latest]) == seen


@given(st.lists(st.tuples(STATES, st.booleans()), min_size=1, max_size=30))
def test_rows_count_what_was_seen_and_never_both_ways(looks: list[tuple[str, bool]]) -> None:
    last = None
    for number, (state, void) in enumerate(looks):
        last = quorum.note(last, T0 + number, Origin("p"), Facts(state), void=void)  # type: ignore[arg-type]
        assert not (last.bad and last.good)
        assert last.bad == 0 or last.first_bad_at >= T0
    counted = [state for state, void in looks if not void]
    row = 0
    for state in reversed(counted):
        if state != "fails":
            break
        row += 1
    assert last is not None
    assert last.bad == row
