"""What an operator does at the command line about who still needs access."""

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.service import TenantUnderTest

Command: TypeAlias = Callable[..., str]


@pytest.fixture
def command(acme: TenantUnderTest, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run commands about reviews on the database of this test, and return what they print."""
    monkeypatch.setenv("SCIM_LIFECYCLE_DATABASE_URL", acme.runtime.settings.database_url)
    monkeypatch.setenv("SCIM_LIFECYCLE_SECRET_KEYS", "k" * 32)

    def run(*words: str, fails: int = 0) -> str:
        result = CliRunner().invoke(main, ["reviews", *words, "--tenant", "acme"])
        assert result.exit_code == fails, result.stderr
        return result.stderr if fails else result.stdout

    return run


@pytest.fixture
def said(command: Command) -> Callable[..., Any]:
    """Run commands for a script."""
    return lambda *words, fails=0: json.loads(command(*words, "--json", fails=fails))


def test_a_review_is_begun_decided_and_closed(acme: TenantUnderTest, said: Callable[..., Any]) -> None:
    """Nobody loses access before the review closes, and it closes once everybody is decided about."""
    ada, bob, kim = (acme.user(name) for name in ("ada", "bob", "kim"))
    review = said("start")
    assert (review["state"], review["population"], review["users"]) == ("open", 3, {"undecided": 3})
    assert said("start", fails=4)["error"]["code"] == "REVIEW_UNFINISHED"
    decided = said("deactivate", review["id"], ada, bob, "--reason", "contract_end")
    assert decided["users"] == {"waiting": 2, "undecided": 1}
    assert said("close", review["id"], fails=4)["error"]["code"] == "REVIEW_UNDECIDED"
    (open_,) = said("show", review["id"], "--standing", "undecided")["reviewed"]
    assert (open_["id"], open_["user_name"]) == (kim, "kim")
    said("keep", review["id"], kim, "--reason", "still_needed")
    said("keep", review["id"], bob)
    closed = said("close", review["id"])
    assert (closed["state"], closed["users"]) == ("completed", {"deactivated": 1, "kept": 2})
    (listed,) = said("list")
    assert listed == closed
    (gone,) = said("show", review["id"], "--standing", "deactivated")["reviewed"]
    assert (gone["id"], gone["reason"], gone["decided_by"]) == (ada, "contract_end", closed["closed_by"])
    with acme.runtime.database.reading(acme.id) as work:
        found = [work.users.find(user) for user in (ada, bob, kim)]
    assert [each.state for each in found if each] == ["inactive", "active", "active"]


def test_what_a_guard_refuses_is_shown(acme: TenantUnderTest, command: Command, said: Callable[..., Any]) -> None:
    """The only owner stays, and the table says why."""
    boss = acme.user("boss", roles=("Owner",))
    review = said("start")["id"]
    command("deactivate", review, boss)
    assert "refused       1" in command("close", review)
    shown = command("show", review)
    assert "LAST_OWNER" in shown
    assert "state         closed" in shown
    assert review in command("list")


def test_a_wrong_word_decides_nothing(acme: TenantUnderTest, command: Command, said: Callable[..., Any]) -> None:
    """Without a known reason, review or user, everybody stays undecided."""
    ada = acme.user("ada")
    review = said("start")["id"]
    assert "is not one of" in command("deactivate", review, ada, "--reason", "dislike", fails=2)
    assert said("deactivate", review, ada, "nobody", fails=3)["error"]["code"] == "UNKNOWN_USER"
    for words in (("show",), ("close",), ("keep", ada)):
        name, *rest = words
        assert said(name, "none", *rest, fails=3)["error"]["code"] == "UNKNOWN_REVIEW"
    assert said("show", review)["users"] == {"undecided": 1}
