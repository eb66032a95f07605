"""Build the actors, users and policies that the tests of the domain speak about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.lifecycle.commands import Actor
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.states import State
from app.lifecycle.subject import Subject

NOW = datetime(2026, 11, 23, 0, 25, tzinfo=UTC)
IDP = Actor(kind="connection", id="okta", name="Okta", channel="scim")
HOST = Actor(kind="api", id="host", name="Host application", channel="api")
OPERATOR = Actor(kind="operator", id="ann", name="Ann", channel="cli")
WORKER = Actor(kind="system", id=None, name="worker", channel="worker")
OWNER = frozenset({"Owner"})


def days(count: float) -> timedelta:
    """Return that many days."""
    return timedelta(days=count)


def active(**facts: Any) -> Subject:
    """Return an active user."""
    return Subject(id="u1", state=State.ACTIVE, **facts)


def inactive(**facts: Any) -> Subject:
    """Return a user that has been inactive for ten days."""
    return Subject(**{"id": "u1", "state": State.INACTIVE, "reason": "scim", "deactivated_at": NOW - days(10), **facts})


def tombstoned(**facts: Any) -> Subject:
    """Return a user that was deleted ten days ago and may be purged in twenty."""
    gone = {"deactivated_at": NOW - days(10), "tombstoned_at": NOW - days(10), "purge_after": NOW + days(20)}
    return Subject(**{"id": "u1", "state": State.TOMBSTONED, **gone, **facts})


def purged() -> Subject:
    """Return what is left of a purged user."""
    return Subject(id="u1", state=State.PURGED)


def last_owner() -> Subject:
    """Return the only active Owner."""
    return active(roles=OWNER, sole_roles=OWNER)


def policy(**knobs: Any) -> TenantPolicy:
    """Return the default policy with these knobs turned: `policy(delete={"mode": "any"})`."""
    return TenantPolicy.load(knobs)
