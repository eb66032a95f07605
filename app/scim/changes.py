"""What a request says of a resource: documents in, documents out, whoever read the request."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
from scim2_models import InvalidValueException, PatchOp, Resource, SCIMException

from app.lifecycle.commands import Schedule
from app.scim.mapping import Document, Model, resource_of, split_of
from app.scim.roster import CurrentMembers, Named, Roster, split
from app.scim.standing import DEACTIVATE_AT, URN, schedule_of


class Draft(Protocol):
    """What the body of a POST or PUT says a resource is."""

    @property
    def document(self) -> Document:
        """Return what is stored of it."""

    @property
    def active(self) -> bool | None:
        """Return its ``active``."""

    @property
    def members(self) -> Named | None:
        """Return its members, None if it does not mention them."""

    @property
    def schedule(self) -> Schedule | None:
        """Return when its access is to end, None if it does not mention that."""

    def over(self, current: Document) -> Document:
        """Return what is stored once it replaces another document (RFC 7644 §3.5.1)."""


def replaced(current: Document, draft: Draft) -> Document:
    """Return what is stored once a draft replaces a document; not to mention ``externalId`` leaves it as it is."""
    document = draft.over(current)
    if "externalId" in current:
        document.setdefault("externalId", current["externalId"])
    return document


@dataclass(frozen=True, slots=True)
class Patched:
    """What a PATCH makes of a resource."""

    document: Document
    active: bool | None = None
    roster: Roster = field(default_factory=Roster)
    deactivate_at: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A resource as a PATCH finds it: its document, what is kept apart, and who the members of a group are."""

    text: str
    active: bool | None = None
    deactivate_at: str | None = None
    members: CurrentMembers | None = None

    @property
    def apart(self) -> dict[str, Any]:
        """Return what a resource shows that its document leaves out."""
        shown: dict[str, Any] = {} if self.active is None else {"active": self.active}
        return shown if self.deactivate_at is None else {**shown, URN: {DEACTIVATE_AT: self.deactivate_at}}


class Patch(Protocol):
    """What the body of a PATCH does."""

    @property
    def roster(self) -> Roster:
        """Return what becomes of members, as far as that is known without looking at them."""

    def apply(self, stored: Stored) -> Patched:
        """Return what it makes of a resource."""


class ModelDraft:
    """A body that a model validated."""

    def __init__(self, model: Model, resource: Resource[Any], *, schedules: bool = False) -> None:
        """Hold a validated resource; ``schedules`` tells whether its body says when access ends."""
        self._model = model
        self._resource = resource
        self._schedules = schedules

    @property
    def document(self) -> Document:
        """Return what is stored of it."""
        return split_of(self._resource).document

    @property
    def schedule(self) -> Schedule | None:
        """Return when its access is to end, None if it does not mention that."""
        return schedule_of(split_of(self._resource).deactivate_at) if self._schedules else None

    @property
    def active(self) -> bool | None:
        """Return its ``active``."""
        active: bool | None = getattr(self._resource, "active", None)
        return active

    @property
    def members(self) -> Named | None:
        """Return its members, None if it does not mention them, or raise 400 saying that one has no id."""
        if "members" not in self._resource.model_fields_set:
            return None
        entries = getattr(self._resource, "members", None) or ()
        if any(not entry.value for entry in entries):
            raise InvalidValueException(detail='Every entry of members needs the id of a user or group as its "value".')
        return {entry.value: entry.display or None for entry in entries}

    def over(self, current: Document) -> Document:
        """Return what is stored once it replaces another document (RFC 7644 §3.5.1)."""
        self._resource.replace(resource_of(self._model, current))
        return self.document


class ModelPatch:
    """A PATCH that a model validated; None is one of which nothing was left to do."""

    def __init__(self, model: Model, patch_op: PatchOp[Any] | None) -> None:
        """Hold a validated PATCH of a resource of ``model``."""
        self._model = model
        self._patch_op = patch_op

    @property
    def roster(self) -> Roster:
        """Return what becomes of members, as far as that is known without looking at them."""
        with suppress(SCIMException):
            return split(self._patch_op.operations or (), lambda _: ())[0] if self._patch_op else Roster()
        return Roster()

    def apply(self, stored: Stored) -> Patched:
        """Return what it makes of a resource: members apart, all else on a model."""
        resource = resource_of(self._model, orjson.loads(stored.text), **stored.apart)
        roster, operations = Roster(), list(self._patch_op.operations or ()) if self._patch_op else []
        if stored.members is not None:
            roster, operations = split(operations, stored.members)
        if self._patch_op and operations:
            self._patch_op.model_copy(update={"operations": operations}).patch(resource)
        left = split_of(resource)
        return Patched(left.document, getattr(resource, "active", None), roster, left.deactivate_at)


@dataclass(frozen=True, slots=True)
class EitherPatch:
    """A PATCH that is tried in one way, and done in another where that gives up with `LookupError`."""

    usual: Patch
    otherwise: Callable[[], Patch]

    @property
    def roster(self) -> Roster:
        """Return what becomes of members, as far as that is known without looking at them."""
        return self.usual.roster

    def apply(self, stored: Stored) -> Patched:
        """Return what it makes of a resource."""
        try:
            return self.usual.apply(stored)
        except LookupError:
            return self.otherwise().apply(stored)
