"""Bodies that providers are known to send: nearly all need no model, and come to the same with one."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.scim.dialects import DIALECTS
from tests.scim.dialects.served import ANN, GROUP
from tests.scim.fast.paths import CATALOGUE, POST, PUT, Ways

BODIES = json.loads((Path(__file__).parents[1] / "dialects" / "bodies.json").read_text())
ROWS = [pytest.param(name, row, id=row["name"]) for name, rows in BODIES.items() for row in rows]
WAYS = {name: Ways.of(CATALOGUE, name) for name in DIALECTS}
START = {"User": ANN, "Group": {"schemas": [GROUP], "displayName": "Team"}}
FOR_MODELS = {
    "entra-patch-manager-legacy-list",
    "entra-patch-single-role-primary",
    "entra-patch-lowercase-attr",
    "entra-pre2018-dot-extension-path",
    "onelogin-add-with-filter-path",
    "onelogin-emails-as-object",
}


def both(dialect: str, row: dict[str, Any]) -> Any:
    """Read a body both ways, on a stored resource where it changes one."""
    ways, name = WAYS[dialect], row["resource"]
    stored = WAYS["strict"].stored(name, START[name])
    if row["method"] == "PATCH":
        return ways.patch(name, row["body"], stored, active=True if name == "User" else None)
    return ways.draft(name, row["body"], *((PUT, stored) if row["method"] == "PUT" else (POST,)))


@pytest.mark.parametrize(("dialect", "row"), ROWS)
def test_a_known_body_needs_no_model(dialect: str, row: dict[str, Any]) -> None:
    """Only shapes that providers gave up, or hardly ever send, are left to models."""
    usual, model = both(dialect, row)
    assert model is not None
    assert usual == (None if row["name"] in FOR_MODELS else model)


@pytest.mark.parametrize(("dialect", "row"), ROWS)
def test_another_dialect_makes_no_difference(dialect: str, row: dict[str, Any]) -> None:
    """In any dialect, a body comes to the same without a model, or is left to one."""
    for other in WAYS:
        usual, model = both(other, row)
        assert usual in (None, model)
