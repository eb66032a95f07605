"""Prove what a preflight binds."""

from dataclasses import replace
from typing import Any

import pytest

from app.lifecycle.commands import Command, Deactivate, Reactivate
from app.lifecycle.consent import revision
from app.lifecycle.subject import Answer, Held, Subject
from tests.lifecycle.people import HOST, IDP, NOW, OWNER, active

WARNED = active(roles=frozenset({"Owner", "Admin"}), answer=Answer(warnings=({"type": "contract", "count": 2},)))


def token(subject: Subject = WARNED, version: int = 3, policy_version: int = 1, *commands: Command) -> str:
    """Return the revision of a preflight."""
    return revision(commands or (Deactivate(IDP),), subject, version, policy_version)


def test_the_same_facts_give_the_same_token_in_whatever_order_they_are_told() -> None:
    """Neither the order of roles nor that of what the host application said counts, nor who asks."""
    again = active(roles=frozenset({"Admin", "Owner"}), answer=Answer(warnings=({"count": 2, "type": "contract"},)))
    assert token(again) == token() == token(WARNED, 3, 1, Deactivate(HOST))
    assert len(token()) == 24


def test_whatever_is_judged_on_changes_the_token() -> None:
    """Facts, the version of the user, that of the policy, and the commands are bound."""
    others = [
        token(replace(WARNED, roles=OWNER)),
        token(replace(WARNED, deactivate_at=NOW)),
        token(replace(WARNED, answer=Answer())),
        token(WARNED, 4),
        token(WARNED, 3, 2),
        token(WARNED, 3, 1, Reactivate(IDP)),
        token(WARNED, 3, 1, Deactivate(IDP), Reactivate(IDP)),
    ]
    assert token() not in others
    assert len(set(others)) == len(others)


def test_what_is_no_fact_is_an_error() -> None:
    """A fact of a new type has to be written down first: it must not be left out of the token."""
    strange: Any = object()
    with pytest.raises(TypeError, match="object is no fact"):
        token(replace(WARNED, held=(Held("seat", strange),)))
