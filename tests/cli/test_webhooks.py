"""Webhooks and the log of requests from the command line, as an operator uses them."""

import json
from datetime import UTC, datetime
from functools import partial

import pytest
from click.testing import CliRunner

from app.cli import main
from app.cli.desk import onboarding
from app.db.request_log import Request
from tests.cli import acme

URL = "https://host.example.com/hook"
pytestmark = pytest.mark.usefixtures("at_acme")
run = partial(acme.run, "webhook")


def test_a_webhook_from_its_creation_to_its_end() -> None:
    """It is created with a secret, tried, paused, resumed, given another secret, replayed and deleted."""
    made = run("create", "--name", "Host", "--url", URL, "--types", "user.*, group.created")
    assert made["secret"].startswith("whsec_")
    named = ("--id", made["id"])
    shown = {name: value for name, value in made.items() if name != "secret"}
    assert run("list") == [shown]
    assert run("test", *named) == {"tested": made["id"]}
    assert run("pause", *named)["state"] == "paused"
    assert run("resume", *named)["state"] == "enabled"
    assert run("rotate", *named, "--overlap", "60")["secret"] != made["secret"]
    assert run("replay", *named, "--dead") == {"deliveries": 0}
    assert "one of --delivery" in run("replay", *named, fails=2)
    assert run("delete", *named) == {"deleted": made["id"]}
    assert run("list") == []
    assert "no such webhook" in run("delete", *named, fails=3)


def test_a_webhook_that_cannot_be_is_refused() -> None:
    """An address inside, and a type that nothing is called."""
    assert "public" in run("create", "--name", "Host", "--url", "https://10.0.0.1/", fails=2)
    assert "user.born" in run("create", "--name", "Host", "--url", URL, "--types", "user.born", fails=2)
    assert run("list") == []


def test_the_log_of_requests_is_read_from_the_command_line() -> None:
    """The latest first, narrowed by status and time, with the remedy; or as JSON, one line each."""
    at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    answers = (200, None, None, None), (409, "LAST_OWNER", "This is the only Owner.", '["Make another one."]')
    rows = [
        Request(
            f"019aafb9-5c8{n}-7", at, "c", "PATCH", "/Users/u", "", "u", status, 3, "op-case", error, detail, remedy
        )
        for n, (status, error, detail, remedy) in enumerate(answers)
    ]
    with onboarding() as (runtime, office), runtime.database.unit_of_work(office.tenant("acme").id) as work:
        work.request_log.add(rows)
    asked = ["requests", "--tenant", "acme", "--user", "u"]
    assert CliRunner().invoke(main, [*asked, "--status", "4xx"]).stdout.splitlines() == [
        "2026-11-23T09:00:00.000Z 409 PATCH /Users/u",
        "  forgiven: op-case",
        "  LAST_OWNER: This is the only Owner.",
        "  remedy: Make another one.",
    ]
    lines = CliRunner().invoke(main, [*asked, "--json", "--since", "2025-11-23"]).stdout.splitlines()
    assert [json.loads(line)["status"] for line in lines] == [409, 200]
    assert CliRunner().invoke(main, [*asked, "--status", "oops"]).exit_code == 2
