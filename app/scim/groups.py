"""The groups as SCIM sees them; members are rows, and a PATCH costs what it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import orjson
from scim2_models import InvalidValueException, NotFoundException, UniquenessException

from app.db.query import Page, Walk
from app.db.records import DisplayNameTakenError, Found, GroupRecord, Member, Shown, View
from app.lifecycle.clock import iso
from app.lifecycle.ending import LASTING
from app.lifecycle.guardians import guarded
from app.lifecycle.journal import Journal, changed_names
from app.lifecycle.policy import TenantPolicy
from app.lifecycle.service import Lifecycle, policy_of
from app.scim import long_groups
from app.scim.allocation import Allocation
from app.scim.before_groups import held, named_anew
from app.scim.changes import Draft, Patch, Stored, replaced
from app.scim.keys import folded_key, search_document
from app.scim.mapping import Document, Kind, text_of
from app.scim.paging import Search
from app.scim.preconditions import Conditions, check_write
from app.scim.projection import Projection
from app.scim.render import Json
from app.scim.roster import Named, Roster
from app.scim.scope import RequestScope


class GroupDirectory:
    """Serve ``/Groups`` in one unit of work."""

    name = "Group"

    def __init__(self, scope: RequestScope, kind: Kind) -> None:
        """Serve one request; its dialect says what becomes of unknown and of unmentioned members."""
        self._work = scope.work
        self._actor = scope.actor
        self._clock = scope.clock
        self._renderer = scope.renderer
        self._reopen = scope.reopen
        self._dialect = scope.dialect
        self._kind = kind
        self._allocation = Allocation(scope.work, scope.clock, scope.actor)
        self._held: Mapping[str, Member] = {}

    def create(self, draft: Draft) -> View:
        """Create a group with its members."""
        roster = Roster()
        roster.replace(draft.members or {})
        self._hold_members("", roster)
        now = self._clock.now()
        blank = GroupRecord(self._work.new_id(), self._actor.id, 1, "", "", None, None, "{}", {}, now, now)
        record = replace(blank, **self._columns(self._kind.constraints.checked(draft.document, {})))
        self._refuse_namesake(record.unique_key, record.display_name, record.id)
        try:
            self._work.groups.add(record)
        except DisplayNameTakenError as error:
            raise _taken(record.display_name, None) from error
        self._hold(record.id, record.search)
        delta = self._apply(record.id, roster)
        journal = self._journal()
        journal.record("Group", record.id, [("group.created", {**delta, **journal.made(1)})])
        self._allocation.follow(record.id, record.display_name, record.display_name, delta)
        self._end_sessions(delta)
        return _view(record)

    def replace(self, group_id: str, draft: Draft, conditions: Conditions) -> View:
        """Replace a group, its members included unless the dialect keeps those that are not mentioned."""
        with self._guarded():
            roster, members = Roster(), draft.members
            if members is not None or not self._dialect.put_keeps_members:
                roster.replace(members or {})
            self._hold_members(group_id, roster)
            record = self._locked(group_id, conditions, "PUT")
            return self._change(record, replaced(orjson.loads(record.document), draft), roster, replaces=True)

    def patch(self, group_id: str, patch: Patch, conditions: Conditions) -> View:
        """Apply a PATCH as a whole: members as a delta, all else on the group without them."""
        with self._guarded():
            self._hold_members(group_id, patch.roster)
            record = self._locked(group_id, conditions, "PATCH")
            patched = patch.apply(Stored(record.document, members=lambda roster: self._members_under(group_id, roster)))
            return self._change(record, patched.document, patched.roster)

    def delete(self, group_id: str, conditions: Conditions) -> None:
        """Delete a group; nobody is a member of it any more, and it is a member of none."""
        with self._guarded():
            self._delete(group_id, conditions)

    def _delete(self, group_id: str, conditions: Conditions) -> None:
        self._hold_members(group_id, Roster())
        name = self._locked(group_id, conditions, "DELETE").display_name
        members = self._work.memberships.of_group(group_id) if self._allocation.concerns(name) else []
        if self._ends_sessions:
            self._end_sessions({"removed": [member.id for member in self._work.memberships.of_group(group_id)]})
        self._work.memberships.leave_all(group_id)
        self._work.groups.delete(group_id)
        if self._kind.constraints.keys:
            self._work.unique_keys.release(self.name, group_id)
        self._journal().record("Group", group_id, [("group.deleted", {})])
        self._allocation.change((member.id for member in members), left=name)

    def view(self, group_id: str, _projection: Projection) -> View:
        """Return a group, or raise 404."""
        view = self._work.groups.view(group_id)
        if view is None:
            raise _unknown(group_id)
        return view

    def rendered(self, views: list[View], projection: Projection) -> Sequence[Json]:
        """Return groups as JSON, their members read in one query, and only if asked for; or in pieces if many."""
        members: dict[str, Sequence[Shown]] | None = {}
        if views and projection.wants("members"):
            members = self._work.memberships.of_groups([view.id for view in views], long_groups.BATCH)
        if members is None:
            return [long_groups.in_batches(self._renderer, self._reopen, view, projection) for view in views]
        rendered = [self._renderer.group(view, members.get(view.id, ())) for view in views]
        return projection.applied(rendered, without="members")

    def page(self, search: Search, page: Page | Walk) -> Found:
        """Return a page of the groups that match."""
        return self._work.groups.page(search.at(page))

    def _guarded(self) -> AbstractContextManager[None]:
        return guarded(self._work, self._actor, self._policy)

    @property
    def _policy(self) -> TenantPolicy:
        return policy_of(self._work.policies.current()[1])

    def _hold_members(self, group_id: str, roster: Roster) -> None:
        """Hold users before the group: so does whoever deletes a user."""
        self._held = held(self._work, self._policy, group_id, roster)

    def _locked(self, group_id: str, conditions: Conditions, method: str) -> GroupRecord:
        record = self._work.groups.lock(group_id)
        if record is None:
            raise _unknown(group_id)
        check_write(conditions, record.version, method)
        return record

    def _change(self, record: GroupRecord, after: Document, roster: Roster, *, replaces: bool = False) -> View:
        """Write what differs, and bump the version once; nothing that differs bumps nothing."""
        before = orjson.loads(record.document)
        after = self._kind.constraints.checked(after, before)
        changed = changed_names(before, after)
        columns = self._columns(after) if changed else {}
        if columns and columns["unique_key"] != record.unique_key:
            self._refuse_namesake(columns["unique_key"], columns["display_name"], record.id)
        delta = self._apply(record.id, roster)
        if not changed and not delta:
            return _view(record)
        facts = {**columns, "version": record.version + 1, "updated_at": self._clock.now()}
        try:
            self._work.groups.update(record.id, facts)
        except DisplayNameTakenError as error:
            raise _taken(columns["display_name"], None) from error
        if changed:
            self._hold(record.id, columns["search"])
        if columns and columns["display_name"] != record.display_name:
            self._work.memberships.rename(record.id, columns["display_name"])
        journal = self._journal(replaces=replaces)
        made = journal.made(record.version + 1)
        journal.record("Group", record.id, [(type_, data | made) for type_, data in _happened(changed, delta)])
        written = replace(record, **facts)
        self._allocation.follow(record.id, record.display_name, written.display_name, delta)
        self._end_sessions(delta)
        return _view(written)

    @property
    def _ends_sessions(self) -> bool:
        return "groups" in self._policy.sessions.end_on

    def _end_sessions(self, delta: dict[str, list[str]]) -> None:
        """Let users whose groups changed sign in anew, where the policy wants more than the event of it."""
        moved = sorted({*delta.get("added", ()), *delta.get("removed", ())})
        if moved and self._ends_sessions:
            lifecycle = Lifecycle(self._work, self._clock, self._actor)
            lifecycle.end_access(moved, "groups_changed", spared=LASTING)

    def _columns(self, document: Document) -> dict[str, Any]:
        search = search_document(self._kind.model, document)
        key = folded_key(document["displayName"])
        unique = self._policy.groups.duplicate_display_name == "refuse"
        return {
            "display_name": document["displayName"],
            "display_name_key": key,
            "unique_key": key if unique else None,
            "external_id": search.get("externalid"),
            "document": text_of(document),
            "search": search,
        }

    def _hold(self, group_id: str, search: Mapping[str, Any]) -> None:
        """Let nobody else have the values that a schema calls unique."""
        if (keys := self._kind.constraints.unique(search)) is not None:
            self._work.unique_keys.hold(self.name, group_id, keys)

    def _refuse_namesake(self, unique_key: str | None, display_name: str, group_id: str) -> None:
        holder = None if unique_key is None else self._work.groups.holder(unique_key)
        if holder not in {None, group_id}:
            raise _taken(display_name, holder)

    def _apply(self, group_id: str, roster: Roster) -> dict[str, list[str]]:
        """Change the rows of members, and return whom that added and removed."""
        memberships = self._work.memberships
        if roster.cleared:
            delta = self._replace(group_id, roster.added)
        else:
            added = self._known(group_id, roster.added)
            delta = {
                "removed": memberships.remove(group_id, roster.dropped),
                "added": memberships.join(group_id, added),
            }
        return {name: ids for name, ids in delta.items() if ids}

    def _replace(self, group_id: str, members: Named) -> dict[str, list[str]]:
        """Let these be the members, by the names given now, and nobody else."""
        memberships = self._work.memberships
        present = memberships.shown(group_id)
        wanted = named_anew(members, present)
        written = self._known(group_id, wanted)
        removed = memberships.remove(group_id, present.keys() - members.keys())
        memberships.add(group_id, written)
        return {
            "added": [member.id for member in written if member.id not in present],
            "removed": removed,
            "renamed": [member.id for member in written if member.id in present],
        }

    def _known(self, group_id: str, wanted: Named) -> list[Member]:
        """Return those who exist, by the name the client gave or else their own; unknown ones are the dialect's."""
        late = wanted.keys() - self._held.keys()
        known = {**self._held, **(self._work.memberships.resolve(late) if late else {})}
        unknown = [id_ for id_ in wanted if id_ not in known]
        if group_id in wanted and group_id in known:
            raise InvalidValueException(detail="A group cannot be a member of itself.")
        if unknown and self._dialect.unknown_members == "refuse":
            raise InvalidValueException(detail=f"There is no user or group {unknown[0]} to be a member.")
        return [replace(known[id_], display=name or known[id_].display) for id_, name in wanted.items() if id_ in known]

    def _members_under(self, group_id: str, roster: Roster) -> list[Member]:
        """Return who is a member, or would be once the roster is applied."""
        present = [] if roster.cleared else self._work.memberships.of_group(group_id)
        known = self._work.memberships.resolve(roster.added)
        return [*present, *(replace(each, display=roster.added[each.id] or each.display) for each in known.values())]

    def _journal(self, *, replaces: bool = False) -> Journal:
        version, _ = self._work.policies.current()
        return Journal(self._work, self._actor, self._clock.now(), version, replaces)


def _happened(changed: list[str], delta: dict[str, list[str]]) -> list[tuple[str, dict[str, Any]]]:
    happened: list[tuple[str, dict[str, Any]]] = []
    if delta.get("renamed"):
        changed = [*changed, "members"]
    if changed:
        happened.append(("group.updated", {"changed": changed}))
    if added := delta.get("added"):
        happened.append(("group.member_added", {"members": added}))
    if removed := delta.get("removed"):
        happened.append(("group.member_removed", {"members": removed}))
    return happened


def _view(record: GroupRecord) -> View:
    created, updated = iso(record.created_at), iso(record.updated_at)
    return View(record.id, record.version, record.document, created, updated, active=None)


def _unknown(group_id: str) -> NotFoundException:
    return NotFoundException(detail=f"There is no group {group_id}.")


def _taken(display_name: str, holder: str | None) -> UniquenessException:
    whose = f"group {holder}" if holder else "another group"
    return UniquenessException(
        detail=f"The displayName {display_name!r} belongs to {whose}. Link to that group, or choose another name."
    )
