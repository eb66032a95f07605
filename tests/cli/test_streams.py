"""Streams of signals from the command line, as an operator makes them for a receiver such as Okta."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main

URL = "https://acme.okta.com/security/api/v1/security-events"


@pytest.fixture(autouse=True)
def acme(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Create a tenant in the database of this test."""
    monkeypatch.setenv("SCIM_LIFECYCLE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("SCIM_LIFECYCLE_PUBLIC_URL", "https://scim.example.com")
    monkeypatch.setenv("SCIM_LIFECYCLE_SECRET_KEYS", "k" * 32)
    CliRunner().invoke(main, ["tenant", "create", "acme"])


def run(*arguments: str, fails: int = 0) -> Any:
    """Run a command about streams, and return the JSON it prints, or what it complains of."""
    result = CliRunner().invoke(main, ["stream", *arguments, "--tenant", "acme", "--json"])
    assert result.exit_code == fails, result.stderr
    return result.stderr if fails else json.loads(result.stdout)


def test_a_stream_for_a_receiver_that_manages_none() -> None:
    """It is created, tried, listed and deleted; what the receiver must know is printed, its header is not."""
    named = ("--subject-issuer", "https://acme.okta.com", "--authorization-header", "Bearer secret")
    told = run("create", "--url", URL, "--aud", "https://acme.okta.com", *named)
    assert (told["issuer"], told["aud"]) == ("https://scim.example.com/t/acme", "https://acme.okta.com")
    assert "secret" not in json.dumps(told)
    assert all("caep" in event or "risc" in event for event in told["events"])
    assert run("verify", "--id", told["id"]) == {"verified": told["id"]}
    assert "2 seconds" in run("verify", "--id", told["id"], fails=1)
    assert run("resume", "--id", told["id"]) == told
    assert run("list") == [told]
    assert run("delete", "--id", told["id"]) == {"deleted": told["id"]}
    assert "no such stream" in run("delete", "--id", told["id"], fails=3)


def test_a_stream_that_cannot_be_is_refused() -> None:
    """An address inside, and a connection that is not there."""
    assert "endpoint_url" in run("create", "--url", "http://10.0.0.1/", "--aud", "x", fails=2)
    assert "no connection" in run("create", "--url", URL, "--aud", "x", "--peer", "nobody", fails=3)
    assert run("list") == []
