"""Tenants: the isolated customers of the host application."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from app.cli.desk import onboarding
from app.cli.output import json_option, print_facts, print_json, print_table
from app.config import Settings
from app.db.work import Database
from app.identity.suspending import Suspending
from app.lifecycle.clock import iso
from app.lifecycle.policy import PRESETS, Preset


@click.group(help="Create, list, suspend and resume tenants, the isolated customers of the host application.")
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


reason_option = click.option("--reason", required=True, help="Why, in one word, such as contract_ended.")


@command.command("suspend")
@click.argument("name")
@reason_option
@click.option("--end-sessions", is_flag=True, help="End all sessions for good, so that users sign in again later.")
@json_option
def suspend(name: str, reason: str, *, end_sessions: bool, as_json: bool) -> None:
    """Refuse the identity providers of the tenant NAME, and all its sessions, until it is resumed."""
    _turn(name, lambda office: office.suspend(reason, ends_sessions=end_sessions), as_json=as_json)


@command.command("resume")
@click.argument("name")
@reason_option
@json_option
def resume(name: str, reason: str, *, as_json: bool) -> None:
    """Let everything of the tenant NAME be as it was before it was suspended."""
    _turn(name, lambda office: office.resume(reason), as_json=as_json)


def _turn(name: str, turn: Callable[[Suspending], bool], *, as_json: bool) -> None:
    with onboarding() as (runtime, office):
        tenant = office.tenant(name)
        changed = turn(Suspending(runtime.database, runtime.clock, office.actor, tenant.id, tenant.slug))
        told = {"tenant": name, "state": office.tenant(name).state, "changed": changed}
    (print_json if as_json else print_facts)(told)


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
