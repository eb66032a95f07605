"""The command line: tenants, connections, tokens, users, purging, on both databases."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from app.cli import main
from app.identity import tokens
from app.lifecycle.clock import SystemClock
from app.lifecycle.commands import Actor
from app.lifecycle.service import Lifecycle
from app.runtime import EXTENSION
from tests.service import TenantUnderTest

Command: TypeAlias = Callable[..., Result]


@pytest.fixture
def command(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run commands on the database of this test."""
    monkeypatch.setenv("SCIM_LIFECYCLE_DATABASE_URL", database_url)
    monkeypatch.setenv("SCIM_LIFECYCLE_PUBLIC_URL", "https://scim.example.com")
    monkeypatch.setenv("SCIM_LIFECYCLE_SECRET_KEYS", "k" * 32)

    def run(*arguments: str, fails: int = 0) -> Result:
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == fails, result.stderr
        return result

    return run


def told(result: Result) -> Any:
    """Return what a command printed as JSON."""
    return json.loads(result.stdout)


def fault(result: Result) -> tuple[str, str]:
    """Return the code and the words of an error as JSON."""
    error = json.loads(result.stderr)["error"]
    return error["code"], error["message"]


def test_a_tenant_starts_under_the_default_policy(command: Command) -> None:
    """Its first policy is version 1, and its name in URLs is part of its base URL."""
    created = told(command("tenant", "create", "acme", "--title", "Acme Inc.", "--json"))
    assert created["base_url"] == "https://scim.example.com/t/acme/scim/v2"
    shown = told(command("tenant", "show", "acme", "--json"))
    assert (shown["title"], shown["state"], shown["policy_version"]) == ("Acme Inc.", "active", 1)
    assert shown["policy"]["delete"]["min_days_inactive"] == 30
    assert [one["tenant"] for one in told(command("tenant", "list", "--json"))] == ["acme"]


def test_a_tenant_starts_from_a_preset(command: Command) -> None:
    """Whoever names a preset gets its knobs, and no other."""
    command("tenant", "create", "acme", "--preset", "unifize")
    shown = told(command("tenant", "show", "acme", "--json"))
    assert (shown["policy"]["delete"]["mode"], shown["policy"]["confirm"]) == ("never", [])
    assert "document360" in command("tenant", "create", "globex", "--preset", "zendesk", fails=2).stderr


def test_a_tenant_is_suspended_and_resumed(command: Command) -> None:
    """Each is done once, for a reason in one word; lists show how it is."""
    command("tenant", "create", "acme")
    for verb, state in (("suspend", "suspended"), ("resume", "active")):
        for changed in (True, False):
            turned = told(command("tenant", verb, "acme", "--reason", "unpaid", "--json"))
            assert turned == {"tenant": "acme", "state": state, "changed": changed}
        assert [one["state"] for one in told(command("tenant", "list", "--json"))] == [state]
    assert "suspended" in command("tenant", "suspend", "acme", "--reason", "unpaid", "--end-sessions").stdout


def test_a_connection_is_created_with_a_token(command: Command) -> None:
    """Scripts read exactly what they need from one object."""
    command("tenant", "create", "acme")
    created = told(command("connection", "create", "--tenant", "acme", "--name", "Okta", "--dialect", "okta", "--json"))
    assert set(created) == {"base_url", "token", "id", "name", "dialect", "auth", "scopes", "user_id"}
    assert created["token"].startswith(tokens.PREFIXES["scim"])
    assert (created["dialect"], created["scopes"]) == ("okta", "scim")
    listed = command("connection", "list", "--tenant", "acme", "--json")
    assert told(listed)[0]["name"] == "Okta"
    assert created["token"] not in listed.stdout


def test_what_people_read_holds_the_token_once(command: Command) -> None:
    """Without --json the same is printed as lines, and a warning apart."""
    command("tenant", "create", "acme")
    result = command("api-token", "create", "--tenant", "acme", "--name", "CRM")
    assert result.stdout.count(tokens.PREFIXES["api"]) == 1
    assert "this once" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code", "says"),
    [
        (("tenant", "create", "acme"), 4, "conflict", "choose another name"),
        (("tenant", "create", "Acme"), 2, "invalid", "a-z"),
        (("tenant", "show", "nobody"), 3, "missing", "tenant list"),
        (("tenant", "suspend", "nobody", "--reason", "unpaid"), 3, "missing", "tenant list"),
        (("tenant", "suspend", "acme", "--reason", "Not paid!"), 2, "invalid", "one word"),
        (("tenant", "resume", "acme"), 2, "usage", "--reason"),
        (("connection", "create", "--tenant", "nobody", "--name", "x"), 3, "missing", "no tenant nobody"),
        (("connection", "create", "--tenant", "acme", "--name", "x", "--scopes", "root"), 2, "invalid", "scim.read"),
        (("connection", "create", "--tenant", "acme", "--name", "x", "--dialect", "odd"), 2, "usage", "strict"),
        (("connection", "create", "--tenant", "acme", "--name", "a\nb"), 2, "invalid", "control characters"),
        (("connection", "rotate", "--tenant", "acme", "--name", "x"), 3, "missing", "no connection x"),
        (("api-token", "create", "--tenant", "acme", "--name", "x", "--scopes", "scim"), 2, "invalid", "sessions"),
        (("user", "deactivate", "--tenant", "acme", "nobody"), 3, "UNKNOWN_USER", "no user nobody"),
        (("purge",), 2, "usage", "--due"),
        (("demo", "--token", "x"), 2, "usage", "together"),
        (("fly",), 2, "usage", "fly"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line(
    command: Command, arguments: tuple[str, ...], exit_code: int, code: str, says: str
) -> None:
    """Errors go to standard error with a remedy, as JSON for scripts, and each kind has its exit code."""
    command("tenant", "create", "acme")
    result = command(*arguments, "--json", fails=exit_code)
    assert result.stdout == ""
    assert fault(result)[0] == code
    assert says in fault(result)[1]
    assert says in command(*arguments, fails=exit_code).stderr


def test_the_same_name_twice_is_a_conflict(command: Command) -> None:
    """A connection is found by its name, so that a name means one."""
    command("tenant", "create", "acme")
    command("connection", "create", "--tenant", "acme", "--name", "Okta")
    assert "rotate" in command("connection", "create", "--tenant", "acme", "--name", "Okta", fails=4).stderr


@pytest.mark.parametrize(("overlap", "still"), [("0", 401), ("3600", 200)])
def test_rotation_replaces_the_token(command: Command, app: Flask, overlap: str, still: int) -> None:
    """The old token dies at once, or after the overlap that was asked for."""
    app.extensions[EXTENSION] = _on_real_time(app)
    command("tenant", "create", "acme")
    old = told(command("connection", "create", "--tenant", "acme", "--name", "Okta", "--json"))["token"]
    new = told(command("connection", "rotate", "--tenant", "acme", "--name", "Okta", "--overlap", overlap, "--json"))[
        "token"
    ]
    assert _status(app, new) == 200
    assert _status(app, old) == still
    command("connection", "revoke", "--tenant", "acme", "--name", "Okta")
    assert _status(app, new) == 401
    assert "create another" in command("connection", "rotate", "--tenant", "acme", "--name", "Okta", fails=4).stderr


def test_each_deed_is_in_the_audit_trail(command: Command, app: Flask) -> None:
    """Who let somebody in can be found, without the token."""
    command("tenant", "create", "acme")
    created = told(command("connection", "create", "--tenant", "acme", "--name", "Okta", "--json"))
    command("connection", "rotate", "--tenant", "acme", "--name", "Okta")
    command("connection", "revoke", "--tenant", "acme", "--name", "Okta")
    runtime = app.extensions[EXTENSION]
    with runtime.database.reading(runtime.tenant_id("acme")) as work:
        entries = work.audit.of(created["id"])
        assert [entry.action for entry in work.audit.of("acme")] == ["tenant.created"]
    assert [entry.action for entry in entries] == ["connection.created", "connection.rotated", "connection.revoked"]
    assert {entry.actor_type for entry in entries} == {"operator"}
    assert created["token"] not in str(entries)


def test_an_operator_ends_and_gives_back_access(command: Command, acme: TenantUnderTest) -> None:
    """A repeat changes nothing and says so."""
    user = acme.user("ada")
    ended = told(command("user", "deactivate", "--tenant", "acme", user, "--reason", "security", "--json"))
    assert ended == {"id": user, "state": "inactive", "reason": "security", "changed": True}
    assert "as before" in command("user", "deactivate", "--tenant", "acme", user).stdout
    assert told(command("user", "reactivate", "--tenant", "acme", user, "--json"))["state"] == "active"


def test_a_deleted_user_is_restored(command: Command, acme: TenantUnderTest) -> None:
    """An operator undoes a deletion until the data is purged."""
    user = acme.user("ada")
    _delete(acme, user)
    assert told(command("user", "restore", "--tenant", "acme", user, "--json"))["state"] == "active"


def test_only_those_whose_time_has_come_are_purged(command: Command, acme: TenantUnderTest) -> None:
    """Deletion in the fixed past is due by now; a deletion of today is not."""
    old, new = acme.user("old"), acme.user("new")
    _delete(acme, old, long_ago=True)
    _delete(acme, new)
    purged = told(command("purge", "--due", "--json"))
    assert purged == {"purged": 1, "kept": 0, "tenants": {"acme": {"purged": 1, "kept": 0}}}
    assert told(command("purge", "--due", "--tenant", "acme", "--json"))["purged"] == 0


def _delete(tenant: TenantUnderTest, user: str, *, long_ago: bool = False) -> None:
    shift = timedelta(days=-40) if long_ago else timedelta()
    clock = type("Shifted", (), {"now": lambda _self: SystemClock().now() + shift})()
    with tenant.runtime.database.unit_of_work(tenant.id) as work:
        users = Lifecycle(work, clock, Actor("system", None, "test", "scim"))
        users.delete(users.find(user))


def _on_real_time(app: Flask) -> Any:
    """Return the runtime with the clock that commands go by."""
    return replace(app.extensions[EXTENSION], clock=SystemClock())


def _status(app: Flask, token: str) -> int:
    url = "/t/acme/scim/v2/Users?count=1"
    return app.test_client().get(url, headers={"Authorization": f"Bearer {token}"}).status_code
