"""Which reports count, case by case."""

from __future__ import annotations

from uproar.detect import counting
from uproar.model.signal import Report

DESIGN = counting.Design()


def report(reporter: str, network: str = "AS1", **more: object) -> Report:
    return Report(at=0, service="x", reporter=reporter, network=network, **more)  # type: ignore[arg-type]


def run(reports: list[tuple[int, Report]], since: int = 0) -> counting.Tallies:
    memory, tallies = counting.Memory(), counting.Tallies()
    for tick, one in reports:
        counting.count(memory, one, tick, since, tallies, DESIGN)
    return tallies


def test_a_reporter_counts_once_and_the_rest_is_set_aside() -> None:
    tallies = run([(tick, report("a")) for tick in range(500)])
    assert tallies.counted == 1
    assert tallies.set_aside == {"repeat": 499}


def test_a_reporter_counts_again_for_a_later_incident() -> None:
    memory, tallies = counting.Memory(), counting.Tallies()
    counting.count(memory, report("a"), 10, 0, tallies, DESIGN)
    counting.count(memory, report("a"), 20, 15, tallies, DESIGN)
    assert tallies.counted == 2


def test_a_report_from_after_the_onset_is_not_counted_twice() -> None:
    memory, tallies = counting.Memory(), counting.Tallies()
    counting.count(memory, report("a"), 16, 0, tallies, DESIGN)
    counting.count(memory, report("a"), 20, 15, tallies, DESIGN)
    assert tallies.counted == 1


def test_a_vote_does_not_use_up_the_report() -> None:
    tallies = run([(1, report("a")), (2, report("a", works=True)), (3, report("a", works=True))])
    assert (tallies.counted, tallies.works, tallies.set_aside) == (1, 1, {"repeat": 1})


def test_one_network_counts_a_hundred_and_then_at_most_half() -> None:
    flood = [(1, report(f"f{n}", "p:1")) for n in range(300)]
    tallies = run(flood)
    assert tallies.counted == 100
    assert tallies.set_aside == {"network-cap": 200}

    crowd = [(1, report(f"c{n}", f"AS{n % 50}")) for n in range(1000)]
    tallies = run([*crowd, *flood])
    assert tallies.networks["p:1"] == 300


def test_the_cap_is_taken_anew_each_quarter_of_an_hour() -> None:
    flood = [
        (tick, report(f"{tick}-{n}", "p:1"))
        for tick in (1, counting.CAP_WINDOW_TICKS + 1)
        for n in range(150)
    ]
    assert run(flood).counted == 200


def test_reports_of_unknown_reporters_and_networks_all_count() -> None:
    assert run([(1, report("", "")) for _ in range(150)]).counted == 150


def test_memory_is_forgotten_after_two_days() -> None:
    memory, tallies = counting.Memory(), counting.Tallies()
    counting.count(memory, report("old"), 1, 0, tallies, DESIGN)
    counting.count(memory, report("new"), counting.MEMORY_TICKS, 0, tallies, DESIGN)
    counting.forget(memory, counting.MEMORY_TICKS + 5)
    assert list(memory.counted) == ["new"]
