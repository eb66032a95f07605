"""Keep at the desk of the operator who is told of sign-outs (OpenID Connect Back-Channel Logout 1.0)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from app.cli.desk import onboarding, operator
from app.cli.output import json_option, print_facts, print_json, print_rows, tenant_option

if TYPE_CHECKING:
    from app.db.endpoints import Endpoint
    from app.events.logouts.office import LogoutOffice

id_option = click.option("--id", "id_", required=True, help="The registration of the client.")


@click.group(help="Tell clients of the host application of sign-outs: register, list, resume, delete.")
def command() -> None:
    """Hold the commands about logout clients."""


@contextmanager
def _office(tenant: str) -> Iterator[LogoutOffice]:
    from app.events.logouts.office import LogoutOffice

    with onboarding() as (runtime, desk):
        yield LogoutOffice.of(runtime, desk.tenant(tenant).id, operator())


def _told(client: Endpoint) -> dict[str, Any]:
    return {
        "id": client.id,
        "client_id": client.name,
        "backchannel_logout_uri": client.url,
        "backchannel_logout_session_required": client.options["session_required"],
        "state": client.state,
        "state_reason": client.state_reason,
    }


def _print(facts: dict[str, Any], *, as_json: bool) -> None:
    (print_json if as_json else print_facts)(facts)


@command.command("create")
@tenant_option
@click.option("--client-id", required=True, help="What the host application calls the client.")
@click.option("--uri", required=True, help="Its backchannel_logout_uri.")
@click.option("--session-required", is_flag=True, help="Tell it of each session by its sid.")
@json_option
def create(tenant: str, client_id: str, uri: str, *, session_required: bool, as_json: bool) -> None:
    """Begin to tell a client of sign-outs."""
    with _office(tenant) as office:
        client = office.create(client_id, uri, session_required=session_required)
    _print(_told(client), as_json=as_json)


@command.command("list")
@tenant_option
@json_option
def list_(tenant: str, *, as_json: bool) -> None:
    """List the clients that are told of sign-outs."""
    with _office(tenant) as office:
        rows = [_told(client) for client in office.all()]
    print_rows(("id", "client_id", "backchannel_logout_uri", "state", "state_reason"), rows, as_json=as_json)


@command.command("resume")
@tenant_option
@id_option
@json_option
def resume(tenant: str, id_: str, *, as_json: bool) -> None:
    """Tell a client again that was disabled; what it has missed is not told."""
    with _office(tenant) as office:
        _print(_told(office.resume(id_)), as_json=as_json)


@command.command("delete")
@tenant_option
@id_option
@json_option
def delete(tenant: str, id_: str, *, as_json: bool) -> None:
    """Tell a client nothing more, not even what waits."""
    with _office(tenant) as office:
        office.delete(id_)
    _print({"deleted": id_}, as_json=as_json)
