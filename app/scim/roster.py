"""What a PATCH does to the members of a group: clear, add, drop; never the whole group (RFC 7644 §3.5.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scim2_models import Group, InvalidPathException, InvalidValueException, MutabilityException, PatchOperation, Path
from scim2_models.path import AttrPath, CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator

from app.db.records import Member

Operation = PatchOperation[Any]
MEMBERS = "members"
Named = dict[str, str | None]
"""Members by id, each with the name the client gives it, if it gives one."""


@dataclass
class Roster:
    """The sum of all operations on members, in the order they came."""

    cleared: bool = False
    added: Named = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)

    def add(self, members: Named) -> None:
        """Put members in, once each."""
        self.added |= members
        self.dropped -= members.keys()

    def drop(self, ids: Iterable[str]) -> None:
        """Take members out; who is none stays none."""
        for id_ in ids:
            self.added.pop(id_, None)
            self.dropped.add(id_)

    def replace(self, members: Named) -> None:
        """Let these be the members, and nobody else."""
        self.cleared, self.added, self.dropped = True, dict(members), set()

    def __bool__(self) -> bool:
        """Tell whether anything was said about members."""
        return self.cleared or bool(self.added or self.dropped)


CurrentMembers = Callable[[Roster], Iterable[Member]]
"""Who is a member once the operations before have been carried out."""


def split(operations: Sequence[Operation], current: CurrentMembers) -> tuple[Roster, list[Operation]]:
    """Take what concerns members out of a PATCH, and return it beside the other operations."""
    roster, others = Roster(), []
    for operation in operations:
        path, value = operation.path, operation.value
        if path is not None and path.parts and path.parts[0].lower() == MEMBERS:
            _apply(roster, operation, path, current)
        elif path is None and isinstance(value, dict):
            for name in filter(_names_members, value):
                _write(roster, operation.op, value[name])
            if rest := {name: item for name, item in value.items() if not _names_members(name)}:
                others.append(operation.model_copy(update={"value": rest}))
        else:
            others.append(operation)
    return roster, others


def named(value: Any) -> Named:
    """Return who stands in the value of ``members``, or raise 400 saying which entry has no id."""
    entries = value if isinstance(value, list) else [value]
    return {_member_id(entry, place): _display(entry) for place, entry in enumerate(entries, 1)}


def _display(entry: Any) -> str | None:
    display = entry.get("display")
    return display if isinstance(display, str) and display else None


def _member_id(entry: Any, place: int) -> str:
    id_ = entry.get("value") if isinstance(entry, dict) else None
    if not isinstance(id_, str) or not id_:
        raise InvalidValueException(
            detail=f'members (entry {place}) must be an object with the id of a user or group: {{"value": "…"}}.'
        )
    return id_


def _names_members(key: str) -> bool:
    return key.lower().rpartition(":")[2] == MEMBERS


def _apply(roster: Roster, operation: Operation, path: Path[Any], current: CurrentMembers) -> None:
    if len(path.parts) > 1:
        raise MutabilityException(detail=f"{path} cannot be changed; remove the member and add it again.")
    if path.value_filter is not None:
        if operation.op != PatchOperation.Op.remove:
            raise InvalidPathException(detail=f"Only a remove takes {path}; add members with the path 'members'.")
        roster.drop(_selected(path, roster, current))
    elif operation.op != PatchOperation.Op.remove:
        _write(roster, operation.op, operation.value)
    elif operation.value is None:
        roster.replace({})
    else:
        roster.drop(named(operation.value))


def _write(roster: Roster, op: Any, value: Any) -> None:
    if op == PatchOperation.Op.add:
        roster.add(named(value))
    else:
        roster.replace({} if value is None else named(value))


def _selected(path: Path[Any], roster: Roster, current: CurrentMembers) -> list[str]:
    """Return whom a filter selects; the usual ``value eq`` needs no look at the members."""
    ids = _named(path.value_filter)
    if ids is not None:
        return ids
    members = [{"value": member.id, "type": member.type, "display": member.display} for member in current(roster)]
    group = Group.model_validate({"displayName": "-", "members": members})
    return [entry.value for entry in Path[Group](str(path)).get(group) or ()]


def _named(node: FilterNode | None) -> list[str] | None:
    """Return the ids of ``value eq "…" or value eq "…"``, None for any other filter."""
    match node:
        case Comparison(AttrPath(attr=attr, sub_attr=None), CompareOperator.eq, str(id_)) if attr.lower() == "value":
            return [id_]
        case LogicalExpr(LogicalOperator.or_, terms):
            parts = [_named(term) for term in terms]
            return None if None in parts else [id_ for part in parts for id_ in part or ()]
        case _:
            return None
