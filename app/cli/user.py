"""What an operator may do to a user's life."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from app.cli.desk import onboarding, operator
from app.cli.output import json_option, print_json, tenant_option
from app.events.prechecks import Answers, answered
from app.lifecycle.service import Lifecycle, Outcome

REASONS = ("leaver", "long_leave", "contract_end", "restructure", "security", "other")


@click.group(help="Deactivate, reactivate and restore users, as an operator.")
def command() -> None:
    """Hold the commands about users."""


@command.command("deactivate")
@tenant_option
@click.argument("user_id", metavar="ID")
@click.option("--reason", type=click.Choice(REASONS), default="other", show_default=True)
@json_option
def deactivate(tenant: str, user_id: str, reason: str, *, as_json: bool) -> None:
    """End the access of the user ID; after `security` no identity provider gives it back."""
    _carry_out(tenant, lambda users: users.deactivate(users.find(user_id), reason), as_json=as_json)


@command.command("reactivate")
@tenant_option
@click.argument("user_id", metavar="ID")
@json_option
def reactivate(tenant: str, user_id: str, *, as_json: bool) -> None:
    """Give the user ID access again; sessions that were ended stay ended."""
    _carry_out(tenant, lambda users: users.change(users.find(user_id), active=True), as_json=as_json)


@command.command("restore")
@tenant_option
@click.argument("user_id", metavar="ID")
@json_option
def restore(tenant: str, user_id: str, *, as_json: bool) -> None:
    """Bring the deleted user ID back, with its groups."""
    _carry_out(tenant, lambda users: users.restore(user_id), as_json=as_json)


def _carry_out(tenant: str, deed: Callable[[Lifecycle], Outcome], *, as_json: bool) -> None:
    with onboarding() as (runtime, office):
        tenant_id = office.tenant(tenant).id

        def attempt(answers: Answers) -> Outcome:
            with runtime.database.unit_of_work(tenant_id) as work:
                work.answers = answers
                return deed(Lifecycle(work, runtime.clock, operator()))

        outcome = answered(runtime, tenant_id, attempt)
    told: dict[str, Any] = {
        "id": outcome.record.id,
        "state": str(outcome.record.state),
        "reason": outcome.record.reason,
        "changed": outcome.changed,
    }
    if as_json:
        print_json(told)
    else:
        note = "" if outcome.changed else ", as before"
        click.echo(f"The user {told['id']} is {told['state']}{note}.")
