"""The report of inactivity: who has access and has not been seen for long."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from app.cli import main
from app.config import Settings
from app.lifecycle.clock import SystemClock
from app.runtime import EXTENSION
from tests.clock import FixedClock
from tests.service import TenantUnderTest

Said = Callable[..., Any]


@pytest.fixture
def said(client: FlaskClient, acme: TenantUnderTest) -> Said:
    """Call the API of acme, and return what it says."""
    headers = acme.bearer(acme.api_token())

    def said(method: str, path: str, status: int = 200, **body: Any) -> Any:
        form: dict[str, Any] = {"json": body} if method == "POST" else {"query_string": body}
        answer = client.open(f"/t/acme/api/v1{path}", method=method, headers=headers, **form)
        assert answer.status_code == status, answer.text
        return answer.json

    return said


def listed(said: Said, days: int) -> dict[str, tuple[str | None, str | None]]:
    """Return who is listed, with the last sign-in and the last use."""
    report = said("GET", "/reports/inactivity", days=days)
    assert report["after"] is None
    return {each["user_name"]: (each["last_signed_in"], each["last_seen"]) for each in report["users"]}


def test_who_was_not_seen_for_long_is_listed(said: Said, acme: TenantUnderTest, clock: FixedClock) -> None:
    """Neither a sign-in nor a use of a credential; newcomers and those without access are not listed."""
    idle, seen, robot, never, gone = (acme.user(name) for name in ("idle", "seen", "robot", "never", "gone"))
    sids = {id_: said("POST", f"/users/{id_}/sessions", 201)["sid"] for id_ in (idle, seen)}
    key = said("POST", f"/users/{robot}/sessions", 201, kind="api_key")["sid"]
    said("POST", f"/users/{gone}/deactivate")
    begun = "2026-11-23T09:00:00.000Z"
    clock.advance(days=60)
    acme.user("new")
    for sid in (sids[seen], key):
        said("POST", "/sessions/introspect", questions=[{"token": sid}])
    clock.advance(days=40)
    assert listed(said, 100) == {"idle": (begun, begun), "never": (None, None)}
    assert listed(said, 101) == {}
    assert listed(said, 40) == {
        "idle": (begun, begun),
        "seen": (begun, "2027-01-22T09:00:00.000Z"),
        "robot": (None, "2027-01-22T09:00:00.000Z"),
        "never": (None, None),
        "new": (None, None),
    }
    assert said("GET", "/reports/inactivity", 400, days=0)["code"] == "INVALID_REQUEST"
    assert never


def test_a_long_report_is_read_page_by_page(said: Said, acme: TenantUnderTest, clock: FixedClock) -> None:
    """Each page says where the next begins."""
    users = [acme.user() for _ in range(201)]
    clock.advance(days=91)
    first = said("GET", "/reports/inactivity")
    second = said("GET", "/reports/inactivity", after=first["after"])
    assert [len(page["users"]) for page in (first, second)] == [200, 1]
    assert sorted(each["id"] for page in (first, second) for each in page["users"]) == sorted(users)
    assert second["after"] is None


def test_the_command_line_reports_the_same(
    app: Flask, settings: Settings, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the clock of the machine."""
    clock.current = SystemClock().now()
    clock.advance(days=-10)
    acme = TenantUnderTest.create(app.extensions[EXTENSION], "acme")
    ada = acme.user("ada")
    monkeypatch.setenv("SCIM_LIFECYCLE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SCIM_LIFECYCLE_SECRET_KEYS", "k" * 32)
    for days, ids in ((9, [ada]), (11, [])):
        words = ("report", "inactivity", "--tenant", "acme", "--days", str(days))
        told = CliRunner().invoke(main, [*words, "--json"])
        assert told.exit_code == 0, told.output
        assert [each["id"] for each in json.loads(told.stdout)] == ids
        assert ("ada" in CliRunner().invoke(main, words).stdout) is bool(ids)
