"""What an operator may do with the audit trail: prove it whole, carry it away, note where it ends."""

from __future__ import annotations

import json
from typing import IO, Any

import click

from app.chores import seal_audit
from app.cli.desk import onboarding
from app.cli.faults import CommandError
from app.cli.output import json_option, print_facts, print_json, tenant_option
from app.db.audit_walk import verify, walk
from app.lifecycle.chain import Flaw, Head
from app.runtime import Runtime

TOLD = {
    "altered": "is not what was sealed there, or what stood before it is gone",
    "removed": "was removed",
    "inserted": "was inserted",
    "reordered": "stands in another's place",
    "rewritten": "is not what is known to have stood there: the chain was written anew",
    "cut": "was reached once, but the chain ends before",
}


@click.group(help="Prove the audit trail whole, export it, and note where it ends.")
def command() -> None:
    """Hold the commands about the audit trail."""


@command.command("verify")
@click.option("--tenant", help="Only this tenant.")
@click.option("--anchor", type=click.File("r"), help="A file that `audit anchor` wrote, or - to read it.")
@json_option
def verify_(tenant: str | None, anchor: IO[str] | None, *, as_json: bool) -> None:
    """Seal what waits, and find every entry that was altered, removed, inserted or reordered since it was sealed."""
    anchors = _anchors(anchor) if anchor else {}
    with onboarding() as (runtime, office):
        slugs = [tenant] if tenant else _everywhere(runtime)
        found = {slug: _verified(runtime, office.tenant(slug).id, anchors.get(slug, [])) for slug in slugs}
    if unknown := sorted(anchors.keys() - found.keys()):
        raise CommandError(f"The anchor is of the tenant {unknown[0]}, which was not verified.")
    heads = {slug: head.position for slug, (head, _) in found.items()}
    wrong = [(slug, flaw) for slug, (_, flaws) in found.items() for flaw in flaws]
    if as_json:
        told = [{"tenant": s, "wrong": f.wrong, "position": f.position, "entry": f.entry_id} for s, f in wrong]
        print_json({"entries": heads, "wrong": told})
    for slug, flaw in wrong if not as_json else ():
        click.echo(f"{slug}: {_said(flaw)}")
    if wrong:
        raise CommandError(f"The audit trail is not whole: {len(wrong)} places are wrong. Keep the database as it is.")
    if not as_json:
        print_facts({slug: f"{count} entries, all as they were sealed" for slug, count in heads.items()})


@command.command("export")
@tenant_option
@click.option("--output", type=click.File("w", lazy=True), default="-", help="A file; standard output unless given.")
def export(tenant: str, output: IO[str]) -> None:
    """Write all sealed entries as JSON Lines, with their places and hashes; they hold ids, and no names."""
    with onboarding() as (runtime, office):
        tenant_id = office.tenant(tenant).id
        head = _sealed(runtime, tenant_id)
        for link in walk(runtime.database, tenant_id, head.position):
            line = {"position": link.position, "hash": link.hash, "id": link.entry_id, **(link.entry or {})}
            output.write(json.dumps(line) + "\n")


@command.command("anchor")
@click.option("--tenant", help="Only this tenant.")
def anchor(tenant: str | None) -> None:
    """Print where the chain ends, one JSON line a tenant: kept off this machine, it shows when all was written anew."""
    with onboarding() as (runtime, office):
        for slug in [tenant] if tenant else _everywhere(runtime):
            head = _sealed(runtime, office.tenant(slug).id)
            print_json({"tenant": slug, "position": head.position, "hash": head.hash, "at": head.at})


def _everywhere(runtime: Runtime) -> list[str]:
    with runtime.database.tenants(reading=True) as tenants:
        return [one.slug for one in tenants.all()]


def _sealed(runtime: Runtime, tenant_id: int) -> Head:
    seal_audit(runtime, tenant_id)
    with runtime.database.reading(tenant_id) as work:
        return work.audit_chain.head()


def _verified(runtime: Runtime, tenant_id: int, anchors: list[Head]) -> tuple[Head, list[Flaw]]:
    seal_audit(runtime, tenant_id)
    return verify(runtime.database, tenant_id, anchors)


def _anchors(file: IO[str]) -> dict[str, list[Head]]:
    """Read anchors, one JSON line each."""
    found: dict[str, list[Head]] = {}
    try:
        for line in filter(str.strip, file):
            told: dict[str, Any] = json.loads(line)
            found.setdefault(str(told["tenant"]), []).append(Head(int(told["position"]), str(told["hash"])))
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError("This is no anchor: give a file that `scim-lifecycle audit anchor` wrote.") from error
    return found


def _said(flaw: Flaw) -> str:
    place = "" if flaw.position is None else f" at position {flaw.position}"
    entry = "" if flaw.entry_id is None else f" {flaw.entry_id}"
    return f"the entry{entry}{place} {TOLD[flaw.wrong]}."
