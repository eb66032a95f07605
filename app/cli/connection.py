"""Connections: the links of identity providers to a tenant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from app.cli.desk import onboarding
from app.cli.output import json_option, print_facts, print_json, print_table, scopes_given, tenant_option
from app.cli.tenant import scim_url
from app.db.records import Connection
from app.identity.onboarding import DIALECTS, Connected
from app.lifecycle.clock import iso

name_option = click.option("--name", required=True, help="The connection, by its name in the tenant.")


@click.group(help="Create, list, rotate and revoke connections, the links of identity providers to a tenant.")
def command() -> None:
    """Hold the commands about connections."""


@command.command("create")
@tenant_option
@name_option
@click.option("--dialect", type=click.Choice(DIALECTS), default="strict", show_default=True)
@click.option("--scopes", default="scim", show_default=True, help="What it may do: scim, or scim.read.")
@json_option
def create(tenant: str, name: str, dialect: str, scopes: str, *, as_json: bool) -> None:
    """Create a connection and print its token, this once."""
    with onboarding() as (runtime, office):
        connected = office.connect(office.tenant(tenant), name, dialect, scopes_given(scopes))
        _print_token(scim_url(runtime.settings, tenant), connected, as_json=as_json)


@command.command("list")
@tenant_option
@json_option
def list_(tenant: str, *, as_json: bool) -> None:
    """List the connections of a tenant."""
    with onboarding() as (runtime, office), runtime.database.reading(office.tenant(tenant).id) as work:
        told = [_facts(connection) for connection in work.connections.all()]
    if as_json:
        print_json(told)
    else:
        columns = ("name", "dialect", "scopes", "created_at", "revoked_at")
        print_table(columns, [[facts[column] for column in columns] for facts in told])


@command.command("rotate")
@tenant_option
@name_option
@click.option("--overlap", type=click.IntRange(0), default=0, help="Seconds for which the old token still works.")
@json_option
def rotate(tenant: str, name: str, overlap: int, *, as_json: bool) -> None:
    """Replace the token of a connection and print the new one, this once."""
    with onboarding() as (runtime, office):
        connected = office.rotate(office.tenant(tenant), name, timedelta(seconds=overlap))
        _print_token(scim_url(runtime.settings, tenant), connected, as_json=as_json)


@command.command("revoke")
@tenant_option
@name_option
@json_option
def revoke(tenant: str, name: str, *, as_json: bool) -> None:
    """Refuse a connection from now on, for good; its users stay."""
    with onboarding() as (_, office):
        connection = office.revoke(office.tenant(tenant), name)
    if as_json:
        print_json({"id": connection.id, "name": name, "revoked": True})
    else:
        click.echo(f"The connection {name} is revoked.")


def _print_token(base_url: str, connected: Connected, *, as_json: bool) -> None:
    facts = {key: value for key, value in _facts(connected.connection).items() if not key.endswith("_at")}
    told = {"base_url": base_url, "token": connected.token, **facts}
    if as_json:
        print_json(told)
    else:
        print_facts(told)
        click.echo("The token is shown this once; a new one comes from: scim-lifecycle connection rotate", err=True)


def _facts(connection: Connection) -> dict[str, Any]:
    return {
        "id": connection.id,
        "name": connection.name,
        "dialect": connection.dialect,
        "scopes": connection.scopes,
        "created_at": iso(connection.created_at),
        "revoked_at": connection.revoked_at and iso(connection.revoked_at),
    }
