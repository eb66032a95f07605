"""The tables that SCIM filters search, as the compiler of conditions sees them."""

from collections.abc import Callable
from functools import cache

from sqlalchemy import FromClause, and_, cast, literal, select
from sqlalchemy.types import Text

from app.db.gathered import Gathered
from app.db.nesting import indirect_groups_of_user
from app.db.query import LIFECYCLE, Path
from app.db.rows import GroupRow, MemberRow, ResourceRow, UserLookupRow, UserRow
from app.db.searchable import ColumnSpec, Constant, FlagColumn, Lookups, MomentColumn, Relation, Searchable, TextColumn

USERS, GROUPS = UserRow.__table__.c, GroupRow.__table__.c
MEMBERS, KEYS = MemberRow.__table__.c, UserLookupRow.__table__.c


def _common(table: FromClause, name: str) -> dict[Path, ColumnSpec]:
    """Return what every resource keeps in columns; the version is a weak entity tag (RFC 7232 §2.3)."""
    version = literal('W/"', Text()) + cast(table.c.version, Text()) + literal('"', Text())
    return {
        ("id",): TextColumn(table.c.id),
        ("externalid",): TextColumn(table.c.external_id),
        ("meta",): Constant(name),
        ("meta", "resourcetype"): Constant(name),
        ("meta", "created"): MomentColumn(table.c.created_at),
        ("meta", "lastmodified"): MomentColumn(table.c.updated_at),
        ("meta", "version"): TextColumn(version),
    }


USER_COLUMNS: dict[Path, ColumnSpec] = {
    **_common(UserRow.__table__, "User"),
    ("displayname",): TextColumn(USERS.display_name_key),
    ("username",): TextColumn(USERS.user_name_key),
    ("active",): FlagColumn(USERS.state == "active", USERS.active_assigned),
    (*LIFECYCLE, "state"): TextColumn(USERS.state),
    (*LIFECYCLE, "since"): MomentColumn(USERS.deactivated_at),
    (*LIFECYCLE, "reason"): TextColumn(USERS.reason, folded=True),
    (*LIFECYCLE, "deactivateat"): MomentColumn(USERS.deactivate_at),
}
GROUP_COLUMNS: dict[Path, ColumnSpec] = {
    **_common(GroupRow.__table__, "Group"),
    ("displayname",): TextColumn(GROUPS.display_name_key),
}

USER_LOOKUPS = Lookups(
    tenant=KEYS.tenant_id,
    path=KEYS.path,
    key=KEYS.key,
    owner=KEYS.user_id,
    names={("emails", "value"): "emails.value", ("roles", "value"): "roles.value"},
)

_OF_GROUP = and_(GROUPS.tenant_id == MEMBERS.tenant_id, GROUPS.id == MEMBERS.group_id)

GROUPS_OF_USER = Relation(
    source=MemberRow.__table__.join(GroupRow.__table__, _OF_GROUP),
    tenant=MEMBERS.tenant_id,
    owner=MEMBERS.member_id,
    columns={
        ("value",): TextColumn(MEMBERS.group_id),
        ("display",): TextColumn(GROUPS.display_name_key),
        ("type",): Constant("direct"),
    },
)

GROUPS_SHOWN = (
    select(Gathered(GROUPS.id, GROUPS.display_name))
    .select_from(GROUPS_OF_USER.source)
    .where(MEMBERS.tenant_id == USERS.tenant_id, MEMBERS.member_id == USERS.id)
    .correlate(UserRow.__table__)
    .scalar_subquery()
)
"""The ``[id, displayName]`` of the groups that a user is directly in."""

MEMBERS_OF_GROUP = Relation(
    source=MemberRow.__table__,
    tenant=MEMBERS.tenant_id,
    owner=MEMBERS.group_id,
    columns={
        ("value",): TextColumn(MEMBERS.member_id),
        ("type",): TextColumn(MEMBERS.type, folded=True),
        ("display",): TextColumn(MEMBERS.display, folded=True),
    },
)
RELATED_TO_USER: dict[Path, Relation] = {("groups",): GROUPS_OF_USER}
REACHED_BY_USER: dict[Path, Callable[[int], Relation]] = {("groups",): indirect_groups_of_user}
RELATED_TO_GROUP: dict[Path, Relation] = {("members",): MEMBERS_OF_GROUP}


def users_of(tenant_id: int) -> Searchable:
    """Return the users of a tenant; the statement itself restricts them to states that SCIM shows."""
    return Searchable(tenant_id, USERS.id, USERS.search, USER_COLUMNS, USER_LOOKUPS, RELATED_TO_USER, REACHED_BY_USER)


def groups_of(tenant_id: int) -> Searchable:
    """Return the groups of a tenant."""
    return Searchable(tenant_id, GROUPS.id, GROUPS.search, GROUP_COLUMNS, related=RELATED_TO_GROUP)


@cache
def resource_columns(resource_type: str) -> dict[Path, ColumnSpec]:
    """Return what the resources of an operator's type keep in columns."""
    return _common(ResourceRow.__table__, resource_type)


def resources_of(resource_type: str, tenant_id: int) -> Searchable:
    """Return the resources of a type; the statement itself restricts them to it."""
    table = ResourceRow.__table__.c
    return Searchable(tenant_id, table.id, table.search, resource_columns(resource_type))
