"""The users as SCIM sees them: every write becomes commands of the lifecycle, whatever its spelling."""

from __future__ import annotations

from typing import Any

import orjson
from scim2_models import NotFoundException, PatchOp, Resource

from app.db.query import Page, Walk
from app.db.records import Found, View
from app.lifecycle.clock import iso
from app.lifecycle.ports import UserRecord
from app.lifecycle.service import Lifecycle, Outcome
from app.lifecycle.states import State
from app.scim.mapping import Model, changed_names, document_of, profile_of, resource_of
from app.scim.paging import Search
from app.scim.preconditions import Conditions, check_write
from app.scim.projection import Projection
from app.scim.render import Groups
from app.scim.scope import RequestScope


class UserDirectory:
    """Serve ``/Users`` in one unit of work."""

    name = "User"

    def __init__(self, scope: RequestScope, model: Model) -> None:
        """Serve one request; who acts in it owns what it creates."""
        self._work = scope.work
        self._actor = scope.actor
        self._clock = scope.clock
        self._renderer = scope.renderer
        self._model = model

    def create(self, resource: Resource[Any]) -> View:
        """Create a user, or bring back the one this connection had."""
        lifecycle = self._lifecycle()
        profile = profile_of(self._model, document_of(resource))
        active = getattr(resource, "active", None)
        return _view(lifecycle.provision(str(self._actor.id), profile, active=active is not False))

    def replace(self, user_id: str, replacement: Resource[Any], conditions: Conditions) -> View:
        """Replace a user; what says nothing about ``active`` or ``externalId`` leaves them as they are."""
        lifecycle = self._lifecycle()
        record = self._locked(lifecycle, user_id, conditions, "PUT")
        current = self._resource(record)
        replacement.replace(current)
        for kept in ("active", "external_id"):
            if getattr(replacement, kept) is None:
                setattr(replacement, kept, getattr(current, kept))
        return self._change(lifecycle, record, replacement)

    def patch(self, user_id: str, patch_op: PatchOp[Any] | None, conditions: Conditions) -> View:
        """Apply a PATCH as a whole; None is one of which nothing was left to do."""
        lifecycle = self._lifecycle()
        record = self._locked(lifecycle, user_id, conditions, "PATCH")
        resource = self._resource(record)
        if patch_op is not None:
            patch_op.patch(resource)
        return self._change(lifecycle, record, resource)

    def delete(self, user_id: str, conditions: Conditions) -> None:
        """Tombstone a user."""
        lifecycle = self._lifecycle()
        lifecycle.delete(self._locked(lifecycle, user_id, conditions, "DELETE"))

    def view(self, user_id: str, projection: Projection) -> View:
        """Return a user, or raise 404."""
        view = self._work.users.view(user_id, with_groups=projection.wants("groups"))
        if view is None:
            raise NotFoundException(detail=f"There is no user {user_id}.")
        return view

    def rendered(self, views: list[View], projection: Projection) -> list[str]:
        """Return users as JSON; the groups of one that was just written are read here."""
        texts = [self._renderer.user(view, *self._groups(view, projection)) for view in views]
        return [projection.apply(text) for text in texts] if projection else texts

    def page(self, search: Search, page: Page | Walk) -> Found:
        """Return a page of the users that match."""
        return self._work.users.page(search.at(page), with_groups=search.projection.wants("groups"))

    def _groups(self, view: View, projection: Projection) -> tuple[Groups, Groups]:
        """Return the groups that a user is in: directly, and through others."""
        if view.groups is not None or not projection.wants("groups"):
            return view.groups or (), view.indirect
        return self._work.memberships.groups_of(view.id)

    def _lifecycle(self) -> Lifecycle:
        return Lifecycle(self._work, self._clock, self._actor)

    def _locked(self, lifecycle: Lifecycle, user_id: str, conditions: Conditions, method: str) -> UserRecord:
        record = lifecycle.find(user_id)
        check_write(conditions, record.version, method)
        return record

    def _resource(self, record: UserRecord) -> Resource[Any]:
        document = orjson.loads(record.document)
        active = record.state is State.ACTIVE if record.active_assigned else None
        return resource_of(self._model, document, id=record.id, active=active)

    def _change(self, lifecycle: Lifecycle, record: UserRecord, resource: Resource[Any]) -> View:
        """Let the lifecycle write what differs; access is told again where it should have ended already."""
        before, after = orjson.loads(record.document), document_of(resource)
        changed = changed_names(before, after)
        active: bool | None = getattr(resource, "active", None)
        assigned = active is not None
        if assigned is not record.active_assigned:
            changed.append("active")
        profile = profile_of(self._model, after, active_assigned=assigned) if changed else None
        return _view(lifecycle.change(record, profile=profile, active=active, changed=changed))


def _view(outcome: Outcome) -> View:
    record = outcome.record
    return View(
        record.id,
        record.version,
        record.document,
        iso(record.created_at),
        iso(record.updated_at),
        record.state is State.ACTIVE if record.active_assigned else None,
    )
