"""Read, compare, try and change the policy of a tenant at the desk of the operator."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO, Any

import click

from app.cli.desk import onboarding, operator
from app.cli.faults import CommandError
from app.cli.output import json_option, print_facts, print_json, print_table, tenant_option
from app.db.records import PolicyVersion
from app.db.work import Work
from app.lifecycle.clock import iso
from app.lifecycle.legislation import Legislation
from app.lifecycle.policy import PRESETS, Preset, TenantPolicy, differences
from app.lifecycle.service import policy_of
from app.lifecycle.whatif import Comparison
from app.runtime import Runtime

file_option = click.option(
    "--file", "file", type=click.File("rb"), required=True, help="The document as JSON, or - to read it."
)
reason_option = click.option("--reason", required=True, help="Why, for whoever reads the history.")
seen_option = click.option("--seen", type=click.IntRange(1), help="Only if this version is in force.")
PAGE = 200
Drafted = Callable[[Work, TenantPolicy], TenantPolicy]
"""What makes another policy of the one in force."""


@click.group(help="Show, compare, try, set and revert the policy of a tenant.")
def command() -> None:
    """Hold the commands about policies."""


@command.command("show")
@tenant_option
@click.option("--version", type=click.IntRange(1), help="An earlier version.")
@json_option
def show(tenant: str, version: int | None, *, as_json: bool) -> None:
    """Print the document in force, as `policy set` takes it; with --json also who put it in force, when and why."""
    with _reading(tenant) as (_, work):
        found = _found(work, version or work.policies.current()[0])
    document = json.loads(found.document)
    if as_json:
        print_json({**_facts(found), "policy": document})
    else:
        click.echo(json.dumps(document, indent=2))


@command.command("history")
@tenant_option
@json_option
def history(tenant: str, *, as_json: bool) -> None:
    """List who changed the policy, when and why, the latest first."""
    with _reading(tenant) as (_, work):
        told = [_facts(each) for each in work.policies.history()]
    if as_json:
        print_json(told)
    else:
        print_table(list(told[0]), [list(each.values()) for each in told])


@command.command("diff")
@tenant_option
@click.argument("before", type=click.IntRange(1))
@click.argument("after", type=click.IntRange(1))
@json_option
def diff(tenant: str, before: int, after: int, *, as_json: bool) -> None:
    """List the knobs in which the versions BEFORE and AFTER differ."""
    with _reading(tenant) as (_, work):
        knobs = differences(*(policy_of(_found(work, number).document) for number in (before, after)))
    if as_json:
        print_json({"knobs": knobs})
    else:
        _print_knobs(knobs)


@command.command("preview")
@tenant_option
@file_option
@json_option
def preview(tenant: str, file: IO[bytes], *, as_json: bool) -> None:
    """Say which users, dates, seats and refusals would change under another document; nothing is changed."""
    wanted = TenantPolicy.load(file.read())
    with _reading(tenant) as (runtime, work):
        before = policy_of(work.policies.current()[1])
        knobs = differences(before, wanted)
        pages = list(_compared(work, Comparison(work, runtime.clock, before, wanted)))
        now = runtime.clock.now()
        seats = [
            work.listings.forecast(policy, now, work.entitlements.totals(policy.entitlements))["seats"]
            for policy in (before, wanted)
        ]
    users = [user for page in pages for user in page["users"]]
    refusals = _summed(refusal for page in pages for refusal in page["refusals"])
    if as_json:
        told = {"before": seats[0], "after": seats[1]}
        print_json({"knobs": knobs, "seats": told, "refusals": refusals, "users": users})
        return
    _print_knobs(knobs)
    _print_seats(*seats)
    _print_refusals(refusals)
    for user in users:
        actions = ", ".join(f"{each['action']} ({each['channel']})" for each in user["actions"])
        others = ", ".join(name for name in ("dates", "holds") if name in user)
        click.echo(f"{user['id']}  {user['state']}  {', '.join(filter(None, (actions, others)))}")
    click.echo(f"{len(users)} users would be treated otherwise; nothing is changed.")


@command.command("set")
@tenant_option
@file_option
@reason_option
@seen_option
@json_option
def set_(tenant: str, file: IO[bytes], reason: str, seen: int | None, *, as_json: bool) -> None:
    """Put another document in force, as a version of its own."""
    wanted = TenantPolicy.load(file.read())
    _enact(tenant, lambda _work, _before: wanted, reason, seen, as_json=as_json)


@command.command("revert")
@tenant_option
@click.argument("version", type=click.IntRange(1))
@reason_option
@seen_option
@json_option
def revert(tenant: str, version: int, reason: str, seen: int | None, *, as_json: bool) -> None:
    """Put VERSION in force again, as a version of its own."""
    _enact(tenant, lambda work, _before: policy_of(_found(work, version).document), reason, seen, as_json=as_json)


@command.command("presets")
@click.argument("name", type=click.Choice(PRESETS), required=False)
def presets(name: Preset | None) -> None:
    """List the presets, or print the whole document of the preset NAME, as `policy set` takes it."""
    if name is None:
        click.echo("\n".join(PRESETS))
    else:
        click.echo(json.dumps(TenantPolicy.preset(name).model_dump(mode="json"), indent=2))


@contextmanager
def _opened(tenant: str) -> Iterator[tuple[Runtime, int]]:
    with onboarding() as (runtime, office):
        yield runtime, office.tenant(tenant).id


@contextmanager
def _reading(tenant: str) -> Iterator[tuple[Runtime, Work]]:
    with _opened(tenant) as (runtime, tenant_id), runtime.database.reading(tenant_id) as work:
        yield runtime, work


def _enact(tenant: str, drafted: Drafted, reason: str, seen: int | None, *, as_json: bool) -> None:
    actor = operator()
    with _opened(tenant) as (runtime, tenant_id), runtime.database.unit_of_work(tenant_id, locked=True) as work:
        before = work.policies.current()[0]
        legislation = Legislation(work, work.policies, runtime.clock, actor)
        version = legislation.change(seen, partial(drafted, work), actor.name, reason)
    told = {"version": version, "changed": version != before}
    if as_json:
        print_json(told)
    else:
        click.echo(f"Version {version} is in force{'' if told['changed'] else ', as before'}.")


def _found(work: Work, version: int) -> PolicyVersion:
    found = work.policies.find(version)
    if found is None:
        raise CommandError(f"There is no version {version} of this policy; see: scim-lifecycle policy history")
    return found


def _facts(found: PolicyVersion) -> dict[str, Any]:
    created = iso(found.created_at)
    return {"version": found.version, "created_at": created, "author": found.author, "reason": found.reason}


def _compared(work: Work, comparison: Comparison) -> Iterator[dict[str, Any]]:
    after = ""
    while records := work.users.walk(after, PAGE):
        yield comparison.of(records)
        after = records[-1].id


def _summed(refusals: Any) -> list[dict[str, Any]]:
    """Add up the counts of several pages."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for each in refusals:
        key = each["action"], each["channel"], each["guard"]
        known = found.setdefault(key, {**each, "before": 0, "after": 0})
        known["before"] += each["before"]
        known["after"] += each["after"]
    return [found[key] for key in sorted(found)]


def _print_knobs(knobs: dict[str, Any]) -> None:
    rows = [[knob, *(json.dumps(each[side]) for side in ("from", "to"))] for knob, each in knobs.items()]
    print_table(["knob", "from", "to"], rows)


def _print_seats(before: dict[str, Any], after: dict[str, Any]) -> None:
    changed = [name for name in before | after if before.get(name) != after.get(name)]
    if changed:
        print_facts({name: f"{json.dumps(before.get(name))} -> {json.dumps(after.get(name))}" for name in changed})


def _print_refusals(refusals: list[dict[str, Any]]) -> None:
    columns = ["action", "channel", "guard", "before", "after"]
    if refusals:
        print_table(columns, [[each[column] for column in columns] for each in refusals])
