"""Keep streams of signals at the desk of the operator, also for receivers that cannot do so themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from app.cli.desk import onboarding, operator
from app.cli.output import json_option, print_facts, print_json, print_rows, tenant_option

if TYPE_CHECKING:
    from app.db.endpoints import Endpoint
    from app.events.streams.office import StreamOffice

id_option = click.option("--id", "stream_id", required=True, help="The stream.")
SHOWN = ("id", "url", "state", "state_reason")


@click.group(help="Tell receivers of Shared Signals: create, verify, resume, delete.")
def command() -> None:
    """Hold the commands about streams."""


@contextmanager
def _office(tenant: str) -> Iterator[StreamOffice]:
    from app.events.streams.office import StreamOffice

    with onboarding() as (runtime, desk):
        yield StreamOffice.of(runtime, desk.tenant(tenant).id, tenant, operator())


def _told(stream: Endpoint, issuer: str) -> dict[str, Any]:
    facts = {name: getattr(stream, name) for name in SHOWN}
    return {**facts, "issuer": issuer, "aud": stream.options["aud"], "events": list(stream.types)}


def _print(facts: dict[str, Any], *, as_json: bool) -> None:
    (print_json if as_json else print_facts)(facts)


@command.command("create")
@tenant_option
@click.option("--url", required=True, help="Where to push to.")
@click.option("--aud", required=True, help="The audience that the receiver expects.")
@click.option("--events", default="", help="Event types, separated by commas; those of CAEP and RISC unless said.")
@click.option("--authorization-header", help="What the receiver wants in the header Authorization.")
@click.option("--subject", type=click.Choice(["iss_sub", "email"]), default="iss_sub", show_default=True)
@click.option("--subject-issuer", help="With iss_sub: name users by the externalId that this issuer gave them.")
@click.option("--peer", help="The connection by which the same party sends signals, lest it hear its own.")
@json_option
def create(tenant: str, url: str, aud: str, *, as_json: bool, **said: Any) -> None:
    """Begin to push signals to a receiver that does not manage its stream, such as Okta."""
    from app.events.streams.channel import PUSH
    from app.events.streams.wishes import Delivering, Terms, Wish

    requested = tuple(part.strip() for part in said["events"].split(",")) if said["events"] else None
    subject = {"format": said["subject"], **({"iss": said["subject_issuer"]} if said["subject_issuer"] else {})}
    with _office(tenant) as office:
        wish = Wish(Delivering(PUSH, url, said["authorization_header"]), requested)
        stream = office.create(wish, Terms(None, (aud,), subject, _peer(tenant, said["peer"])))
    _print(_told(stream, office.issuer), as_json=as_json)


def _peer(tenant: str, name: str | None) -> str | None:
    from app.identity.connecting import Connecting

    if name is None:
        return None
    with onboarding() as (runtime, desk):
        return Connecting.of(runtime, operator(), desk.tenant(tenant).id).by_name(name).id


@command.command("list")
@tenant_option
@json_option
def list_(tenant: str, *, as_json: bool) -> None:
    """List the streams of a tenant."""
    with _office(tenant) as office:
        rows = [_told(stream, office.issuer) for stream in office.all()]
    print_rows(SHOWN, rows, as_json=as_json)


@command.command("verify")
@tenant_option
@id_option
@json_option
def verify(tenant: str, stream_id: str, *, as_json: bool) -> None:
    """Send a verification event, soon."""
    with _office(tenant) as office:
        office.verify(stream_id)
    _print({"verified": stream_id}, as_json=as_json)


@command.command("resume")
@tenant_option
@id_option
@json_option
def resume(tenant: str, stream_id: str, *, as_json: bool) -> None:
    """Send what has waited to a receiver that failed."""
    with _office(tenant) as office:
        _print(_told(office.resume(stream_id), office.issuer), as_json=as_json)


@command.command("delete")
@tenant_option
@id_option
@json_option
def delete(tenant: str, stream_id: str, *, as_json: bool) -> None:
    """Send a receiver nothing more, not even what waits."""
    with _office(tenant) as office:
        office.delete(stream_id)
    _print({"deleted": stream_id}, as_json=as_json)
