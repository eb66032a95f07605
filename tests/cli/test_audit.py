"""The audit trail at the command line: verified, exported, anchored, on both databases."""

import json
from hashlib import sha256
from pathlib import Path

from flask import Flask

from app.runtime import EXTENSION
from tests.cli.test_commands import Command, command, fault, told
from tests.db.test_audit_chain import tamper

__all__ = ["command"]


def test_a_whole_trail_is_told_as_such(command: Command) -> None:
    """Verifying seals what waits first; without --tenant all tenants are verified."""
    command("tenant", "create", "acme")
    command("tenant", "create", "globex")
    assert told(command("audit", "verify", "--json")) == {"entries": {"acme": 1, "globex": 1}, "wrong": []}
    assert "acme    1 entries, all as they were sealed" in command("audit", "verify").stdout


def test_a_tampered_trail_fails_and_names_the_entry(command: Command, app: Flask) -> None:
    """The exit code is for scripts, the line for people."""
    command("tenant", "create", "acme")
    (line,) = command("audit", "export", "--tenant", "acme").stdout.splitlines()
    tamper(app.extensions[EXTENSION].database, "UPDATE audit SET action = 'x'")
    result = command("audit", "verify", "--tenant", "acme", fails=1)
    assert f"acme: the entry {json.loads(line)['id']} at position 1 is not what was sealed there" in result.stdout
    assert "not whole: 1 " in result.stderr
    broken = command("audit", "verify", "--json", fails=1)
    assert told(broken)["wrong"][0]["wrong"] == "altered"
    assert fault(broken)[0] == "failed"


def test_an_anchor_is_kept_elsewhere_and_checked(command: Command, app: Flask, tmp_path: Path) -> None:
    """It fits the chain that goes on from it, and not one that was written anew."""
    command("tenant", "create", "acme")
    kept = tmp_path / "anchor.json"
    kept.write_text(command("audit", "anchor").stdout, encoding="utf-8")
    assert json.loads(kept.read_text("utf-8"))["position"] == 1
    command("connection", "create", "--tenant", "acme", "--name", "okta")
    command("audit", "verify", "--anchor", str(kept))
    forged = "DELETE FROM audit_links", "DELETE FROM audit_heads", "UPDATE audit SET actor_name = 'nobody'"
    tamper(app.extensions[EXTENSION].database, *forged)
    command("audit", "verify")
    assert "written anew" in command("audit", "verify", "--anchor", str(kept), fails=1).stdout


def test_what_is_no_anchor_is_said(command: Command, tmp_path: Path) -> None:
    """Neither another file, nor the anchor of a tenant that is not verified, passes for one."""
    command("tenant", "create", "acme")
    command("tenant", "create", "globex")
    kept = tmp_path / "anchor.json"
    kept.write_text("{}", encoding="utf-8")
    assert "no anchor" in command("audit", "verify", "--anchor", str(kept), fails=1).stderr
    kept.write_text(command("audit", "anchor", "--tenant", "globex").stdout, encoding="utf-8")
    assert "globex" in command("audit", "verify", "--tenant", "acme", "--anchor", str(kept), fails=1).stderr


def test_the_export_can_be_verified_by_others(command: Command) -> None:
    """Each line holds what is sealed, its place and its hash; nothing else is needed to compute the hash again."""
    command("tenant", "create", "acme")
    command("connection", "create", "--tenant", "acme", "--name", "okta")
    lines = [json.loads(line) for line in command("audit", "export", "--tenant", "acme").stdout.splitlines()]
    previous = "0" * 64
    for number, line in enumerate(lines, 1):
        assert line.pop("position") == number
        kept = line.pop("hash")
        text = json.dumps([previous, *line.values()], separators=(",", ":"))
        previous = sha256(text.encode()).hexdigest()
        assert previous == kept
    assert [line["action"] for line in lines] == ["tenant.created", "connection.created"]
