"""Erase the personal data of deleted users whose time has come."""

from __future__ import annotations

import click

from app.cli.desk import onboarding, operator
from app.cli.output import json_option, print_facts, print_json
from app.db.records import Tenant
from app.lifecycle.refusals import Refused
from app.lifecycle.service import Lifecycle
from app.runtime import Runtime


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
        counts = {one.slug: _purge(runtime, one) for one in chosen}
    told = {name: sum(count[name] for count in counts.values()) for name in ("purged", "kept")}
    if as_json:
        print_json({**told, "tenants": counts})
    else:
        print_facts(told)


def _purge(runtime: Runtime, tenant: Tenant) -> dict[str, int]:
    """Purge the due users of one tenant, batch after batch, until nobody new is due."""
    seen: dict[str, bool] = {}
    while batch := [user_id for user_id in _due(runtime, tenant) if user_id not in seen]:
        seen |= {user_id: _purge_one(runtime, tenant, user_id) for user_id in batch}
    return {"purged": sum(seen.values()), "kept": len(seen) - sum(seen.values())}


def _due(runtime: Runtime, tenant: Tenant) -> list[str]:
    with runtime.database.reading(tenant.id) as work:
        return Lifecycle(work, runtime.clock, operator()).due()


def _purge_one(runtime: Runtime, tenant: Tenant, user_id: str) -> bool:
    try:
        with runtime.database.unit_of_work(tenant.id) as work:
            Lifecycle(work, runtime.clock, operator()).purge(user_id)
    except Refused:
        return False
    return True
