"""Watch a leaver lose access on a running server."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.text import Text

from app.cli.demo_receiver import SCOPES, Receiver
from app.cli.demo_story import Line, Story
from app.cli.demo_world import HostApplication, Okta
from app.cli.desk import onboarding, operator
from app.cli.output import json_option, print_json
from app.cli.tenant import scim_url
from app.config import load
from app.identity.connecting import Connecting
from app.identity.proofs import Proof

LIFETIME = timedelta(minutes=10)
SCIM_ROOT = "/scim/v2"


@click.command(help="Play a joiner, mover and leaver against a running server, as Okta would, and check each step.")
@click.option("--base-url", envvar="SCIM_BASE_URL", help="The SCIM base URL [env: SCIM_BASE_URL].")
@click.option("--token", envvar="SCIM_TOKEN", help="The SCIM bearer token [env: SCIM_TOKEN].")
@click.option("--api-token", envvar="SCIM_API_TOKEN", help="The token of the host application [env: SCIM_API_TOKEN].")
@click.option("--tenant", default="demo", show_default=True, help="The tenant, when no base URL is given.")
@json_option
def command(base_url: str | None, token: str | None, api_token: str | None, tenant: str, *, as_json: bool) -> None:
    """Play the story; without tokens it makes some of its own, which end with it."""
    if (token is None) != (api_token is None) or (token and not base_url):
        raise click.UsageError("Give --base-url, --token and --api-token together, or let the demo make its tokens.")
    base_url = (base_url or scim_url(load(), tenant)).rstrip("/")
    if not base_url.endswith(SCIM_ROOT):
        raise click.UsageError(f"A SCIM base URL ends in {SCIM_ROOT}.")
    host_url = base_url.removesuffix(SCIM_ROOT)
    if token and api_token:
        _play(Okta(base_url, token), HostApplication(host_url, api_token), None, as_json=as_json)
        return
    with _own_tokens(_tenant_of(base_url)) as own:
        receiver = Receiver.admitted(host_url, own.client_id, own.client_secret)
        _play(Okta(base_url, own.scim), HostApplication(host_url, own.api), receiver, as_json=as_json)


def _play(okta: Okta, host: HostApplication, receiver: Receiver | None, *, as_json: bool) -> None:
    lines: list[Line] = []
    console = Console(highlight=False, quiet=as_json)

    def tell(told: Line | str) -> None:
        if isinstance(told, Line):
            lines.append(told)
            console.print(_shown(told), soft_wrap=True)
        else:
            console.print(f"\n[bold]{told}[/bold]")

    story = Story(okta, host, receiver, tell)
    story.play()
    if as_json:
        steps = [{"who": line.who, "what": line.what, "outcome": line.outcome} for line in lines]
        times = {name: getattr(story, name) for name in ("ended_within_ms", "dead_after_ms", "told_within_ms")}
        print_json({"ok": True, **{name: ms and round(ms, 2) for name, ms in times.items()}, "steps": steps})
    else:
        console.print(f"\nAll {len(lines)} steps went as told; what the demo made is deleted.")
        told = f", and a receiver was told within {story.told_within_ms:.0f} ms" if story.told_within_ms else ""
        console.print(f"Access ended within {story.ended_within_ms:.1f} ms of the request{told}.", soft_wrap=True)


def _shown(line: Line) -> Text:
    style = {"live": "green", "dead": "red"}.get(line.outcome.partition(",")[0], "cyan")
    return Text.assemble("  ", (f"{line.who:<5}", "bold"), f" {line.what:<62} ", (line.outcome, style))


def _tenant_of(base_url: str) -> str:
    """Return the tenant that a SCIM base URL of this product names."""
    return urlsplit(base_url).path.removesuffix(SCIM_ROOT).rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class _Own:
    """What the demo proves itself with: the token of each, and the secret of the receiver."""

    scim: str
    api: str
    client_id: str
    client_secret: str


@contextmanager
def _own_tokens(tenant: str) -> Iterator[_Own]:
    """Lend connections and an API token of the configured database, and take them back."""
    name = f"demo-{secrets.token_hex(4)}"
    with onboarding() as (runtime, office):
        owner = office.tenant(tenant)
        api_token = office.create_api_token(owner, name, lifetime=LIFETIME).token
        token = office.connect(owner, name, "okta").token
        connections = Connecting.of(runtime, operator(), owner.id)
        listener = connections.create(f"{name}-receiver", "strict", SCOPES, Proof("client-secret"), LIFETIME)
    try:
        yield _Own(token, api_token, listener.connection.id, listener.token)
    finally:
        with onboarding() as (runtime, _):
            connections = Connecting.of(runtime, operator(), owner.id)
            for each in (name, f"{name}-receiver"):
                connections.revoke(connections.by_name(each).id)
