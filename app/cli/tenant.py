"""Tenants: the isolated customers of the host application."""

from __future__ import annotations

import json
from typing import Any

import click

from app.cli.desk import onboarding
from app.cli.output import json_option, print_facts, print_json, print_table
from app.config import Settings
from app.db.work import Database
from app.lifecycle.clock import iso
from app.lifecycle.policy import PRESETS, Preset


@click.group(help="Create and list tenants, the isolated customers of the host application.")
def command() -> None:
    """Hold the commands about tenants."""


@command.command("create")
@click.argument("name")
@click.option("--title", help="What people call it; NAME itself unless given.")
@click.option(
    "--preset", type=click.Choice(PRESETS), default="default", show_default=True, help="Policy to start from."
)
@json_option
def create(name: str, title: str | None, preset: Preset, *, as_json: bool) -> None:
    """Create the tenant NAME (a-z, 0-9, hyphens) under the policy of a preset."""
    with onboarding() as (runtime, office):
        told = _facts(runtime.settings, office.create_tenant(name, title, preset))
    (print_json if as_json else print_facts)(told)


@command.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List all tenants."""
    with onboarding() as (runtime, _), runtime.database.tenants(reading=True) as tenants:
        told = [_facts(runtime.settings, tenant) for tenant in tenants.all()]
    if as_json:
        print_json(told)
    else:
        print_table(("tenant", "title", "state", "created"), [list(facts.values())[:4] for facts in told])


@command.command("show")
@click.argument("name")
@json_option
def show(name: str, *, as_json: bool) -> None:
    """Show a tenant and the policy in force."""
    with onboarding() as (runtime, office):
        tenant = office.tenant(name)
        told = _facts(runtime.settings, tenant) | _policy(runtime.database, tenant.id)
    if as_json:
        print_json(told)
    else:
        print_facts({**told, "policy": json.dumps(told["policy"])})


def _facts(settings: Settings, tenant: Any) -> dict[str, Any]:
    return {
        "tenant": tenant.slug,
        "title": tenant.name,
        "state": tenant.state,
        "created_at": iso(tenant.created_at),
        "base_url": scim_url(settings, tenant.slug),
    }


def _policy(database: Database, tenant_id: int) -> dict[str, Any]:
    with database.reading(tenant_id) as work:
        version, document = work.policies.current()
    return {"policy_version": version, "policy": json.loads(document)}


def scim_url(settings: Settings, slug: str) -> str:
    """Return the base URL that an identity provider is given."""
    return f"{settings.public_url}/t/{slug}/scim/v2"
