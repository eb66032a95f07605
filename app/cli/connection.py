"""Connections: the links of identity providers to a tenant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import click

from app.cli.connection_proofs import Given, proof_options
from app.cli.desk import onboarding, operator
from app.cli.output import json_option, print_facts, print_json, print_rows, scopes_given, tenant_option
from app.cli.tenant import scim_url
from app.db.records import Connection
from app.identity.connecting import Connected, Connecting, Overview
from app.identity.proofs import EXTERNAL_ALGORITHMS, SignOnWish
from app.identity.terms import DIALECTS
from app.lifecycle.clock import iso
from app.runtime import Runtime

name_option = click.option("--name", required=True, help="The connection, by its name in the tenant.")
expires_option = click.option(
    "--expires-in-days", type=click.IntRange(1, 3660), help="When the token or secret ends; never, unless given."
)


@click.group(help="Create, list, rotate, bind and revoke connections, the links of identity providers to a tenant.")
def command() -> None:
    """Hold the commands about connections."""


@contextmanager
def connecting(tenant: str) -> Iterator[tuple[Runtime, Connecting]]:
    """Open the configured database to work on the connections of a tenant."""
    with onboarding() as (runtime, office):
        yield runtime, Connecting.of(runtime, operator(), office.tenant(tenant).id)


@command.command("create")
@tenant_option
@name_option
@click.option("--dialect", type=click.Choice(DIALECTS), default="strict", show_default=True)
@click.option(
    "--scopes", default="scim", show_default=True, help="What it may do: scim, scim.read; ssf.manage ssf.read."
)
@proof_options
@expires_option
@json_option
def create(tenant: str, *, given: Given, as_json: bool, **said: Any) -> None:
    """Create a connection and print its token or secret, this once."""
    lifetime = _days(said["expires_in_days"])
    with connecting(tenant) as (runtime, connections):
        connected = connections.create(
            said["name"], said["dialect"], scopes_given(said["scopes"]), given.proof(), lifetime
        )
        _print_secret(runtime, tenant, connected, as_json=as_json)


@command.command("list")
@tenant_option
@json_option
def list_(tenant: str, *, as_json: bool) -> None:
    """List the connections of a tenant."""
    with connecting(tenant) as (_, connections):
        told = [_facts(connection) for connection in connections.all()]
    print_rows(("name", "dialect", "auth", "scopes", "created_at", "revoked_at"), told, as_json=as_json)


@command.command("show")
@tenant_option
@name_option
@json_option
def show(tenant: str, name: str, *, as_json: bool) -> None:
    """Show a connection, what it proves itself by, and when that was last used."""
    with connecting(tenant) as (_, connections):
        told = _overview(connections.overview(connections.by_name(name).id))
    if as_json:
        print_json(told)
        return
    secrets = told.pop("secrets")
    print_facts(told)
    for secret in secrets:
        click.echo(f"secret …{secret['last_four']}: expires {secret['expires_at']}, last used {secret['last_used_at']}")


@command.command("rotate")
@tenant_option
@name_option
@click.option("--overlap", type=click.IntRange(0), default=0, help="Seconds for which the old token still works.")
@expires_option
@json_option
def rotate(tenant: str, name: str, overlap: int, *, expires_in_days: int | None, as_json: bool) -> None:
    """Replace the token or secret of a connection and print the new one, this once."""
    with connecting(tenant) as (runtime, connections):
        connection = connections.by_name(name)
        connected = connections.rotate(connection.id, timedelta(seconds=overlap), _days(expires_in_days))
        _print_secret(runtime, tenant, connected, as_json=as_json)


@command.command("keys")
@tenant_option
@name_option
@click.option("--jwks", type=click.File("rb"), help="A file with the new public keys, as a JWK Set.")
@click.option("--jwks-uri", help="The address that publishes them.")
@json_option
def keys(tenant: str, name: str, jwks: Any, jwks_uri: str | None, *, as_json: bool) -> None:
    """Trust other keys of a connection from now on, and its old ones no longer."""
    with connecting(tenant) as (_, connections):
        connection = connections.by_name(name)
        connections.replace_keys(connection.id, Given(jwks=jwks).document(), jwks_uri)
    _print_done({"id": connection.id, "name": name}, f"The keys of {name} are replaced.", as_json=as_json)


@command.command("bind")
@tenant_option
@name_option
@click.option("--user", "user_id", help="The id of an active user; nobody, unless given.")
@json_option
def bind(tenant: str, name: str, user_id: str | None, *, as_json: bool) -> None:
    """Let a connection stand for a user, whom it finds at /Me, and without whose access it has none."""
    with connecting(tenant) as (_, connections):
        connection = connections.bind(connections.by_name(name).id, user_id)
    told = {"id": connection.id, "name": name, "user_id": user_id}
    _print_done(told, f"The connection {name} stands for {user_id or 'nobody'}.", as_json=as_json)


@command.command("sign-on")
@tenant_option
@name_option
@click.option("--issuer", required=True, help="Who signs its tokens, such as https://acme.okta.com.")
@click.option("--client-id", required=True, help="What the issuer calls your application.")
@click.option("--jwks", type=click.File("rb"), help="A file with its public keys, as a JWK Set.")
@click.option("--jwks-uri", help="The address that publishes its public keys.")
@click.option("--algorithm", "algorithms", multiple=True, help="A signature algorithm to accept instead; repeatable.")
@json_option
def sign_on(tenant: str, name: str, *, as_json: bool, **said: Any) -> None:
    """Believe an identity provider that users of a connection have signed out there."""
    keys = Given(jwks=said["jwks"]).document()
    algorithms = said["algorithms"] or EXTERNAL_ALGORITHMS
    with connecting(tenant) as (runtime, connections):
        wish = SignOnWish(said["issuer"], said["client_id"], algorithms, keys, said["jwks_uri"])
        kept = connections.sign_on(connections.by_name(name).id, wish)
        here = f"{runtime.settings.public_url}/t/{tenant}"
    told = {"id": kept.connection_id, "name": name, "issuer": kept.issuer, "client_id": kept.client_id}
    doors = {"global_token_revocation": "global-token-revocation", "backchannel_logout": "backchannel-logout"}
    told |= {door: f"{here}/{path}" for door, path in doors.items()}
    (print_json if as_json else print_facts)(told)


@command.command("sign-off")
@tenant_option
@name_option
@json_option
def sign_off(tenant: str, name: str, *, as_json: bool) -> None:
    """Believe nobody any more about sign-outs of the users of a connection."""
    with connecting(tenant) as (_, connections):
        connection = connections.by_name(name)
        connections.sign_off(connection.id)
    _print_done({"id": connection.id, "name": name, "issuer": None}, f"Nobody is believed for {name}.", as_json=as_json)


@command.command("revoke")
@tenant_option
@name_option
@json_option
def revoke(tenant: str, name: str, *, as_json: bool) -> None:
    """Refuse a connection from now on, for good; its users stay."""
    with connecting(tenant) as (_, connections):
        connection = connections.revoke(connections.by_name(name).id)
    told = {"id": connection.id, "name": name, "revoked": True}
    _print_done(told, f"The connection {name} is revoked.", as_json=as_json)


def _days(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(days=number)


def _print_done(told: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(told)
    else:
        click.echo(sentence)


def _print_secret(runtime: Runtime, tenant: str, connected: Connected, *, as_json: bool) -> None:
    connection = connected.connection
    told = {"base_url": scim_url(runtime.settings, tenant), **_shown_once(runtime, tenant, connected)}
    told |= {key: value for key, value in _facts(connection).items() if not key.endswith("_at")}
    if as_json:
        print_json(told)
        return
    print_facts(told)
    if connected.token:
        noun = "secret" if connection.auth == "client-secret" else "token"
        click.echo(f"The {noun} is shown this once; a new one comes from: scim-lifecycle connection rotate", err=True)


def _shown_once(runtime: Runtime, tenant: str, connected: Connected) -> dict[str, str]:
    """Return what the identity provider is to be told, beside the base URL."""
    issuer, connection = f"{runtime.settings.public_url}/t/{tenant}", connected.connection
    client = {"token_endpoint": f"{issuer}/oauth/token", "client_id": connection.id}
    return {
        "token": {"token": connected.token},
        "client-secret": {**client, "client_secret": connected.token},
        "private-key-jwt": {**client, "audience": issuer},
    }.get(connection.auth, {})


def _facts(connection: Connection) -> dict[str, Any]:
    return {
        "id": connection.id,
        "name": connection.name,
        "dialect": connection.dialect,
        "auth": connection.auth,
        "scopes": connection.scopes,
        "user_id": connection.user_id,
        "created_at": iso(connection.created_at),
        "revoked_at": connection.revoked_at and iso(connection.revoked_at),
    }


def _overview(overview: Overview) -> dict[str, Any]:
    told, trust = _facts(overview.connection), overview.trust
    if trust is not None:
        told |= {"issuer": trust.issuer, "audience": trust.audience, "algorithms": trust.algorithms}
        told |= {"claims": json.loads(trust.required_claims), "jwks_uri": trust.jwks_uri}
    told["secrets"] = [
        {
            "last_four": credential.last_four,
            "expires_at": credential.expires_at and iso(credential.expires_at),
            "last_used_at": used_at and iso(used_at),
        }
        for credential, used_at in overview.credentials
    ]
    return told
