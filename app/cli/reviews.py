"""Who still needs access: begin a review, decide about its users, and close it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, get_args

import click

from app.cli.desk import onboarding, operator
from app.cli.output import json_option, print_facts, print_json, print_rows, print_table, tenant_option
from app.cli.user import REASONS
from app.db.reviews import Review, Reviewed, Standing
from app.db.work import Work
from app.lifecycle.clock import iso
from app.lifecycle.refusals import Refused, unknown_review
from app.reviews.carrying_out import carry_out
from app.reviews.reviewing import Decided, Reviewing

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
        told = [_facts(work, each, runtime.clock.now()) for each in work.reviews.page()]
    print_rows(COLUMNS, told, as_json=as_json)


@command.command("start")
@tenant_option
@json_option
def start(tenant: str, *, as_json: bool) -> None:
    """Begin a review of everybody who has access now."""
    with onboarding() as (runtime, office), runtime.database.unit_of_work(office.tenant(tenant).id) as work:
        review = Reviewing(work, runtime.clock, operator()).begin()
        _print(_facts(work, review, runtime.clock.now()), as_json=as_json)


@command.command("show")
@tenant_option
@review_argument
@click.option("--standing", type=click.Choice(get_args(Standing)), help="Only users who stand here.")
@json_option
def show(tenant: str, review_id: str, standing: Standing | None, *, as_json: bool) -> None:
    """Show the review REVIEW, and where its users stand."""
    with onboarding() as (runtime, office), runtime.database.reading(office.tenant(tenant).id) as work:
        told = _facts(work, _found(work, review_id), runtime.clock.now())
        users = [_user(each) for each in _walk(work, review_id, standing)]
    if as_json:
        print_json({**told, "reviewed": users})
        return
    _print(told, as_json=False)
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
            _print(_facts(work, _found(work, review_id), runtime.clock.now()), as_json=as_json)


def _decide(tenant: str, review_id: str, decisions: Sequence[Decided], *, as_json: bool) -> None:
    with onboarding() as (runtime, office), runtime.database.unit_of_work(office.tenant(tenant).id) as work:
        Reviewing(work, runtime.clock, operator()).decide(review_id, decisions)
        _print(_facts(work, _found(work, review_id), runtime.clock.now()), as_json=as_json)


def _found(work: Work, review_id: str) -> Review:
    review = work.reviews.find(review_id)
    if review is None:
        raise Refused([unknown_review()])
    return review


def _walk(work: Work, review_id: str, standing: Standing | None) -> Iterator[Reviewed]:
    after = ""
    while page := work.reviews.users(review_id, () if standing is None else (standing,), after):
        yield from page
        after = page[-1].user_id


def _print(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
    else:
        print_facts({name: value for name, value in told.items() if name != "users"} | told["users"])


def _facts(work: Work, review: Review, now: datetime) -> dict[str, Any]:
    counts = work.reviews.counts(review.id)
    return {
        "id": review.id,
        "state": review.state,
        "overdue": review.is_overdue(now),
        "begun_at": iso(review.begun_at),
        "begun_by": review.begun_by,
        "due_at": iso(review.due_at),
        "closed_at": review.closed_at and iso(review.closed_at),
        "closed_by": review.closed_by,
        "population": sum(counts.values()),
        "users": dict(counts),
    }


def _user(each: Reviewed) -> dict[str, Any]:
    return {
        "id": each.user_id,
        "user_name": each.user_name,
        "standing": each.standing,
        "decision": each.decision,
        "reason": each.reason,
        "decided_by": each.decided_by,
        "refused": each.outcome if each.standing == "refused" else None,
    }
