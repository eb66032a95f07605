"""The house keeps its plan: who imports whom, how large a room may be, and that nothing is decorative or unfinished."""

from collections.abc import Iterable

import pytest

from tests.architecture import (
    ROOT,
    Check,
    Source,
    check_contracts,
    check_deeds,
    check_docstrings,
    check_libraries,
    check_packages,
    check_sizes,
    check_unfinished,
    read,
)

APP = read("app")
TESTS = [source for source in read("tests") if source.name != __name__]
CONTRACTS = sorted(path.relative_to(ROOT / "schemas").as_posix() for path in (ROOT / "schemas").rglob("*.json"))


def report(broken: Iterable[str]) -> None:
    """Fail with one line for each thing found."""
    if found := sorted(set(broken)):
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize(
    "check", [check_packages, check_libraries, check_deeds, check_sizes, check_docstrings, check_unfinished]
)
def test_the_application_keeps_the_plan(check: Check) -> None:
    """Each rule holds for all of app/."""
    report(check(APP))


def test_no_file_is_larger_than_a_room() -> None:
    """No test has more than 300 lines either."""
    assert [f"{source.name}: {source.lines}" for source in TESTS if source.lines > 300] == []


def test_every_contract_is_used() -> None:
    """Each JSON file under schemas/ is loaded by the application or asserted by a test."""
    assert CONTRACTS
    report(check_contracts(CONTRACTS, APP + TESTS))


LONG = "def f():\n" + "    x = 1\n" * 30

BROKEN = [
    (check_packages, "app.scim.views", "from app.api import routes", "app.scim may not"),
    (check_packages, "app.scim.views", "import app.db.rows", "imports app.db.rows"),
    (check_packages, "app.scim.views", "from app import db", "imports app, "),
    (check_packages, "app.scim.views", "from .rules import rule", "write the full name"),
    (check_packages, "app.cli.serve", "import app.scim.views", "app.cli may not"),
    (check_packages, "app.attic", "x = 1", "app.attic is not in the table"),
    (check_packages, "app.lifecycle.decide", "def f():\n    from app.config import load", "app.lifecycle may not"),
    (check_libraries, "app.db.users", "from scim2_models import User", "imports scim2_models"),
    (check_libraries, "app.db.users", "import flask", "imports flask"),
    (check_libraries, "app.lifecycle.guards", "import sqlalchemy", "the domain knows no library"),
    (check_libraries, "app.lifecycle.guards", "import pydantic", "the domain knows no library"),
    (check_deeds, "app.scim.views", "work.session.commit()", "only app.db.work may"),
    (check_deeds, "app.scim.views", "work.users.update(1)", "only app.lifecycle.service may"),
    (check_sizes, "app.big", '""""""\n' * 301, "over 300"),
    (check_sizes, "app.big", '""""""\n' * 121, "the median file"),
    (check_sizes, "app.big", "def f():\n" + "    x = 1\n" * 10, "the median function has 11"),
    (check_sizes, "app.big", LONG + "def g(): ...\n" * 8, "1 of 9 functions"),
    (check_docstrings, "app.new", "x = 1", "app.new has no docstring"),
    (check_docstrings, "app.new", '"""."""\nclass A:\n    """."""\n    def b(self): ...', "app.new.A.b"),
    (check_unfinished, "app.new", "raise NotImplementedError", "app.new:1 says NotImplementedError"),
    (check_unfinished, "app.new", "x = 1  # TODO: more", "says TODO"),
]


@pytest.mark.parametrize(("check", "name", "text", "complaint"), BROKEN)
def test_a_broken_rule_is_found(check: Check, name: str, text: str, complaint: str) -> None:
    """Each rule can fail, and says where."""
    assert complaint in "\n".join(check([Source(name, text)]))


KEPT = [
    (check_packages, "app.scim.views", "from app.db.work import unit_of_work\nfrom app.scim.rules import rule"),
    (check_packages, "app.cli.serve", "from app import create_app"),
    (check_packages, "app", "from app.scim import views\nfrom app.db import engine"),
    (check_libraries, "app.scim.mapping", "import scim2_models"),
    (check_libraries, "app.lifecycle.policy", "import pydantic\nfrom dataclasses import dataclass"),
    (check_deeds, "app.db.work", "session.commit()"),
    (check_deeds, "app.scim.views", "seen.add(1)"),
    (check_sizes, "app.small", LONG + "def g(): ...\n" * 9),
    (check_docstrings, "app.new", '"""."""\ndef _f(): ...'),
]


@pytest.mark.parametrize(("check", "name", "text"), KEPT)
def test_a_kept_rule_is_quiet(check: Check, name: str, text: str) -> None:
    """No rule complains about what it allows."""
    assert list(check([Source(name, text)])) == []


@pytest.mark.parametrize(
    ("literals", "used"),
    [
        ('"user.json"', True),
        ('"scim/user.json"', True),
        ('"scim", "*.json"', True),
        ('"*.json"', False),
        ('"u"', False),
    ],
)
def test_a_contract_is_used_by_its_name_or_by_a_pattern(literals: str, used: bool) -> None:
    """A schema file counts as used when a module names it, or names its folder and a pattern that fits."""
    assert (list(check_contracts(["scim/user.json"], [Source("app.x", f"x = [{literals}]")])) == []) is used
