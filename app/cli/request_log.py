"""Show why an identity provider shows an error."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import click
import orjson

from app.cli.desk import onboarding
from app.cli.output import json_option, print_json, tenant_option
from app.db.request_log import Request, Sought
from app.lifecycle.clock import iso


class Statuses(click.ParamType[tuple[int, int]]):
    """A status, such as 409, or all of a kind, such as 4xx."""

    name = "status"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Return the first and the last that is meant."""
        if isinstance(value, tuple):
            return value
        if not re.fullmatch(r"[1-5]([0-9]{2}|xx)", str(value)):
            self.fail("give a status such as 409, or 4xx for all of a kind", param, ctx)
        return int(value.replace("x", "0")), int(value.replace("x", "9"))


@click.command(help="Show what identity providers asked of SCIM, and what they were answered, the latest first.")
@tenant_option
@click.option("--user", help="The id of a user.")
@click.option("--connection", help="The id of a connection.")
@click.option("--status", type=Statuses(), help="Such as 409, or 4xx.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"]), help="From this moment on, UTC.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@json_option
def command(tenant: str, since: datetime | None, limit: int, *, as_json: bool, **asked: Any) -> None:
    """Print requests."""
    since = since.replace(tzinfo=since.tzinfo or UTC) if since else None
    sought = Sought(asked["user"], asked["connection"], asked["status"], since)
    with onboarding() as (runtime, office), runtime.database.reading(office.tenant(tenant).id) as work:
        found = work.request_log.page(sought, limit)
    for request in found:
        if as_json:
            print_json(request._asdict() | {"at": iso(request.at)})
        else:
            click.echo(_line(request))


def _line(request: Request) -> str:
    said = [f"{iso(request.at)} {request.status} {request.method} {request.path}"]
    said += [f"  forgiven: {request.tolerances}"] if request.tolerances else []
    said += [f"  {request.error or 'error'}: {request.detail}"] if request.detail else []
    said += [f"  remedy: {remedy}" for remedy in orjson.loads(request.remedies or "[]")]
    return "\n".join(said)
