"""Groups within groups: whom a user belongs to through others (RFC 7643 §4.1.2), whatever circles they form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, and_, bindparam, exists, literal_column, not_, select

from app.db.records import View
from app.db.rows import GroupRow, MemberRow
from app.db.searchable import Constant, Relation, TextColumn

Listed = list[tuple[str, str]]
MEMBERS, GROUPS = MemberRow.__table__.c, GroupRow.__table__.c
UPPER = MemberRow.__table__.alias("upper_members")
DIRECT = MemberRow.__table__.alias("direct_members")
# as a literal, so that the partial index on members that are groups serves it
IS_GROUP = MEMBERS.type == literal_column("'Group'")

NESTED = exists().where(MEMBERS.tenant_id == bindparam("of_tenant"), IS_GROUP)
"""Whether any group of the tenant is in another: one look into an index that is empty where none is."""


def _through(found: CTE, tenant: Any) -> CTE:
    """Add to the groups found those that they are in; UNION keeps each once, so that a circle ends."""
    above = select(found.c.member_id, UPPER.c.group_id).where(
        UPPER.c.tenant_id == tenant, UPPER.c.member_id == found.c.group_id
    )
    return found.union(above)


def _not_direct(found: CTE, member_id: ColumnElement[Any], tenant: Any) -> ColumnElement[bool]:
    direct = exists().where(
        DIRECT.c.tenant_id == tenant, DIRECT.c.group_id == found.c.group_id, DIRECT.c.member_id == member_id
    )
    return not_(direct.correlate_except(DIRECT))


def _indirect() -> Any:
    tenant: Any = bindparam("of_tenant")
    base = select(MEMBERS.member_id, MEMBERS.group_id).where(
        MEMBERS.tenant_id == tenant, MEMBERS.member_id.in_(bindparam("ids", expanding=True))
    )
    found = _through(base.cte("belonging", recursive=True), tenant)
    return (
        select(found.c.member_id, GROUPS.id, GROUPS.display_name)
        .join_from(found, GroupRow.__table__, and_(GROUPS.tenant_id == tenant, GROUPS.id == found.c.group_id))
        .where(_not_direct(found, found.c.member_id, tenant))
        .order_by(GROUPS.id)
    )


_INDIRECT = _indirect()


def indirect_groups(connection: Connection, tenant_id: int, member_ids: Sequence[str]) -> Mapping[str, Listed]:
    """Return the ``(id, displayName)`` of the groups that members are in through other groups alone."""
    found: dict[str, Listed] = {}
    for member_id, id_, name in connection.execute(_INDIRECT, {"of_tenant": tenant_id, "ids": list(member_ids)}):
        found.setdefault(member_id, []).append((id_, name))
    return found


def completed(connection: Connection, tenant_id: int, views: list[View]) -> list[View]:
    """Return users with the groups that they are indirectly in."""
    found = indirect_groups(connection, tenant_id, [view.id for view in views if view.groups])
    return [view._replace(indirect=found[view.id]) if view.id in found else view for view in views]


def indirect_groups_of_user(tenant_id: int) -> Relation:
    """Return what filters find indirect groups by: from the groups within groups, not from each user."""
    base = select(MEMBERS.member_id, MEMBERS.group_id).where(MEMBERS.tenant_id == tenant_id, IS_GROUP)
    found = _through(base.cte(recursive=True), tenant_id)  # without a name, since a filter may ask twice
    through = MemberRow.__table__.join(found, found.c.member_id == MEMBERS.group_id)
    shown = and_(GROUPS.tenant_id == MEMBERS.tenant_id, GROUPS.id == found.c.group_id)
    return Relation(
        source=through.join(GroupRow.__table__, and_(shown, _not_direct(found, MEMBERS.member_id, tenant_id))),
        tenant=MEMBERS.tenant_id,
        owner=MEMBERS.member_id,
        columns={
            ("value",): TextColumn(found.c.group_id),
            ("display",): TextColumn(GROUPS.display_name_key),
            ("type",): Constant("indirect"),
        },
    )
