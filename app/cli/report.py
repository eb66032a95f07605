"""Reports on who has access."""

from __future__ import annotations

from datetime import timedelta

import click

from app.cli.desk import onboarding
from app.cli.output import json_option, print_json, print_table, tenant_option
from app.lifecycle.clock import iso

PAGE = 500
COLUMNS = ("id", "user_name", "created", "last_signed_in", "last_seen")


@click.group(help="Report on who has access.")
def command() -> None:
    """Hold the reports."""


@command.command("inactivity")
@tenant_option
@click.option("--days", type=click.IntRange(1, 36_500), default=90, show_default=True, help="For how long.")
@json_option
def inactivity(tenant: str, days: int, *, as_json: bool) -> None:
    """List the users who have access and were not seen for some days."""
    told, after = list[dict[str, str | None]](), ""
    with onboarding() as (runtime, office), runtime.database.reading(office.tenant(tenant).id) as work:
        since = runtime.clock.now() - timedelta(days=days)
        while page := work.dormancy.page(since, after, PAGE):
            for each in page:
                moments = (each.created_at, each.last_signed_in, each.last_seen)
                shown = (None if moment is None else iso(moment) for moment in moments)
                told.append(dict(zip(COLUMNS, (each.id, each.user_name, *shown), strict=True)))
            after = page[-1].id
    if as_json:
        print_json(told)
    else:
        print_table(COLUMNS, [list(each.values()) for each in told])
