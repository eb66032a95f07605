"""The table of conformance: each test it names is there, and what is not whole says why."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "conformance.md"
STATES = {"✅", "🟠", "❌"}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


class Row(NamedTuple):
    """One requirement."""

    section: str
    requirement: str
    level: str
    state: str
    shown: str


def rows() -> list[Row]:
    """Return all rows of the tables, without their heads."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [Row(*row) for row in cells if len(row) == len(Row._fields) and row[0] != "§"]


ROWS = rows()


@cache
def names_in(path: str) -> set[str]:
    """Return the names of the tests in a file, without running it."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_the_table_covers_the_three_rfcs() -> None:
    """Each RFC has its table, and every row a known state and level."""
    text = TABLE.read_text(encoding="utf-8")
    for rfc in ("RFC 7643", "RFC 7644", "RFC 9865"):
        assert f"## {rfc}" in text
    assert len(ROWS) > 120
    assert {row.state for row in ROWS} <= STATES
    assert {row.level for row in ROWS} <= {"MUST", "SHOULD", "MAY"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.section} {row.requirement[:40]}")
def test_each_row_is_shown_or_explained(row: Row) -> None:
    """What is said to work names a test that exists; what does not, or not wholly, says why."""
    named = TEST.findall(row.shown)
    for path, name in named:
        assert (ROOT / path).exists(), path
        assert name in names_in(path), f"{path} has no {name}"
    if row.state == "✅":
        assert named, "a row that holds names its test"
    else:
        assert len(TEST.sub("", row.shown).strip(" ,;`")) > 20, "a row that does not hold says why"
    assert row.shown.count("::") == len(named), "a test is named as `tests/…/test_….py::test_…`"


def test_the_sum_is_right() -> None:
    """The numbers at the top are those of the rows."""
    text = TABLE.read_text(encoding="utf-8")
    counts = {state: sum(row.state == state for row in ROWS) for state in STATES}
    assert f"✅ {counts['✅']} · 🟠 {counts['🟠']} · ❌ {counts['❌']}" in text
