"""Who is in which group: one row a member, whatever the size of the group."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.db.nesting import NESTED, Listed, indirect_groups
from app.db.prepared import Prepared
from app.db.records import Member, Shown
from app.db.rows import GroupRow, MemberRow, UserRow
from app.db.rows.users import LIVE
from app.db.statements import Among
from app.db.upsert import Upsert

_OF_GROUP = (MemberRow.tenant_id == bindparam("of_tenant")) & (MemberRow.group_id == bindparam("of_group"))
_OF_MEMBER = (MemberRow.tenant_id == bindparam("of_tenant")) & (MemberRow.member_id == bindparam("of_member"))
_READ = select(MemberRow.member_id, MemberRow.type, MemberRow.display).where(_OF_GROUP).order_by(MemberRow.member_id)
_MEMBERS = Prepared(_READ)
_BATCH = Prepared(_READ.where(MemberRow.member_id > bindparam("of_last")).limit(bindparam("of_count")))
_IN_GROUP = (GroupRow.tenant_id == MemberRow.tenant_id) & (GroupRow.id == MemberRow.group_id)
_GROUPS = Prepared(
    select(GroupRow.id, GroupRow.display_name, NESTED).join_from(MemberRow, GroupRow, _IN_GROUP).where(_OF_MEMBER)
)
_RENAME = Prepared(update(MemberRow).where(_OF_MEMBER).values(display=bindparam("new_display")))
_JOINED = Prepared(
    select(GroupRow.id)
    .where(GroupRow.tenant_id == bindparam("of_tenant"), GroupRow.id.in_(select(MemberRow.group_id).where(_OF_MEMBER)))
    .order_by(GroupRow.id)
    .with_for_update()
)
_LEAVE = Prepared(delete(MemberRow).where(_OF_MEMBER).returning(MemberRow.group_id))
_BUMP = Among.of(
    update(GroupRow).where(GroupRow.tenant_id == bindparam("of_tenant")).values(version=GroupRow.version + 1),
    GroupRow.id,
)
_SHOWN = Prepared(select(MemberRow.member_id, MemberRow.display).where(_OF_GROUP))
_REMOVED = Among.of(delete(MemberRow).where(_OF_GROUP).returning(MemberRow.member_id), MemberRow.member_id)
_JOIN = Upsert(MemberRow, ("tenant_id", "group_id", "member_id"), {}, returning=MemberRow.member_id)
_KNOWN_USERS = Among.of(
    select(UserRow.id, UserRow.display_name, UserRow.user_name)
    .where(UserRow.tenant_id == bindparam("of_tenant"), LIVE)
    .with_for_update(read=True, key_share=True),
    UserRow.id,
)
_KNOWN_GROUPS = Among.of(
    select(GroupRow.id, GroupRow.display_name)
    .where(GroupRow.tenant_id == bindparam("of_tenant"))
    .with_for_update(read=True, key_share=True),
    GroupRow.id,
)


def _add(dialect: Any) -> Any:
    """Insert a member, or give the name it is shown by to one that is there."""
    columns = MemberRow.__table__.columns
    statement = dialect.insert(MemberRow).values({each.name: bindparam(each.name) for each in columns})
    keys = ["tenant_id", "group_id", "member_id"]
    return statement.on_conflict_do_update(index_elements=keys, set_={"display": statement.excluded.display})


_ADD = {"sqlite": Prepared(_add(sqlite)), "postgresql": Prepared(_add(postgresql))}


class Memberships:
    """Read and change the members of groups, and the groups of users."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id
        self._add = _ADD[connection.dialect.name]

    def of_group(self, group_id: str) -> list[Member]:
        """Return the members of a group."""
        return [Member(*row) for row in _MEMBERS.rows(self._connection, self._of(group_id))]

    def batch(self, group_id: str, last: str, count: int) -> Sequence[Shown]:
        """Return so many members of a group behind the last that was read, as they are shown."""
        parameters = {**self._of(group_id), "of_last": last, "of_count": count}
        return _BATCH.rows(self._connection, parameters)

    def of_groups(self, group_ids: Sequence[str], most: int) -> dict[str, Sequence[Shown]] | None:
        """Return the members of several groups in one query, as they are shown; None if they are more than ``most``."""
        if len(group_ids) == 1:
            rows = self.batch(group_ids[0], "", most + 1)
            return None if len(rows) > most else {group_ids[0]: rows}
        query = select(MemberRow.group_id, MemberRow.member_id, MemberRow.type, MemberRow.display).where(
            MemberRow.tenant_id == self._tenant_id, MemberRow.group_id.in_(group_ids)
        )
        rows = self._connection.execute(query.order_by(MemberRow.group_id, MemberRow.member_id).limit(most + 1)).all()
        if len(rows) > most:
            return None
        by_group = groupby(rows, key=itemgetter(0))
        return {group_id: [(*row[1:],) for row in members] for group_id, members in by_group}

    def groups_of(self, member_id: str) -> tuple[Listed, Listed]:
        """Return the ``(id, displayName)`` of the groups that a member is in: directly, and through others alone."""
        parameters = {"of_tenant": self._tenant_id, "of_member": member_id}
        rows = _GROUPS.rows(self._connection, parameters)
        nested = bool(rows) and rows[0][-1]
        found = indirect_groups(self._connection, self._tenant_id, [member_id]) if nested else {}
        return sorted((id_, display) for id_, display, _ in rows), found.get(member_id, [])

    def resolve(self, ids: Iterable[str]) -> dict[str, Member]:
        """Return who of ``ids`` exists in this tenant as a user or as a group, and let nobody delete them meanwhile."""
        wanted = set(ids)
        users = self._among(_KNOWN_USERS, wanted)
        known = {id_: Member(id_, "User", display or user_name) for id_, display, user_name in users}
        groups = self._among(_KNOWN_GROUPS, wanted - known.keys())
        return known | {id_: Member(id_, "Group", display) for id_, display in groups}

    def shown(self, group_id: str) -> dict[str, str | None]:
        """Return who is a member of the group now, by which name."""
        return dict(_SHOWN.rows(self._connection, self._of(group_id)))

    def add(self, group_id: str, members: Iterable[Member]) -> None:
        """Put members into a group; one that is there already takes the name given now."""
        if rows := self._rows(group_id, members):
            self._add.run_each(self._connection, rows)

    def join(self, group_id: str, members: Iterable[Member]) -> list[str]:
        """Put members into a group; one that is there stays as it is. Return the ids of the others, in order."""
        rows = self._rows(group_id, members)
        joined = {id_ for (id_,) in _JOIN.rows(self._connection, rows)} if rows else set()
        return [row["member_id"] for row in rows if row["member_id"] in joined]

    def remove(self, group_id: str, ids: Iterable[str]) -> list[str]:
        """Take members out of a group, and return the ids of those who were in it, sorted."""
        return sorted(id_ for (id_,) in self._among(_REMOVED, ids, of_group=group_id))

    def _rows(self, group_id: str, members: Iterable[Member]) -> list[dict[str, Any]]:
        """Return the rows of members."""
        group = {"tenant_id": self._tenant_id, "group_id": group_id}
        return [{**group, "member_id": each.id, "type": each.type, "display": each.display} for each in members]

    def leave_all(self, member_id: str) -> list[str]:
        """Take a member out of all its groups, bump their versions, and return their ids."""
        mine = {"of_tenant": self._tenant_id, "of_member": member_id}
        # groups before members, in one order: so does whoever changes the members of a group
        if not _JOINED.rows(self._connection, mine):
            return []
        ids = sorted(group_id for (group_id,) in _LEAVE.rows(self._connection, mine))
        _BUMP.run(self._connection, ids, {"of_tenant": self._tenant_id})
        return ids

    def rejoin(self, member_id: str, display: str, group_ids: Sequence[str]) -> None:
        """Put a user back into those of ``group_ids`` that still exist."""
        query = select(GroupRow.id).where(GroupRow.tenant_id == self._tenant_id, GroupRow.id.in_(group_ids))
        for group_id in self._connection.scalars(query).all():
            self.add(group_id, [Member(member_id, "User", display)])

    def names_of(self, group_ids: Collection[str]) -> list[str]:
        """Return the displayNames of those of the groups that still exist."""
        query = select(GroupRow.display_name).where(GroupRow.tenant_id == self._tenant_id)
        return list(self._connection.scalars(query.where(GroupRow.id.in_(group_ids)))) if group_ids else []

    def rename(self, member_id: str, display: str | None) -> None:
        """Let all memberships of a member show its new name."""
        parameters = {"of_tenant": self._tenant_id, "of_member": member_id, "new_display": display}
        _RENAME.run(self._connection, parameters)

    def among(self, member_id: str, keys: Collection[str]) -> frozenset[str]:
        """Return the keys of the displayNames, of these, of groups that a member is in directly."""
        query = select(GroupRow.display_name_key).join_from(MemberRow, GroupRow, _IN_GROUP)
        mine = MemberRow.tenant_id == self._tenant_id, MemberRow.member_id == member_id
        return frozenset(self._connection.scalars(query.where(*mine, GroupRow.display_name_key.in_(keys))))

    def staffed(self, keys: Collection[str], but: str = "") -> frozenset[str]:
        """Return the keys of the displayNames, of these, of groups with an active member, one user left aside."""
        active = (
            select(MemberRow.member_id)
            .join(UserRow, (UserRow.tenant_id == MemberRow.tenant_id) & (UserRow.id == MemberRow.member_id))
            .where(_IN_GROUP, UserRow.state == "active", UserRow.id != but)
        )
        mine = GroupRow.tenant_id == self._tenant_id, GroupRow.display_name_key.in_(keys)
        query = select(GroupRow.display_name_key).where(*mine, active.correlate(GroupRow).exists())
        return frozenset(self._connection.scalars(query))

    def _of(self, group_id: str) -> dict[str, Any]:
        return {"of_tenant": self._tenant_id, "of_group": group_id}

    def _among(self, statements: Among, ids: Iterable[str], **parameters: Any) -> Iterator[Any]:
        return statements.rows(self._connection, ids, {"of_tenant": self._tenant_id, **parameters})
