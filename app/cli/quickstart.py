"""Set up a demo tenant, and serve it."""

from __future__ import annotations

from typing import Any

import click

from app.cli.desk import opened, operator, prepare
from app.cli.output import json_option, print_facts, print_json
from app.cli.serve import THREADS, seen_at
from app.cli.tenant import scim_url
from app.config import Settings, load
from app.db.work import Work
from app.identity.onboarding import Onboarding
from app.identity.terms import OnboardingError

TENANT = "demo"
CONNECTION = "okta"
HOST = "host application"
WORKERS = 1
REMEDY = f"""\
The tokens of tenant {TENANT} were shown when they were made. For new ones:
  scim-lifecycle connection rotate --tenant {TENANT} --name {CONNECTION}
  scim-lifecycle api-token create --tenant {TENANT} --name "{HOST}"
"""


@click.command(help="Create the database and a demo tenant with its tokens, unless they are there, and serve.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
@json_option
def command(host: str, port: int, *, as_json: bool) -> None:
    """Set up and serve."""
    settings = seen_at(load(), host, port)
    prepare(settings)
    made = set_up(settings)
    if as_json:
        print_json(made)
    else:
        _tell(made)
    _serve(settings, host, port)


def _serve(settings: Settings, host: str, port: int) -> None:
    """Hand over to gunicorn, and tell events from the same process."""
    from app.cli.server import options, run

    run(settings, options(host, port, WORKERS, THREADS), telling=True)


def set_up(settings: Settings) -> dict[str, Any]:
    """Create what is missing, and return the URLs and those tokens that are new."""
    with opened(settings) as runtime:
        office = Onboarding(runtime.database, runtime.clock, operator())
        try:
            tenant = office.create_tenant(TENANT, "Demo")
        except OnboardingError:
            tenant = office.tenant(TENANT)
        with runtime.database.reading(tenant.id) as work:
            connected, hosted = _present(work)
        return {
            "tenant": TENANT,
            "base_url": scim_url(settings, TENANT),
            "token": None if connected else office.connect(tenant, CONNECTION, "okta").token,
            "api_url": f"{settings.public_url}/t/{TENANT}",
            "api_token": None if hosted else office.create_api_token(tenant, HOST).token,
        }


def _present(work: Work) -> tuple[bool, bool]:
    """Tell whether the identity provider and the host application have their tokens."""
    return work.connections.find(CONNECTION) is not None, bool(work.credentials.of_kind("api"))


def _tell(made: dict[str, Any]) -> None:
    names = {
        "base_url": "SCIM base URL",
        "token": "SCIM bearer token",
        "api_url": "API of the host",
        "api_token": "API token",
    }
    print_facts({shown: made[name] for name, shown in names.items() if made[name] is not None})
    if made["token"] and made["api_token"]:
        click.echo("The tokens are shown this once. In a second terminal: scim-lifecycle demo", err=True)
    else:
        click.echo(REMEDY, err=True, nl=False)
