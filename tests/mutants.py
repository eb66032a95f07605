"""Try the mutants that mutmut wrote, each in a fork of one process that has collected the tests and is warm.

`python -m tests.mutants 'app.lifecycle.guards.*'`, in the folder `mutants` that `mutmut run` makes, appends a line
to `tried.jsonl` for each: what became of it, and which test killed it.
"""

import json
import os
import resource
import sys
from collections import defaultdict
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import NoReturn

import pytest
from _pytest.runner import runtestprotocol

SECONDS = float(os.environ.get("MUTANT_SECONDS", "3"))
"""How long the tests may take that a mutant is tried with, as mutmut has measured them."""
WARMING = ("test_a_preflight_binds_what_it_saw[sqlite]", "test_a_knob_is_turned_for_a_reason[sqlite]")
"""What makes the process load all that it loads late."""
STATS, TRIED = Path("mutmut-stats.json"), Path("tried.jsonl")


class Forks:
    """Run the loop of pytest, and the tests of each mutant in a child that sees the mutant."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Try the mutants whose names fit a pattern."""
        stats = json.loads(STATS.read_text())
        self.covering, self.durations = stats["tests_by_mangled_function_name"], stats["duration_by_test"]
        self.patterns = patterns
        self.killers: dict[str, dict[str, None]] = defaultdict(dict)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try one mutant after another."""
        items = {item.nodeid: item for item in session.items}
        for item in session.items:
            if item.name in WARMING and not all(_passed(item, session.items[0])):
                raise pytest.UsageError(f"{item.nodeid} fails without any mutant.")
        for name in _named(self.patterns):
            chosen = self._chosen(name.rpartition("__mutmut_")[0], items)
            killer, status = _tried(name, chosen) if chosen else ("", "no tests")
            if killer:
                for place in (name.rpartition("__mutmut_")[0], name.rpartition(".")[0]):
                    self.killers[place] = {killer: None, **self.killers[place]}
            with TRIED.open("a") as tried:
                tried.write(json.dumps({"mutant": name, "status": status, "by": killer}) + "\n")
        return True

    def _chosen(self, function: str, items: dict[str, pytest.Item]) -> list[pytest.Item]:
        """Return tests that run the function: those that killed before, then the quickest."""
        running = sorted(set(self.covering.get(function, ())) & items.keys(), key=lambda test: self.durations[test])
        known = [*self.killers[function], *self.killers[function.rpartition(".")[0]]]
        chosen, left = [], SECONDS
        for test in dict.fromkeys([*(each for each in known if each in running), *running]):
            if left <= 0:
                break
            left -= self.durations[test]
            chosen.append(items[test])
        return chosen


def _named(patterns: Sequence[str]) -> list[str]:
    metas = sorted(Path("app").rglob("*.py.meta"))
    names = [
        name.replace("__init__.", "") for meta in metas for name in json.loads(meta.read_text())["exit_code_by_key"]
    ]
    return [name for name in names if any(fnmatch(name, pattern) for pattern in patterns)]


def _passed(item: pytest.Item, following: pytest.Item | None) -> list[bool]:
    return [not report.failed for report in runtestprotocol(item, nextitem=following, log=False)]


def _tried(name: str, items: Sequence[pytest.Item]) -> tuple[str, str]:
    """Return which test killed the mutant, and what became of it."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        _try(name, items, write)
    os.close(write)
    with os.fdopen(read) as said:
        killer = said.read()
    _, status = os.waitpid(child, 0)
    return killer, "killed" if killer else "timeout" if os.WIFSIGNALED(status) else "survived"


def _try(name: str, items: Sequence[pytest.Item], write: int) -> NoReturn:
    os.environ["MUTANT_UNDER_TEST"] = name
    most = int(5 * SECONDS) + 10
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    for item, following in zip(items, [*items[1:], None], strict=True):
        if not all(_passed(item, following)):
            os.write(write, item.nodeid.encode())
            break
    os._exit(0)


if __name__ == "__main__":
    wanted = ["tests/lifecycle", "tests/api", "tests/rules", "tests/sessions"]
    sys.exit(pytest.main([*wanted, "-q", "-p", "no:xdist", "-k", "not postgresql"], plugins=[Forks(sys.argv[1:])]))
