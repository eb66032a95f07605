"""How much of the processors' time process trees have used, from /proc."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

PROC = Path("/proc")
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(roots: Collection[int]) -> float:
    """Return the user and system time of processes and all that descend from them, in seconds."""
    return sum(_used(pid) for pid in descended(roots, parents()))


def descended(roots: Collection[int], parents: Mapping[int, int]) -> set[int]:
    """Return the roots and all whose ancestors lead to one of them."""
    found: set[int] = set()
    for pid in parents:
        line, current = [pid], pid
        while current not in roots and current in parents:
            current = parents[current]
            line.append(current)
        if current in roots:
            found.update(line)
    return found


def parents() -> dict[int, int]:
    """Return the parent of each process."""
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
    return {pid: int(fields[1]) for pid in pids if (fields := _stat(pid))}


def parent(pid: int) -> int:
    """Return the parent of a process, 0 if there is no such process here."""
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _stat(pid: int) -> list[str]:
    """Return the fields behind the name of a process, none if it has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _used(pid: int) -> float:
    """Return the time of a process, to the nanosecond where the kernel tells it, and of its ended children."""
    fields = _stat(pid)
    if not fields:
        return 0.0
    user, system, of_children, in_system_of_children = (int(ticks) / _TICKS_A_SECOND for ticks in fields[11:15])
    told = sum(_scheduled(pid)) / 1e9
    return (told or user + system) + of_children + in_system_of_children


def _scheduled(pid: int) -> Iterator[int]:
    """Yield how many nanoseconds each thread has run."""
    try:
        for thread in (PROC / str(pid) / "task").iterdir():
            yield int((thread / "schedstat").read_text().split()[0])
    except OSError:
        return
