"""Register the work that users own at the host application, and give it from one to another."""

from collections.abc import Collection, Sequence
from typing import Annotated, Any, TypeAlias

from flask import Response
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from app.api.door import answer, caller
from app.api.meaning import Unsaid, UserId, acting
from app.api.problems import BadRequest
from app.api.requests import Said, said_in_body, said_in_query
from app.db.records import WorkItem
from app.db.work import Work
from app.identity.scopes import WORK
from app.lifecycle.handover import Handover
from app.lifecycle.refusals import Refused, unknown_user, unknown_work
from app.lifecycle.subject import WorkCount
from app.runtime import runtime

MOST = 1000
MOST_BYTES = 1024 * 1024
PAGE = 200
TEXT = r"^[^\x00-\x1f\x7f]+$"

Type: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
WorkId: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=TEXT)]
Word: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=TEXT)]
_NAMED: TypeAdapter[tuple[str, str]] = TypeAdapter(tuple[Type, WorkId])


class Owned(Said):
    """Who owns a thing and who created it, in which state and scope it is; the creator is told once."""

    owner: UserId | None = None
    created_by: UserId | None = None
    state: Word = "open"
    scope: Word | None = None


class Listed(Owned):
    """One of several things."""

    type: Type
    id: WorkId


class Batch(Said):
    """Many things at once."""

    items: Annotated[list[Listed], Field(min_length=1, max_length=MOST)]


class Counted(Said):
    """How much of a type there is, in a state and a scope."""

    type: Type
    state: Word = "open"
    scope: Word | None = None
    count: Annotated[int, Field(ge=0, le=2_000_000_000)]


class Counts(Said):
    """All that an owner has, where the things themselves are not told."""

    owner: UserId
    counts: Annotated[list[Counted], Field(max_length=MOST)]


class Reassignment(Said):
    """Whose work is given to whom; to null it belongs to nobody. No types, or no states, means all."""

    owner: UserId = Field(alias="from")
    to: UserId | None
    types: Annotated[list[Type], Field(max_length=50)] = []  # noqa: RUF012 - pydantic copies it
    states: Annotated[list[Word], Field(max_length=50)] = []  # noqa: RUF012
    actor: UserId | None = None


class Claim(Said):
    """Who takes over."""

    user: UserId


class Pages(Said):
    """From behind which thing a list goes on, as ``type/id``."""

    after: Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


def register(type: str, work_id: str) -> Response:  # noqa: A002
    """Register a thing, or what has become of it."""
    principal, said = caller(WORK), said_in_body(Owned)
    item = _item(said, *_named(type, work_id))
    with runtime().database.unit_of_work(principal.tenant_id) as work:
        _put(work, [item])
        return answer(200, shown(work.work_items.find(item.type, item.id) or item))


def register_all() -> Response:
    """Register many things in one statement: all of them, or none."""
    principal, said = caller(WORK), said_in_body(Batch, MOST_BYTES)
    items = [_item(each, each.type, each.id) for each in said.items]
    if len({(item.type, item.id) for item in items}) < len(items):
        raise BadRequest(400, "INVALID_REQUEST", "Name each thing once: two items have the same type and id.")
    with runtime().database.unit_of_work(principal.tenant_id) as work:
        _put(work, items)
    return answer(200, {"registered": len(items)})


def register_counts() -> Response:
    """Replace all counts of an owner."""
    principal, said = caller(WORK), said_in_body(Counts)
    counts = [WorkCount(each.type, each.state, each.scope, each.count) for each in said.counts]
    if len({(each.type, each.state, each.scope) for each in counts}) < len(counts):
        raise BadRequest(400, "INVALID_REQUEST", "Count each type, state and scope once.")
    with runtime().database.unit_of_work(principal.tenant_id) as work:
        _require_users(work, {said.owner})
        work.work_items.put_counts(said.owner, [each for each in counts if each.count])
    return answer(200, {"owner": said.owner, "counts": len(counts)})


def show(type: str, work_id: str) -> Response:  # noqa: A002
    """Return a thing as it is known."""
    principal, (kind, id_) = caller(WORK), _named(type, work_id)
    with runtime().database.reading(principal.tenant_id) as work:
        item = work.work_items.find(kind, id_)
    if item is None:
        raise Refused([unknown_work(kind)])
    return answer(200, shown(item))


def forget(type: str, work_id: str) -> Response:  # noqa: A002
    """Forget a thing that is there no more."""
    principal, (kind, id_) = caller(WORK), _named(type, work_id)
    with runtime().database.unit_of_work(principal.tenant_id) as work:
        if not work.work_items.delete(kind, id_):
            raise Refused([unknown_work(kind)])
    return Response(status=204)


def claim(type: str, work_id: str) -> Response:  # noqa: A002
    """Let a user take over what is free to be taken."""
    principal, said, (kind, id_) = caller(WORK), said_in_body(Claim), _named(type, work_id)
    here = runtime()
    with here.database.unit_of_work(principal.tenant_id) as work:
        Handover(work, work.work_items, here.clock, principal.actor("api")).claim(kind, id_, said.user)
        item = work.work_items.find(kind, id_)
    return answer(200, shown(item) if item else {})


def reassign() -> Response:
    """Give all work of a user away."""
    principal, said, here = caller(WORK), said_in_body(Reassignment), runtime()
    with here.database.unit_of_work(principal.tenant_id) as work:
        handover = Handover(work, work.work_items, here.clock, acting(principal, work, Unsaid(actor=said.actor)))
        moved = handover.reassign(said.owner, said.to, said.types, said.states)
    return answer(200, {"reassigned": dict(moved)})


def of_user(user_id: str) -> Response:
    """Return how much a user owns."""
    principal = caller(WORK)
    with runtime().database.reading(principal.tenant_id) as work:
        if work.users.find(user_id) is None:
            raise Refused([unknown_user(user_id)])
        counts = work.work_items.counts(user_id)
    listed = [{"type": c.type, "state": c.state, "scope": c.scope, "count": c.count} for c in counts]
    return answer(200, {"work": listed})


def orphans() -> Response:
    """Return what nobody works on who could, and where the next page begins."""
    principal, said = caller(WORK), said_in_query(Pages)
    kind, _, id_ = said.after.partition("/")
    with runtime().database.reading(principal.tenant_id) as work:
        found = work.work_items.orphans((kind, id_), PAGE)
    following = f"{found[-1].type}/{found[-1].id}" if len(found) == PAGE else None
    return answer(200, {"orphans": [shown(item) for item in found], "after": following})


def shown(item: WorkItem) -> dict[str, Any]:
    """Return a thing as the host application sees it."""
    return {name: getattr(item, name) for name in item.__slots__}


def _item(said: Owned, type_: str, id_: str) -> WorkItem:
    return WorkItem(type_, id_, said.owner, said.created_by, said.state, said.scope)


def _named(type_: str, id_: str) -> tuple[str, str]:
    """Return the name of a thing out of a path; what cannot be one is not known."""
    try:
        return _NAMED.validate_python((type_, id_))
    except ValidationError as error:
        raise BadRequest(400, "INVALID_REQUEST", "A type is a-z, 0-9 and _; an id has 1 to 200 characters.") from error


def _put(work: Work, items: Sequence[WorkItem]) -> None:
    _require_users(work, {item.owner for item in items if item.owner})
    work.work_items.put(items, runtime().clock.now())


def _require_users(work: Work, ids: Collection[str]) -> None:
    strangers = sorted(work.work_items.strangers(ids)) if ids else []
    if strangers:
        raise Refused([unknown_user(each) for each in strangers[:10]])
