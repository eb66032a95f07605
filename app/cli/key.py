"""Keys with which a tenant's tokens and events are signed."""

from __future__ import annotations

from typing import Any

import click

from app.cli.desk import onboarding, operator
from app.cli.output import json_option, print_facts, print_json, print_rows, tenant_option
from app.db.signing_keys import SigningKey
from app.identity.signing import Signing
from app.lifecycle.clock import iso

COLUMNS = ("kid", "created_at", "not_before", "retires_at")


@click.group(help="List and rotate the keys with which a tenant's tokens and events are signed.")
def command() -> None:
    """Hold the commands about signing keys."""


@command.command("list")
@tenant_option
@json_option
def list_(tenant: str, *, as_json: bool) -> None:
    """List the keys that are published, the newest last."""
    with onboarding() as (runtime, office):
        told = [_facts(key) for key in Signing.of(runtime).keys(office.tenant(tenant).id)]
    print_rows(COLUMNS, told, as_json=as_json)


@command.command("rotate")
@tenant_option
@click.option("--now", "at_once", is_flag=True, help="The old key leaked: withdraw it, and sign with the new one.")
@json_option
def rotate(tenant: str, *, at_once: bool, as_json: bool) -> None:
    """Publish a new key, which signs from an hour on; the old one stays published for a week."""
    with onboarding() as (runtime, office):
        key = Signing.of(runtime).rotate(office.tenant(tenant).id, operator(), at_once=at_once)
    (print_json if as_json else print_facts)(_facts(key))


def _facts(key: SigningKey) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "created_at": iso(key.created_at),
        "not_before": iso(key.not_before),
        "retires_at": key.retires_at and iso(key.retires_at),
    }
