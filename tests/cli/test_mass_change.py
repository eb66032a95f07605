"""What an operator decides at the command line about users that were taken away at once."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from app.cli import main
from app.lifecycle.clock import SystemClock, iso
from app.runtime import EXTENSION
from tests.clock import FixedClock
from tests.scim_client import ScimClient, op
from tests.service import TenantUnderTest

Command: TypeAlias = Callable[..., Any]


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that agrees with that of the command line."""
    return FixedClock(SystemClock().now() - timedelta(minutes=1))


@pytest.fixture
def command(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run commands on the database of this test, and return what they print as JSON."""
    monkeypatch.setenv("SCIM_LIFECYCLE_DATABASE_URL", database_url)
    monkeypatch.setenv("SCIM_LIFECYCLE_SECRET_KEYS", "k" * 32)

    def run(*words: str, fails: int = 0) -> Any:
        result = CliRunner().invoke(main, ["mass-change", *words, "--tenant", "acme", "--json"])
        assert result.exit_code == fails, result.stderr
        return json.loads(result.stderr if fails else result.stdout)

    return run


def test_an_operator_looks_decides_and_undoes(app: Flask, client: FlaskClient, command: Command) -> None:
    """The list names what is held, a decision is kept with its reason, and what was taken comes back."""
    acme = TenantUnderTest.create(app.extensions[EXTENSION], "acme", scim={"mass_change": {"count": 1}})
    scim = ScimClient(client, acme, acme.scim_token("strict"))
    ids = [scim.user(f"user-{number}") for number in range(3)]
    scim.patch(f"/Users/{ids[2]}", op("replace", "active", False))
    assert [scim.delete(f"/Users/{id_}").status_code for id_ in ids[:2]] == [204, 429]
    (surge,) = command("list")
    assert (surge["kind"], surge["state"], surge["count"]) == ("deletions", "held", 1)
    assert command("show", surge["id"])["users"] == ids[1:2]
    assert command("reject", surge["id"], "--reason", "A wrong group")["state"] == "rejected"
    assert command("approve", surge["id"], "--reason", "It was right")["reason"] == "It was right"
    assert scim.delete(f"/Users/{ids[1]}").status_code == 204
    since = iso(acme.runtime.clock.now() - timedelta(minutes=1))
    assert command("undo", "--since", since) == {"restored": 2, "reactivated": 1, "refused": 0}
    assert command("show", "none", fails=3)["error"]["code"] == "UNKNOWN_SURGE"
    assert command("undo", "--since", "yesterday", fails=2)["error"]["code"] == "usage"
