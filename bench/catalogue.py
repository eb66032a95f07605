"""The workloads by their names, in the order in which they are run: what adds users comes after what counts them."""

from __future__ import annotations

from collections.abc import Iterable

from bench import arrivals, groups, users
from bench.workload import Workload

SIZES = (10, 1_000, 10_000, 100_000)
ON_USERS: dict[str, type[Workload]] = {
    "W2": users.Read,
    "W3": users.FindByUserName,
    "W3e": users.FindByExternalId,
    "W5": arrivals.Page,
    "S1": users.Introspect,
    "W4": users.Activate,
    "W4e": users.ActivateAsEntra,
    "W9": arrivals.Replace,
    "W1": arrivals.Create,
    "W8": arrivals.CreateInBulk,
    "W10": arrivals.Delete,
}
ON_GROUPS: dict[str, type[groups.OnGroup]] = {
    "W6": groups.ChangeMember,
    "W7": groups.ReadGroup,
    "W7f": groups.ReadWholeGroup,
}
LARGEST_READ = 10_000
SHOWN = ("W1", "W2", "W3", "W3e", "W4", "W4e", "W5", "W6", "W7", "W7f", "W8", "W9", "W10", "S1")


class UnknownWorkload(Exception):  # noqa: N818 - it is what was asked for
    """Say which names there are."""


def workloads() -> dict[str, type[Workload]]:
    """Return all workloads, in the order in which they are run."""
    of_groups = {
        f"{name}/{size}": groups.sized(kind, size)
        for size in SIZES
        for name, kind in ON_GROUPS.items()
        if kind is not groups.ReadWholeGroup or size <= LARGEST_READ
    }
    return {**ON_USERS, **of_groups}


def chosen(names: Iterable[str]) -> dict[str, type[Workload]]:
    """Return the workloads of those names; a name such as W6 means all its sizes, and no name means all."""
    wanted, known = list(names), workloads()
    for name in wanted:
        if not any(name in {each, family(each)} for each in known):
            raise UnknownWorkload(f"There is no workload {name}; there are {', '.join(known)}.")
    return {name: kind for name, kind in known.items() if not wanted or {name, family(name)} & set(wanted)}


def family(name: str) -> str:
    """Return the name of a workload without its size."""
    return name.partition("/")[0]


def shown_at(name: str) -> tuple[int, int]:
    """Return where a workload stands in tables."""
    head, _, size = name.partition("/")
    return SHOWN.index(head), int(size or 0)
