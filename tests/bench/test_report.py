"""The tables take the smallest figure, judge it by the target, and never hide a wrong answer."""

from bench.measure import Measurement
from bench.report import MET, MISSED, figure, report
from bench.sitting import FLOOR, SERVICE, Cell


def cell(side: str, cost: float | None, workload: str = "W2", users: int = 1000, **facts: int | str) -> Cell:
    """Return a run that has cost so many milliseconds; a fact is something answered wrong."""
    wrong = {name: int(times) for name, times in facts.items()}
    measurement = Measurement(100, cost, 0.0, 1000.0, 1.0, 2.0, wrong)
    return Cell("sqlite", users, workload, side, 1, measurement)


def row(cells: list[Cell], name: str = "W2") -> list[str]:
    """Return the cells of the row of a workload."""
    line = next(line for line in report(cells).splitlines() if line.startswith(f"| {name} "))
    return [each.strip() for each in line.strip("|").split("|")]


def test_the_smallest_round_counts() -> None:
    """A neighbour's noise only ever adds."""
    cells = [cell(FLOOR, 2.0), cell(SERVICE, 3.0), cell(FLOOR, 1.0), cell(SERVICE, 1.1)]
    assert row(cells)[2:] == ["1.00", "1.10", "1.10×", "1.20×", MET]  # noqa: RUF001 - it means times


def test_a_missed_target_is_seen() -> None:
    """A ratio over the target is marked."""
    assert row([cell(FLOOR, 1.0), cell(SERVICE, 1.3)])[-1] == MISSED


def test_a_wrong_answer_meets_no_target() -> None:
    """However fast it was, and whatever other rounds said; the table tells what was wrong."""
    cells = [cell(FLOOR, 1.0), cell(SERVICE, 1.0, nobody=3), cell(SERVICE, 0.9)]
    assert row(cells)[3:] == ["0.90 ✗", "0.90×", "1.20×", MISSED]  # noqa: RUF001 - it means times
    assert "- service W2: nobody" in report(cells)


def test_a_failure_is_no_figure() -> None:
    """What could not be measured is shown as that, with the reason."""
    failed = Cell("sqlite", 1000, "W2", SERVICE, 1, None, "status 500")
    assert row([cell(FLOOR, 1.0), failed])[3:] == ["- ✗", "-", "1.20×", MISSED]  # noqa: RUF001 - it means times
    assert "status 500" in report([cell(FLOOR, 1.0), failed])


def test_a_size_is_judged_by_its_family_and_peers_stand_beside() -> None:
    """`W6/1000` has the target of W6; another server has a column, without a figure if its time is unknown."""
    cells = [cell(FLOOR, 1.0, "W6/1000"), cell(SERVICE, 1.4, "W6/1000"), cell("other", None, "W6/1000")]
    assert row(cells, "W6/1000")[4:] == ["1.40×", "1.50×", MET, "-"]  # noqa: RUF001 - it means times


def test_growth_is_judged_between_the_smallest_and_the_largest() -> None:
    """Reads may hardly grow with the users; pages count from 10,000 on."""
    cells = [cell(SERVICE, cost, "W2", users) for users, cost in ((1000, 1.0), (10_000, 9.9), (100_000, 1.2))]
    cells += [cell(SERVICE, cost, "W5", users) for users, cost in ((1000, 1.0), (10_000, 2.0), (100_000, 7.0))]
    grown = report(cells).rpartition("### sqlite: growth")[2]
    assert f"1.00 → 1.20 | 1.20× | 1.25× | {MET}" in grown  # noqa: RUF001 - it means times
    assert f"2.00 → 7.00 | 3.50× | 3.00× | {MISSED}" in grown  # noqa: RUF001 - it means times


def test_figures_have_three_digits() -> None:
    """No table pretends to know microseconds of a second."""
    assert [figure(value) for value in (None, 0.4567, 12.34, 234.5)] == ["-", "0.46", "12.3", "234"]
