"""The page of presets, made from rules and the names of tests: `python -m tests.docs.rules` writes it anew."""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parents[1] / "rules"
PAGE = Path(__file__).parents[2] / "docs" / "presets.md"
BORNE = re.compile(r"_([UHDRV])_(\d+(?:b|alt)?)(?=_)")
KINDS = {"R": "rule", "P": "advice", "UI": "presentation", "?": "ambiguous"}
HEAD = """# Presets

A tenant starts from a preset and turns knobs of its own. Besides `default` there are five, each of which behaves as the
public help pages of one product describe. Every line below is one statement of those pages, and the tests that show it
through HTTP with the preset in force, on SQLite and on PostgreSQL; they lie in `tests/rules/`.

A statement is a *rule* of the product, *advice* that it gives, *presentation* that a user interface chooses, or
*ambiguous*: then the preset takes the reading that the test shows, and one knob takes the other.
"""
COLUMNS = "| rule | kind | statement | knob | tests |\n|---|---|---|---|---|\n"
TITLES = {
    "unifize": "collaboration under quality rules: disable and enable, never delete",
    "helpdesk": "conversations with customers: deactivate when in doubt, delete as an exception",
    "document360": "a knowledge base: roles that act on roles, and a plan with seats",
    "unifyr": "a portal of partners: first inactive, then deleted, and no mail by itself",
    "vixiees": "sales calls: users and licences, and no physical deletion",
}


class Rule(NamedTuple):
    """A statement of a product."""

    id: str
    preset: str
    kind: str
    statement: str
    knob: str


RULES = [Rule(**rule) for rule in json.loads((TESTS / "rules.json").read_text(encoding="utf-8"))]


def borne_by() -> Mapping[str, list[str]]:
    """Return the names of the tests that bear the id of each rule."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(TESTS.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for product, number in BORNE.findall(node.name):
                    found[f"{product}-{number}"].append(node.name)
    return found


def page() -> str:
    """Return the page."""
    tests, lines = borne_by(), [HEAD]
    for preset, title in TITLES.items():
        lines.append(
            f"\n## `{preset}`\n\nFor {title}.\n\n| rule | kind | statement | knob | tests |\n|---|---|---|---|---|\n"
        )
        lines += [_row(rule, tests.get(rule.id, [])) for rule in RULES if rule.preset == preset]
    return "".join(lines)


def _row(rule: Rule, tests: list[str]) -> str:
    kind = ", ".join(KINDS[each.split()[0]] for each in rule.kind.split("/"))
    shown = "<br>".join(f"`{name}`" for name in tests)
    cells = (rule.id, kind, rule.statement, rule.knob, shown)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
