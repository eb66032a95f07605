"""What an operator decides about users that identity providers take away at once."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

import click

from app.cli.desk import onboarding, operator
from app.cli.output import json_option, print_facts, print_json, print_rows, tenant_option
from app.lifecycle.breaker import Breaker, Decision
from app.lifecycle.clock import iso, parse_iso
from app.lifecycle.refusals import Refused, unknown_surge
from app.lifecycle.surges import SurgeRecord
from app.lifecycle.undoing import Undoing

reason_option = click.option("--reason", required=True, help="Why; kept beside the decision.")
COLUMNS = ("id", "kind", "state", "began", "count", "reason")


class Moment(click.ParamType[datetime]):
    """A moment with its time zone, such as 2026-11-23T09:00:00Z."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment, or say how one is written."""
        try:
            return parse_iso(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment; write it as 2026-11-23T09:00:00Z.", param, ctx)


@click.group(help="Decide about users that identity providers take away at once, and give them back.")
def command() -> None:
    """Hold the commands about mass changes."""


@command.command("list")
@tenant_option
@json_option
def list_(tenant: str, *, as_json: bool) -> None:
    """List the mass changes of a tenant, the latest first."""
    with onboarding() as (runtime, office), runtime.database.reading(office.tenant(tenant).id) as work:
        told = [_facts(each) for each in work.surges.page()]
    print_rows(COLUMNS, told, as_json=as_json)


@command.command("show")
@tenant_option
@click.argument("surge_id", metavar="ID")
@json_option
def show(tenant: str, surge_id: str, *, as_json: bool) -> None:
    """Show the mass change ID, and whose deletion it holds."""
    with onboarding() as (runtime, office), runtime.database.reading(office.tenant(tenant).id) as work:
        surge = work.surges.find(surge_id)
        if surge is None:
            raise Refused([unknown_surge()])
        users, after = [], ""
        while page := work.surges.held(surge_id, after):
            users += [each.user_id for each in page]
            after = users[-1]
    told = {**_facts(surge), "users": users}
    (print_json if as_json else print_facts)(told if as_json else {**told, "users": " ".join(users)})


@command.command("approve")
@tenant_option
@click.argument("surge_id", metavar="ID")
@reason_option
@json_option
def approve(tenant: str, surge_id: str, reason: str, *, as_json: bool) -> None:
    """Let the deletions of the mass change ID through, and all others for as long as its window."""
    _decide(tenant, surge_id, "approved", reason, as_json=as_json)


@command.command("reject")
@tenant_option
@click.argument("surge_id", metavar="ID")
@reason_option
@json_option
def reject(tenant: str, surge_id: str, reason: str, *, as_json: bool) -> None:
    """Let none of the deletions of the mass change ID through."""
    _decide(tenant, surge_id, "rejected", reason, as_json=as_json)


@command.command("undo")
@tenant_option
@click.option("--since", type=Moment(), required=True, help="Where the window begins: 2026-11-23T09:00:00Z.")
@click.option("--until", type=Moment(), help="Where it ends; now, unless given.")
@json_option
def undo(tenant: str, since: datetime, until: datetime | None, *, as_json: bool) -> None:
    """Give back the users that identity providers deleted or deactivated in a window."""
    told: dict[str, Any] = {"restored": 0, "reactivated": 0, "refused": 0}
    with onboarding() as (runtime, office):
        opened = partial(runtime.database.unit_of_work, office.tenant(tenant).id)
        undoing = Undoing(opened, runtime.clock, operator(), since, until or runtime.clock.now())
        after: str | None = ""
        while after is not None:
            done = undoing.undo(after)
            told = {name: count + done.counts[name] for name, count in told.items()}
            for user_id, refusal in done.refused.items():
                click.echo(f"{user_id}: {refusal.detail}", err=True)
            after = done.after
    (print_json if as_json else print_facts)(told)


def _decide(tenant: str, surge_id: str, decided: Decision, reason: str, *, as_json: bool) -> None:
    with onboarding() as (runtime, office), runtime.database.unit_of_work(office.tenant(tenant).id) as work:
        told = _facts(Breaker(work, runtime.clock, operator()).decide(surge_id, decided, reason))
    (print_json if as_json else print_facts)(told)


def _facts(surge: SurgeRecord) -> dict[str, Any]:
    return {
        "id": surge.id,
        "kind": surge.kind,
        "state": surge.state,
        "began": iso(surge.began_at),
        "count": surge.count,
        "let_until": surge.let_until and iso(surge.let_until),
        "decided_by": surge.decided_by,
        "reason": surge.reason,
    }
