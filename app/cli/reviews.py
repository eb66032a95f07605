"""Who still needs access: begin a review, decide about its users, and close it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import click

from app.cli.desk import onboarding, operator
from app.cli.output import json_option, print_facts, print_json, print_rows, print_table, tenant_option
from app.cli.user import REASONS
from app.db.reviews import Reviewed, Standing
from app.db.work import Work
from app.reviews.carrying_out import carry_out
from app.reviews.reviewing import Decided, Reviewing
from app.reviews.telling import look_up, shown, shown_user

review_argument = click.argument("review_id", metavar="REVIEW")
users_argument = click.argument("user_ids", metavar="USER...", nargs=-1, required=True)
reasons = click.Choice([*REASONS, "still_needed"])
reason_option = click.option("--reason", type=reasons, help="Why; kept beside the decision.")
COLUMNS = ("id", "state", "overdue", "begun_at", "due_at", "population")
USER_COLUMNS = ("id", "user_name", "standing", "reason", "decided_by", "refused")


@click.group(help="Review who has access: begin, decide and close.")
def command() -> None:
    """Hold the commands about reviews."""


@command.command("list")
@tenant_option
@json_option
def list_(tenant: str, *, as_json: bool) -> None:
    """List the reviews of a tenant, the latest first."""
    with onboarding() as (runtime, office), runtime.database.reading(office.tenant(tenant).id) as work:
        listed = [shown(work, each, runtime.clock.now()) for each in work.reviews.page()]
    print_rows(COLUMNS, listed, as_json=as_json)


@command.command("start")
@tenant_option
@json_option
def start(tenant: str, *, as_json: bool) -> None:
    """Begin a review of everybody who has access now."""
    with onboarding() as (runtime, office), runtime.database.unit_of_work(office.tenant(tenant).id) as work:
        review = Reviewing(work, runtime.clock, operator()).begin()
        _print(shown(work, review, runtime.clock.now()), as_json=as_json)


@command.command("show")
@tenant_option
@review_argument
@click.option("--standing", type=click.Choice(get_args(Standing)), help="Only users who stand here.")
@json_option
def show(tenant: str, review_id: str, standing: Standing | None, *, as_json: bool) -> None:
    """Show the review REVIEW, and where its users stand."""
    with onboarding() as (runtime, office), runtime.database.reading(office.tenant(tenant).id) as work:
        facts = shown(work, look_up(work, review_id), runtime.clock.now())
        users = [shown_user(each) for each in _walk(work, review_id, standing)]
    if as_json:
        print_json({**facts, "reviewed": users})
        return
    _print(facts, as_json=False)
    if users:
        print_table(USER_COLUMNS, [[each[name] for name in USER_COLUMNS] for each in users])


@command.command("keep")
@tenant_option
@review_argument
@users_argument
@reason_option
@json_option
def keep(tenant: str, review_id: str, user_ids: tuple[str, ...], reason: str | None, *, as_json: bool) -> None:
    """Decide that each USER of the review REVIEW still needs access, all of them or none."""
    _decide(tenant, review_id, [Decided(each, "keep", reason) for each in user_ids], as_json=as_json)


@command.command("deactivate")
@tenant_option
@review_argument
@users_argument
@reason_option
@json_option
def deactivate(tenant: str, review_id: str, user_ids: tuple[str, ...], reason: str | None, *, as_json: bool) -> None:
    """Decide that each USER of the review REVIEW loses access when it closes, all of them or none."""
    _decide(tenant, review_id, [Decided(each, "deactivate", reason) for each in user_ids], as_json=as_json)


@command.command("close")
@tenant_option
@review_argument
@json_option
def close(tenant: str, review_id: str, *, as_json: bool) -> None:
    """End the deciding of the review REVIEW, and deactivate whom it says."""
    with onboarding() as (runtime, office):
        tenant_id = office.tenant(tenant).id
        with runtime.database.unit_of_work(tenant_id) as work:
            Reviewing(work, runtime.clock, operator()).close(review_id)
        carry_out(runtime, tenant_id, review_id, operator())
        with runtime.database.reading(tenant_id) as work:
            _print(shown(work, look_up(work, review_id), runtime.clock.now()), as_json=as_json)


def _decide(tenant: str, review_id: str, decisions: Sequence[Decided], *, as_json: bool) -> None:
    with onboarding() as (runtime, office), runtime.database.unit_of_work(office.tenant(tenant).id) as work:
        Reviewing(work, runtime.clock, operator()).decide(review_id, decisions)
        _print(shown(work, look_up(work, review_id), runtime.clock.now()), as_json=as_json)


def _walk(work: Work, review_id: str, standing: Standing | None) -> Iterator[Reviewed]:
    after = ""
    while page := work.reviews.users(review_id, () if standing is None else (standing,), after):
        yield from page
        after = page[-1].user_id


def _print(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(facts)
    else:
        print_facts({name: value for name, value in facts.items() if name != "users"} | facts["users"])
