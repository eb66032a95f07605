"""Erase the personal data of deleted users whose time has come."""

from __future__ import annotations

import click

from app.chores import purge
from app.cli.desk import onboarding, operator
from app.cli.output import json_option, print_facts, print_json


@click.command(help="Erase the personal data of deleted users whose retention has run out, one transaction each.")
@click.option("--due", is_flag=True, help="All whose time has come; the only way to purge from here.")
@click.option("--tenant", help="Only in this tenant.")
@json_option
def command(tenant: str | None, *, due: bool, as_json: bool) -> None:
    """Purge what is due."""
    if not due:
        raise click.UsageError("Say --due: only users whose time has come are purged.")
    with onboarding() as (runtime, office):
        with runtime.database.tenants(reading=True) as tenants:
            everywhere = tenants.all()
        chosen = [office.tenant(tenant)] if tenant else everywhere
        done = {one.slug: purge(runtime, one.id, operator()) for one in chosen}
    counts = {slug: dict(zip(("purged", "kept"), numbers, strict=True)) for slug, numbers in done.items()}
    told = {name: sum(count[name] for count in counts.values()) for name in ("purged", "kept")}
    if as_json:
        print_json({**told, "tenants": counts})
    else:
        print_facts(told)
