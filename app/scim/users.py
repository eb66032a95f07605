"""The users as SCIM sees them: every write becomes commands of the lifecycle, whatever its spelling."""

from __future__ import annotations

import orjson
from scim2_models import NotFoundException

from app.db.query import Page, Walk
from app.db.records import Found, View
from app.lifecycle.clock import iso
from app.lifecycle.commands import Schedule
from app.lifecycle.journal import changed_names
from app.lifecycle.ports import UserRecord
from app.lifecycle.refusals import Code, Refused
from app.lifecycle.service import Lifecycle, Outcome, policy_of
from app.lifecycle.states import State
from app.scim.changes import Draft, Patch, Stored, replaced
from app.scim.mapping import Document, Kind, profile_of
from app.scim.paging import Search
from app.scim.preconditions import Conditions, check_write
from app.scim.projection import Projection
from app.scim.render import Groups
from app.scim.scope import RequestScope
from app.scim.standing import LIFECYCLE, schedule_of, shown, spliced
from app.scim.trees import Tree


class UserDirectory:
    """Serve ``/Users`` in one unit of work."""

    name = "User"

    def __init__(self, scope: RequestScope, kind: Kind) -> None:
        """Serve one request; who acts in it owns what it creates."""
        self._work = scope.work
        self._actor = scope.actor
        self._clock = scope.clock
        self._renderer = scope.renderer
        self._kind = kind
        self._latest: Lifecycle | None = None

    def create(self, draft: Draft) -> View:
        """Create a user, or bring back the one this connection had."""
        document = self._kind.constraints.checked(draft.document, {})
        profile, active = profile_of(self._kind, document), draft.active is not False
        lifecycle = self._lifecycle()
        return _view(lifecycle.provision(str(self._actor.id), profile, active=active, schedule=draft.schedule))

    def replace(self, user_id: str, draft: Draft, conditions: Conditions) -> View:
        """Replace a user; what says nothing about ``active`` or ``externalId`` leaves them as they are."""
        lifecycle = self._lifecycle().replacing()
        record = self._locked(lifecycle, user_id, conditions, "PUT")
        after = replaced(orjson.loads(record.document), draft)
        active = _active(record) if draft.active is None else draft.active
        return self._change(lifecycle, record, after, active, draft.schedule)

    def patch(self, user_id: str, patch: Patch, conditions: Conditions) -> View:
        """Apply a PATCH as a whole."""
        lifecycle = self._lifecycle()
        record = self._locked(lifecycle, user_id, conditions, "PATCH")
        before = None if record.deactivate_at is None else iso(record.deactivate_at)
        patched = patch.apply(Stored(record.document, _active(record), before))
        schedule = None if patched.deactivate_at == before else schedule_of(patched.deactivate_at)
        return self._change(lifecycle, record, patched.document, patched.active, schedule)

    def delete(self, user_id: str, conditions: Conditions) -> None:
        """Tombstone a user."""
        lifecycle = self._lifecycle()
        try:
            lifecycle.delete(self._locked(lifecycle, user_id, conditions, "DELETE"))
        except Refused as refused:
            if refused.first.code == Code.MASS_CHANGE_HELD:
                self._work.held[user_id] = None
            raise

    def view(self, user_id: str, projection: Projection) -> View:
        """Return a user, or raise 404."""
        view = self._work.users.view(user_id, with_groups=projection.wants("groups"))
        if view is None:
            raise NotFoundException(detail=f"There is no user {user_id}.")
        return view

    def rendered(self, views: list[View], projection: Projection) -> list[bytes]:
        """Return users as JSON; the groups of one that was just written are read here."""
        rendered = [self._renderer.user(view, *self._groups(view, projection)) for view in views]
        asked = projection.requested(LIFECYCLE)
        if asked is not None:
            return self._with_standing(views, rendered, projection, asked)
        return projection.applied(rendered, without="groups")

    def page(self, search: Search, page: Page | Walk) -> Found:
        """Return a page of the users that match."""
        return self._work.users.page(search.at(page), with_groups=search.projection.wants("groups"))

    def _groups(self, view: View, projection: Projection) -> tuple[Groups, Groups]:
        """Return the groups that a user is in: directly, and through others."""
        if view.groups is not None:
            return view.groups, view.indirect
        return ((), ()) if not projection.wants("groups") else self._work.memberships.groups_of(view.id)

    def _with_standing(self, views: list[View], texts: list[bytes], projection: Projection, asked: Tree) -> list[bytes]:
        """Return users as JSON, with where they stand in their lives."""
        policy = policy_of(self._work.policies.current()[1])
        standings = self._work.users.standings([view.id for view in views])
        found = []
        for view, text in zip(views, texts, strict=True):
            standing = standings.get(view.id)
            extension = {} if standing is None else shown(standing, policy, asked)
            found.append(orjson.dumps(projection.kept(spliced(orjson.loads(text), extension))))
        return found

    def _lifecycle(self) -> Lifecycle:
        """Return what acts at this moment; what many operations of a bulk request do in one moment, one does."""
        if self._latest is None or self._latest.now != self._clock.now():
            self._latest = Lifecycle(self._work, self._clock, self._actor)
        return self._latest

    def _locked(self, lifecycle: Lifecycle, user_id: str, conditions: Conditions, method: str) -> UserRecord:
        record = lifecycle.find(user_id)
        check_write(conditions, record.version, method)
        return record

    def _change(
        self,
        lifecycle: Lifecycle,
        record: UserRecord,
        after: Document,
        active: bool | None,  # noqa: FBT001
        schedule: Schedule | None,
    ) -> View:
        """Let the lifecycle write what differs; access is told again where it should have ended already."""
        before = orjson.loads(record.document)
        after = self._kind.constraints.checked(after, before)
        changed = changed_names(before, after)
        assigned = active is not None
        if assigned is not record.active_assigned:
            changed.append("active")
        profile = profile_of(self._kind, after, before, active_assigned=assigned) if changed else None
        return _view(lifecycle.change(record, profile=profile, active=active, changed=changed, schedule=schedule))


def _active(record: UserRecord) -> bool | None:
    return record.state is State.ACTIVE if record.active_assigned else None


def _view(outcome: Outcome) -> View:
    record = outcome.record
    return View(
        record.id,
        record.version,
        record.document,
        iso(record.created_at),
        iso(record.updated_at),
        _active(record),
        groups=() if outcome.created else None,
    )
