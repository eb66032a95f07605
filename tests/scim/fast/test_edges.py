"""Where the usual ends: each case is the same both ways, or left to a model for a reason."""

from typing import Any

import pytest

from tests.scim.dialects.served import CORE, ENTERPRISE, message
from tests.scim.fast.paths import CATALOGUE, POST, Ways

STRICT, ENTRA = Ways.of(CATALOGUE, "strict"), Ways.of(CATALOGUE, "entra")
ANN: dict[str, Any] = {
    "schemas": [CORE],
    "userName": "ann",
    "emails": [{"value": "a@a.example", "type": "Work"}, {"value": "b@a.example", "type": "home", "primary": True}],
}


def op(verb: str, path: str, value: Any) -> dict[str, Any]:
    """Make an operation."""
    return {"op": verb, "path": path, "value": value}


SERVED = [
    op("replace", 'emails[type eq "wORK"].value', "c@a.example"),
    op("replace", 'emails[type eq "work"].display', "\u00c9"),
    op("add", "roles", [{"value": "r"}]),
    op("replace", "emails", [{"value": "c@a.example", "primary": True}]),
    op("replace", "emails", []),
    op("add", f"{ENTERPRISE}:manager.value", "m"),
]
LEFT = [
    op("add", "emails", [{"value": "A@a.example", "type": "work"}]),
    op("replace", 'emails[type eq "work"].type', "work"),
    op("replace", 'emails[type eq "work"].primary', True),
    op("replace", "emails.value", "x"),
    op("replace", "emails", [{"primary": True}, {"primary": True}]),
    op("replace", f"{ENTERPRISE}:manager.value", ""),
    op("add", "title", None),
]


@pytest.mark.parametrize("ways", [STRICT, ENTRA], ids=["strict", "entra"])
@pytest.mark.parametrize("operation", SERVED, ids=str)
def test_a_usual_patch_needs_no_model(ways: Ways, operation: dict[str, Any]) -> None:
    """Entries are selected as models compare them, and lists replaced."""
    usual, model = ways.patch("User", message(operation), ANN, active=True)
    assert usual is not None
    assert usual == model


@pytest.mark.parametrize("ways", [STRICT, ENTRA], ids=["strict", "entra"])
@pytest.mark.parametrize("operation", LEFT, ids=str)
def test_a_patch_that_needs_judgement_is_left_to_a_model(ways: Ways, operation: dict[str, Any]) -> None:
    """What has to be compared, unmarked, or refused is not for compiled readers."""
    assert ways.patch("User", message(operation), ANN, active=True)[0] is None


def test_an_entry_is_made_where_the_dialect_makes_it() -> None:
    """A filter that matches nothing is an error to the RFC, and an entry to Entra ID, unless the value denies it."""
    made = message(op("add", 'emails[type eq "other"].value', "c@a.example"))
    denied = message(op("add", 'emails[type eq "other"].type', "home"))
    assert STRICT.patch("User", made, ANN, active=True) == (None, None)
    usual, model = ENTRA.patch("User", made, ANN, active=True)
    assert usual is not None
    assert usual == model
    assert ENTRA.patch("User", denied, ANN, active=True) == (None, None)


def test_a_schema_that_is_used_is_listed() -> None:
    """A body that does not list the extension it uses needs a tolerance, or a model."""
    body = {"schemas": [CORE], "userName": "ann", ENTERPRISE: {"department": "Ops"}}
    usual, model = ENTRA.draft("User", body, POST)
    assert usual is not None
    assert usual == model
    assert "schema-urn" in usual[3]
    assert STRICT.draft("User", body, POST)[0] is None
