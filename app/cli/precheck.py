"""Say where the host application is asked before a user leaves, and try it."""

from __future__ import annotations

import click

from app.cli.desk import onboarding, operator
from app.cli.faults import CommandError
from app.cli.output import json_option, print_facts, print_json, tenant_option
from app.events.prechecks import Prechecker
from app.lifecycle.clock import iso
from app.lifecycle.estate import Asked
from app.lifecycle.refusals import Refused, unknown_precheck


@click.group(help="Say where the host application is asked before a user leaves, and try it.")
def command() -> None:
    """Hold the commands about prechecks."""


@command.command("set")
@tenant_option
@click.option("--url", required=True, help="Where to ask.")
@json_option
def set_(tenant: str, url: str, *, as_json: bool) -> None:
    """Ask there from now on, and print the secret that signs, this once; the policy's precheck.on says when."""
    with onboarding() as (runtime, office):
        precheck, secret = Prechecker.of(runtime, office.tenant(tenant).id).configure(url, operator())
    told = {"url": precheck.url, "updated_at": iso(precheck.updated_at), "secret": secret}
    (print_json if as_json else print_facts)(told)
    if not as_json:
        click.echo("The secret is shown this once.", err=True)


@command.command("test")
@tenant_option
@click.option("--user", "user_id", required=True, help="The user to ask about, by its id; nothing becomes of it.")
@click.option("--action", type=click.Choice(["deactivate", "delete"]), default="deactivate", show_default=True)
@json_option
def test(tenant: str, user_id: str, action: str, *, as_json: bool) -> None:
    """Ask as before a user leaves, and print what was answered; exit code 1 when there was no answer."""
    with onboarding() as (runtime, office):
        tenant_id = office.tenant(tenant).id
        with runtime.database.reading(tenant_id) as work:
            precheck = work.prechecks.find()
        if precheck is None:
            raise Refused([unknown_precheck()])
        answer = Prechecker.of(runtime, tenant_id).ask(Asked(user_id, 0, action), precheck)
    if not answer.reached:
        raise CommandError(f"{precheck.url} did not answer as it should, within 2 seconds.")
    told = {"blockers": [dict(each) for each in answer.blockers], "warnings": [dict(each) for each in answer.warnings]}
    (print_json if as_json else print_facts)(told)


@command.command("remove")
@tenant_option
@json_option
def remove(tenant: str, *, as_json: bool) -> None:
    """Ask no more."""
    with onboarding() as (runtime, office):
        if not Prechecker.of(runtime, office.tenant(tenant).id).remove(operator()):
            raise Refused([unknown_precheck()])
    if as_json:
        print_json({"removed": True})
    else:
        click.echo("The application is asked no more.")
