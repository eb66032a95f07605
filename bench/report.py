"""Tables of the results: the smallest of the rounds, beside the floor, against the target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from bench.catalogue import family, shown_at, workloads
from bench.sitting import FLOOR, SERVICE, Cell

TARGETS = Path(__file__).with_name("targets.json")
MET, MISSED, NONE = "✅", "❌", "-"
GROWTH_OF_PAGES_BEGINS = 10_000


@dataclass
class Entry:
    """What one side has shown in all rounds of one workload; ``wrong`` is what it answered wrong."""

    cpu_ms: float | None = None
    wrong: set[str] = field(default_factory=set)

    def add(self, cell: Cell) -> None:
        """Take in a round."""
        if cell.failure:
            self.wrong.add(cell.failure)
        if cell.measurement is None:
            return
        self.wrong |= set(cell.measurement.wrong)
        seen = [cost for cost in (self.cpu_ms, cell.measurement.cpu_ms) if cost is not None]
        self.cpu_ms = min(seen, default=None)

    @property
    def shown(self) -> str:
        """Return the figure, marked if the answers were wrong."""
        return f"{figure(self.cpu_ms)}{' ✗' if self.wrong else ''}"


Key = tuple[str, int, str, str]
Entries = dict[Key, Entry]


def gathered(cells: Iterable[Cell]) -> Entries:
    """Return one entry for each database, number of users, workload and side."""
    entries: Entries = {}
    for cell in cells:
        entries.setdefault((cell.database, cell.users, cell.workload, cell.side), Entry()).add(cell)
    return entries


def figure(value: float | None) -> str:
    """Return milliseconds with three digits that count."""
    if value is None:
        return NONE
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def targets(kind: str) -> Mapping[str, float]:
    """Return the targets of a kind by the name of the workload."""
    found: dict[str, float] = orjson.loads(TARGETS.read_bytes())[kind]
    return found


def report(cells: Iterable[Cell]) -> str:
    """Return all tables in Markdown."""
    entries = gathered(cells)
    sittings = sorted({key[:2] for key in entries}, key=lambda sitting: (sitting[0] != "sqlite", sitting[1]))
    parts = [_table(entries, database, users) for database, users in sittings]
    parts += [_growth_table(entries, database) for database in dict.fromkeys(database for database, _ in sittings)]
    return "\n\n".join(part for part in parts if part)


def _table(entries: Entries, database: str, users: int) -> str:
    here = {key[2:]: entry for key, entry in entries.items() if key[:2] == (database, users)}
    peers = list(dict.fromkeys(side for _, side in here if side not in {FLOOR, SERVICE}))
    names = sorted({name for name, _ in here}, key=shown_at)
    head = ["", "workload", FLOOR, SERVICE, "ratio", "target", "", *peers]
    rows = [_row(name, here, peers) for name in names]
    return "\n".join([f"### {database}, {users:,} users", "", *_markdown(head, rows), *_complaints(here)])


def _row(name: str, here: Mapping[tuple[str, str], Entry], peers: list[str]) -> list[str]:
    floor, service = here.get((name, FLOOR), Entry()), here.get((name, SERVICE), Entry())
    at_most = targets("times_the_floor").get(family(name))
    others = [here.get((name, peer), Entry()).shown for peer in peers]
    judged = verdict(floor, service, at_most)
    return [name, workloads()[name].title, floor.shown, service.shown, *judged, *others]


def verdict(floor: Entry, service: Entry, at_most: float | None) -> list[str]:
    """Return ratio, target and whether it was met, by right answers."""
    if not floor.cpu_ms or service.cpu_ms is None:
        return [NONE, _times(at_most), MISSED if service.wrong else ""]
    return _judged(service.cpu_ms / floor.cpu_ms, at_most, right=not service.wrong)


def _judged(ratio: float, at_most: float | None, *, right: bool = True) -> list[str]:
    met = at_most is None or round(ratio, 2) <= at_most
    return [_times(ratio), _times(at_most), MET if met and right else MISSED]


def _times(ratio: float | None) -> str:
    return NONE if ratio is None else f"{ratio:.2f}×"  # noqa: RUF001 - it means times


def _growth_table(entries: Entries, database: str) -> str:
    """Return how the service's cost grows with users and with members, which it hardly should."""
    at_most = targets("growth")
    rows = [
        [name, told, f"{figure(few)} → {figure(many)}", *_judged(many / few, at_most[name])]
        for name, told, few, many in growths(entries, database)
    ]
    head = ["", "from → to", "service", "growth", "target", ""]
    return "\n".join([f"### {database}: growth", "", *_markdown(head, rows)]) if rows else ""


def growths(entries: Entries, database: str) -> Iterator[tuple[str, str, float, float]]:
    """Yield what the service costs with the fewest and with the most users, and members."""
    costs = {
        (name, users): entry.cpu_ms
        for (where, users, name, side), entry in entries.items()
        if (where, side) == (database, SERVICE) and entry.cpu_ms and family(name) in targets("growth")
    }
    for each in sorted({family(name) for name, _ in costs}, key=shown_at):
        mine = {(users, shown_at(name)[1]): cost for (name, users), cost in costs.items() if family(name) == each}
        sizes = [at for at in mine if each != "W5" or at[0] >= GROWTH_OF_PAGES_BEGINS]
        if len(sizes) > 1:
            few, many = min(sizes), max(sizes)
            told = " → ".join(
                f"{users:,} users" + (f", {size:,} members" if size else "") for users, size in (few, many)
            )
            yield each, told, mine[few], mine[many]


def _complaints(here: Mapping[tuple[str, str], Entry]) -> list[str]:
    told = [f"- {side} {name}: {wrong}" for (name, side), entry in here.items() for wrong in sorted(entry.wrong)[:3]]
    return ["", "✗ answered wrong:", "", *told] if told else []


def _markdown(head: list[str], rows: list[list[str]]) -> list[str]:
    aligned = ["---" if name in {"", "workload", "from → to"} else "---:" for name in head]
    return ["| " + " | ".join(cells) + " |" for cells in (head, aligned, *rows)]
