"""The policy of a tenant, and where its host application is asked, from the command line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.lifecycle.policy import PRESETS, TenantPolicy
from tests.outbound.servers import Receiver, receiving
from tests.service import TenantUnderTest

Run = Callable[..., Result]


@pytest.fixture
def run(acme: TenantUnderTest, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run commands on the database of this test, in which there is a tenant."""
    monkeypatch.setenv("SCIM_LIFECYCLE_DATABASE_URL", acme.runtime.settings.database_url)
    monkeypatch.setenv("SCIM_LIFECYCLE_SECRET_KEYS", "k" * 32)
    monkeypatch.setenv("SCIM_LIFECYCLE_OUTBOUND_ALLOW", "127.0.0.0/8:*")

    def run(*arguments: str, fails: int = 0) -> Result:
        group, name, *rest = arguments
        tenant = () if name == "presets" else ("--tenant", acme.slug)
        result = CliRunner().invoke(main, (group, name, *tenant, *rest))
        assert result.exit_code == fails, result.stderr
        return result

    return run


@pytest.fixture
def document(run: Run, tmp_path: Path) -> Callable[..., str]:
    """Return what writes the policy in force, with some knobs turned, to a file, and returns its name."""

    def written(**knobs: Any) -> str:
        shown = json.loads(run("policy", "show").stdout)
        path = tmp_path / "policy.json"
        path.write_text(TenantPolicy.load(shown).turned(knobs).model_dump_json())
        return str(path)

    return written


def told(result: Result) -> Any:
    """Return what a command printed as JSON."""
    return json.loads(result.stdout)


def test_a_policy_is_set_compared_and_reverted(run: Run, document: Callable[..., str]) -> None:
    """Each change is a version with its author and reason; the same document again changes nothing."""
    file = document(delete={"min_days_inactive": 7})
    assert told(run("policy", "set", "--file", file, "--reason", "Audit", "--json")) == {"version": 2, "changed": True}
    assert "as before" in run("policy", "set", "--file", file, "--reason", "Again").stdout
    difference = {"delete.min_days_inactive": {"from": 30, "to": 7}}
    assert told(run("policy", "diff", "1", "2", "--json")) == {"knobs": difference}
    assert "delete.min_days_inactive  30    7" in run("policy", "diff", "1", "2").stdout
    assert run("policy", "revert", "1", "--reason", "Too soon").stdout == "Version 3 is in force.\n"
    history = told(run("policy", "history", "--json"))
    assert [(each["version"], each["reason"]) for each in history] == [(3, "Too soon"), (2, "Audit"), (1, None)]
    assert "Too soon" in run("policy", "history").stdout
    shown = told(run("policy", "show", "--version", "2", "--json"))
    assert (shown["version"], shown["policy"]["delete"]["min_days_inactive"]) == (2, 7)
    assert told(run("policy", "show"))["delete"]["min_days_inactive"] == 30


def test_nobody_is_overwritten_unseen(run: Run, document: Callable[..., str]) -> None:
    """With --seen a policy that somebody has changed meanwhile stays; a document that is wrong is told where."""
    file = document(confirm=[])
    refused = run("policy", "set", "--file", file, "--reason", "x", "--seen", "7", "--json", fails=4)
    assert json.loads(refused.stderr)["error"]["code"] == "CHANGED"
    Path(file).write_text('{"delete": {"mode": "sometimes"}}')
    for command in ("set", "preview"):
        reason = ("--reason", "x") if command == "set" else ()
        assert "delete.mode" in run("policy", command, "--file", file, *reason, fails=2).stderr
    assert "There is no version 9" in run("policy", "revert", "9", "--reason", "x", fails=1).stderr
    assert len(told(run("policy", "history", "--json"))) == 1


def test_a_preview_says_who_would_fare_otherwise(run: Run, document: Callable[..., str], acme: TenantUnderTest) -> None:
    """Knobs, seats, refusals and users are told; nothing is changed."""
    ada, eve = acme.user("ada"), acme.user("eve", active=False)
    file = document(delete={"mode": "never"}, entitlements={"seat": {"capacity": 0}})
    seen = told(run("policy", "preview", "--file", file, "--json"))
    assert set(seen["knobs"]) == {"delete.mode", "entitlements.seat.capacity"}
    assert seen["seats"]["after"] == {"seat": {"taken": 1, "capacity": 0, "over": 1}}
    assert [each["id"] for each in seen["users"]] == [ada, eve]
    full = {"action": "reactivate", "channel": "scim", "guard": "entitlements.seat.capacity", "before": 0, "after": 1}
    assert full in seen["refusals"]
    read = run("policy", "preview", "--file", file).stdout
    assert f"{eve}  inactive  reactivate (scim), reactivate (api), delete (scim), delete (api), dates\n" in read
    assert read.endswith("2 users would be treated otherwise; nothing is changed.\n")
    assert len(told(run("policy", "history", "--json"))) == 1


def test_presets_are_printed(run: Run, tmp_path: Path) -> None:
    """Each as a document that may be set."""
    assert run("policy", "presets").stdout.split() == list(PRESETS)
    path = tmp_path / "preset.json"
    path.write_text(run("policy", "presets", "vixiees").stdout)
    run("policy", "set", "--file", str(path), "--reason", "We sell by telephone")
    assert told(run("policy", "show"))["confirm"] == ["release"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run the host application."""
    with receiving() as running:
        yield running


def test_the_application_is_asked_where_it_is_said(run: Run, receiver: Receiver) -> None:
    """It is set with a secret that is shown once, tried, and removed."""
    assert run("precheck", "test", "--user", "u1", fails=3).stderr.startswith("Error: The application is asked nowhere")
    assert told(run("precheck", "set", "--url", receiver.url, "--json"))["secret"].startswith("whsec_")
    receiver.answering = lambda _: (200, {}, b'{"blockers": [{"type": "contract", "count": 2}]}')
    answered = told(run("precheck", "test", "--user", "u1", "--action", "delete", "--json"))
    assert answered == {"blockers": [{"type": "contract", "count": 2}], "warnings": []}
    assert json.loads(receiver.received[0].body)["data"] == {"id": "u1", "action": "delete"}
    receiver.answering = lambda _: (500, {}, b"")
    assert "did not answer" in run("precheck", "test", "--user", "u1", fails=1).stderr
    assert "asked no more" in run("precheck", "remove").stdout
    assert "asked nowhere" in run("precheck", "remove", fails=3).stderr
    assert "shown this once" in run("precheck", "set", "--url", receiver.url).stderr
    run("precheck", "set", "--url", "http://10.0.0.1/", fails=2)
