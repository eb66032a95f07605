"""Tokens of the host application, which registers sessions and asks about them."""

from __future__ import annotations

import click

from app.cli.desk import onboarding
from app.cli.output import json_option, print_facts, print_json, scopes_given, tenant_option


@click.group(help="Issue tokens to the host application, which registers sessions and asks about them.")
def command() -> None:
    """Hold the commands about tokens of the host application."""


@command.command("create")
@tenant_option
@click.option("--name", required=True, help="Who will hold the token.")
@click.option("--scopes", default="sessions lifecycle", show_default=True, help="What the holder may do.")
@json_option
def create(tenant: str, name: str, scopes: str, *, as_json: bool) -> None:
    """Issue a token and print it, this once."""
    with onboarding() as (runtime, office):
        issued = office.create_api_token(office.tenant(tenant), name, scopes_given(scopes))
    credential = issued.credential
    told = {
        "base_url": f"{runtime.settings.public_url}/t/{tenant}",
        "token": issued.token,
        "id": credential.id,
        "name": credential.name,
        "scopes": credential.scopes,
    }
    (print_json if as_json else print_facts)(told)
    if not as_json:
        click.echo("The token is shown this once.", err=True)
