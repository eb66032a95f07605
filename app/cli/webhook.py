"""Keep webhooks at the desk of the operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from app.cli.desk import onboarding, operator
from app.cli.output import json_option, print_facts, print_json, print_table, tenant_option

if TYPE_CHECKING:
    from app.db.endpoints import Endpoint
    from app.events.webhooks.office import Office

id_option = click.option("--id", "webhook_id", required=True, help="The webhook.")
SHOWN = ("id", "name", "url", "state", "state_reason")


@click.group(help="Tell servers of what happens: create, try, pause, replay.")
def command() -> None:
    """Hold the commands about webhooks."""


@contextmanager
def _office(tenant: str) -> Iterator[Office]:
    from app.events.webhooks.office import Office

    with onboarding() as (runtime, desk):
        yield Office.of(runtime, desk.tenant(tenant).id, operator())


def _told(endpoint: Endpoint) -> dict[str, Any]:
    return {name: getattr(endpoint, name) for name in SHOWN}


def _print(facts: dict[str, Any], *, as_json: bool) -> None:
    (print_json if as_json else print_facts)(facts)


@command.command("create")
@tenant_option
@click.option("--name", required=True, help="What it is for.")
@click.option("--url", required=True, help="Where to send to.")
@click.option(
    "--types", default="*", show_default=True, help="Event types, separated by commas, or user.* for all of a kind."
)
@click.option("--mode", type=click.Choice(["standard", "workos", "polis"]), default="standard", show_default=True)
@click.option("--signature", type=click.Choice(["v1", "v1a"]), default="v1", show_default=True)
@click.option("--cloudevents", is_flag=True, help="Send CloudEvents.")
@json_option
def create(tenant: str, name: str, url: str, types: str, *, as_json: bool, **form: Any) -> None:
    """Begin to tell a server, and print the secret, this once."""
    from app.events.webhooks.office import Wish

    wanted = tuple(part.strip() for part in types.split(","))
    with _office(tenant) as office:
        wish = Wish(name, url, wanted, form["mode"], form["signature"], form["cloudevents"])
        endpoint, secret = office.create(wish)
    _print({**_told(endpoint), "secret": secret}, as_json=as_json)
    if not as_json:
        click.echo("The secret is shown this once.", err=True)


@command.command("list")
@tenant_option
@json_option
def list_(tenant: str, *, as_json: bool) -> None:
    """List the webhooks of a tenant."""
    with _office(tenant) as office:
        rows = [_told(endpoint) for endpoint in office.all()]
    if as_json:
        print_json(rows)
    else:
        print_table(SHOWN, [list(row.values()) for row in rows])


@command.command("delete")
@tenant_option
@id_option
@json_option
def delete(tenant: str, webhook_id: str, *, as_json: bool) -> None:
    """Tell a server nothing more, not even what waits."""
    with _office(tenant) as office:
        office.delete(webhook_id)
    _print({"deleted": webhook_id}, as_json=as_json)


@command.command("rotate")
@tenant_option
@id_option
@click.option("--overlap", type=click.IntRange(0, 604_800), default=86_400, show_default=True, help="Seconds.")
@json_option
def rotate(tenant: str, webhook_id: str, overlap: int, *, as_json: bool) -> None:
    """Give a webhook a new secret; the old one signs beside it for the overlap."""
    with _office(tenant) as office:
        endpoint, secret = office.rotate(webhook_id, timedelta(seconds=overlap))
    _print({**_told(endpoint), "secret": secret}, as_json=as_json)


@command.command("pause")
@tenant_option
@id_option
@json_option
def pause(tenant: str, webhook_id: str, *, as_json: bool) -> None:
    """Let events wait."""
    with _office(tenant) as office:
        _print(_told(office.pause(webhook_id)), as_json=as_json)


@command.command("resume")
@tenant_option
@id_option
@json_option
def resume(tenant: str, webhook_id: str, *, as_json: bool) -> None:
    """Tell what has waited, also to a webhook that was disabled."""
    with _office(tenant) as office:
        _print(_told(office.resume(webhook_id)), as_json=as_json)


@command.command("test")
@tenant_option
@id_option
@json_option
def test(tenant: str, webhook_id: str, *, as_json: bool) -> None:
    """Send a test event, soon."""
    with _office(tenant) as office:
        office.test(webhook_id)
    _print({"tested": webhook_id}, as_json=as_json)


@command.command("replay")
@tenant_option
@id_option
@click.option("--delivery", help="This one alone.")
@click.option("--since", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="All from then on: 2026-11-23T09:00:00Z.")
@click.option("--until", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="With --since: up to then.")
@click.option("--dead", is_flag=True, help="All that were given up.")
@json_option
def replay(tenant: str, webhook_id: str, *, as_json: bool, **said: Any) -> None:
    """Tell once more what was told or given up."""
    from app.db.deliveries import DEAD, Chosen

    if sum(bool(said[name]) for name in ("delivery", "since", "dead")) != 1:
        raise click.UsageError("Say one of --delivery, --since and --dead.")
    chosen = Chosen(said["delivery"], DEAD if said["dead"] else None, said["since"], said["until"])
    with _office(tenant) as office:
        count = office.replay(webhook_id, chosen)
    _print({"deliveries": count}, as_json=as_json)
