"""Connections and signing keys from the command line, however they prove themselves."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.identity.oauth_clients import AUDIENCE, ENTRA, public, rsa


@pytest.fixture(autouse=True)
def acme(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Create a tenant in the database of this test."""
    monkeypatch.setenv("SCIM_LIFECYCLE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("SCIM_LIFECYCLE_PUBLIC_URL", "https://scim.example.com")
    monkeypatch.setenv("SCIM_LIFECYCLE_SECRET_KEYS", "k" * 32)
    run("tenant", "create", "acme", "--json")


def run(*arguments: str, fails: int = 0) -> Any:
    """Run a command and return the JSON it prints, or what it complains of."""
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == fails, result.stderr
    return result.stderr if fails else json.loads(result.stdout)


def connect(*options: str, fails: int = 0) -> Any:
    """Create a connection."""
    return run("connection", "create", "--tenant", "acme", "--name", "Entra", *options, "--json", fails=fails)


@pytest.fixture
def keys(tmp_path: Path) -> str:
    """Return a file with a JWK Set."""
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(public(rsa())))
    return str(path)


def test_a_client_with_a_secret_is_told_where_to_use_it() -> None:
    """The three things that an identity provider asks for, and the base URL."""
    told = connect("--auth", "client-secret", "--dialect", "entra")
    assert told["token_endpoint"] == "https://scim.example.com/t/acme/oauth/token"
    assert (told["client_id"], told["auth"]) == (told["id"], "client-secret")
    assert told["client_secret"].startswith("scimlc_secret_")
    assert "token" not in told


def test_a_client_that_signs_is_told_its_audience(keys: str) -> None:
    """That is the issuer, not the address of the endpoint (RFC 10070)."""
    told = connect("--auth", "private-key-jwt", "--jwks", keys)
    assert told["audience"] == "https://scim.example.com/t/acme"
    assert "client_secret" not in told


def test_a_trusted_issuer_is_shown_again(keys: str) -> None:
    """With all that its tokens must say."""
    options = ("--issuer", ENTRA, "--audience", AUDIENCE, "--claim", "appid=a", "--claim", "oid=b=c", "--jwks", keys)
    connect("--auth", "external-jwt", *options)
    shown = run("connection", "show", "--tenant", "acme", "--name", "Entra", "--json")
    assert (shown["issuer"], shown["audience"], shown["algorithms"]) == (ENTRA, AUDIENCE, "RS256")
    assert shown["claims"] == {"appid": "a", "oid": "b=c"}
    run("connection", "keys", "--tenant", "acme", "--name", "Entra", "--jwks-uri", "https://a.example.com/k", "--json")
    shown = run("connection", "show", "--tenant", "acme", "--name", "Entra", "--json")
    assert shown["jwks_uri"] == "https://a.example.com/k"


def test_a_sign_on_is_believed_and_given_up(keys: str) -> None:
    """What the identity provider must be told is printed; what names no keys is refused."""
    connect()
    who = ("--tenant", "acme", "--name", "Entra", "--json")
    named = ("--issuer", "https://acme.okta.com", "--client-id", "0oa1")
    told = run("connection", "sign-on", *who, *named, "--jwks", keys)
    assert (told["issuer"], told["client_id"]) == ("https://acme.okta.com", "0oa1")
    assert told["global_token_revocation"].endswith("/t/acme/global-token-revocation")
    assert told["backchannel_logout"].endswith("/t/acme/backchannel-logout")
    assert "jwks" in run("connection", "sign-on", *who, *named, fails=2)
    assert run("connection", "sign-off", *who)["issuer"] is None


def test_what_proves_nothing_is_refused(keys: str, tmp_path: Path) -> None:
    """With the words for what is missing."""
    broken = tmp_path / "broken"
    broken.write_text("{")
    assert "appid" in connect("--auth", "external-jwt", "--issuer", "a", "--audience", "b", "--jwks", keys, fails=2)
    assert "NAME=VALUE" in connect("--auth", "external-jwt", "--claim", "appid", fails=2)
    assert "no JSON" in connect("--auth", "private-key-jwt", "--jwks", str(broken), fails=2)


def test_a_secret_is_shown_by_its_end() -> None:
    """For people too: one line for each secret that is alive."""
    told = connect("--expires-in-days", "30")
    result = CliRunner().invoke(main, ["connection", "show", "--tenant", "acme", "--name", "Entra"])
    assert f"secret …{told['token'][-4:]}" in result.stdout
    assert told["token"] not in result.stdout


def test_signing_keys_are_listed_and_rotated() -> None:
    """The new one begins an hour later, the old one retires a week after that; one that leaked, at once."""
    (first,) = run("key", "list", "--tenant", "acme", "--json")
    second = run("key", "rotate", "--tenant", "acme", "--json")
    assert [key["kid"] for key in run("key", "list", "--tenant", "acme", "--json")] == [first["kid"], second["kid"]]
    third = run("key", "rotate", "--tenant", "acme", "--now", "--json")
    assert [key["kid"] for key in run("key", "list", "--tenant", "acme", "--json")] == [third["kid"]]


def test_a_connection_is_bound_to_a_user_that_has_access() -> None:
    """It stands for an active user, or for nobody."""
    connect()
    told = run("connection", "bind", "--tenant", "acme", "--name", "Entra", "--json")
    assert told["user_id"] is None
    assert "no such user" in run("connection", "bind", "--tenant", "acme", "--name", "Entra", "--user", "x", fails=3)
    assert run("connection", "show", "--tenant", "acme", "--name", "Entra", "--json")["user_id"] is None
