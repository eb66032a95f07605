"""Logout clients from the command line."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main

URI = "https://app.example.com/logout"


@pytest.fixture(autouse=True)
def acme(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Create a tenant in the database of this test."""
    monkeypatch.setenv("SCIM_LIFECYCLE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("SCIM_LIFECYCLE_SECRET_KEYS", "k" * 32)
    CliRunner().invoke(main, ["tenant", "create", "acme"])


def run(*arguments: str, fails: int = 0) -> Any:
    """Run a command about logout clients, and return the JSON it prints, or what it complains of."""
    result = CliRunner().invoke(main, ["logout-client", *arguments, "--tenant", "acme", "--json"])
    assert result.exit_code == fails, result.stderr
    return result.stderr if fails else json.loads(result.stdout)


def test_a_client_is_registered_listed_and_deleted() -> None:
    """What was registered is printed in the names of OpenID Connect."""
    told = run("create", "--client-id", "web", "--uri", URI, "--session-required")
    assert (told["client_id"], told["backchannel_logout_uri"], told["state"]) == ("web", URI, "enabled")
    assert told["backchannel_logout_session_required"] is True
    assert run("list") == [told]
    assert "web" in CliRunner().invoke(main, ["logout-client", "list", "--tenant", "acme"]).stdout
    assert run("resume", "--id", told["id"]) == told
    assert "registered already" in run("create", "--client-id", "web", "--uri", URI, fails=4)
    assert run("delete", "--id", told["id"]) == {"deleted": told["id"]}
    assert "no such logout client" in run("delete", "--id", told["id"], fails=3)


def test_an_address_inside_is_refused() -> None:
    """Nothing is registered."""
    assert run("create", "--client-id", "web", "--uri", "http://10.0.0.1/", fails=2)
    assert run("list") == []
