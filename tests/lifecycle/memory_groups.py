"""Groups in memory, which write down every write."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from app.db.records import Member
from app.lifecycle.ports import UserRecord
from app.lifecycle.states import State


@dataclass
class Memberships:
    """Groups as dictionaries of members."""

    writes: list[str]
    users: dict[str, UserRecord]
    groups: dict[str, dict[str, str | None]] = field(default_factory=dict)

    def add(self, group_id: str, members: Sequence[Member]) -> None:
        """Put members into a group."""
        self.groups[group_id] |= {member.id: member.display for member in members}

    def of_group(self, group_id: str) -> list[Member]:
        """Return the members of a group."""
        return [Member(id_, "User", display) for id_, display in sorted(self.groups[group_id].items())]

    def leave_all(self, member_id: str) -> list[str]:
        """Take a member out of all its groups."""
        left = [name for name, members in self.groups.items() if member_id in members]
        self.writes.extend(f"leave {name}" for name in left)
        for name in left:
            del self.groups[name][member_id]
        return sorted(left)

    def rejoin(self, member_id: str, display: str, group_ids: Sequence[str]) -> None:
        """Put a user back into its groups."""
        for name in group_ids:
            self.writes.append(f"rejoin {name}")
            self.groups[name][member_id] = display

    def rename(self, member_id: str, display: str | None) -> None:
        """Show the new name everywhere."""
        for members in self.groups.values():
            if member_id in members:
                self.writes.append("rename")
                members[member_id] = display

    def among(self, member_id: str, keys: Collection[str]) -> frozenset[str]:
        """Return which of these groups a member is in."""
        return self._with({member_id}, keys)

    def staffed(self, keys: Collection[str], but: str = "") -> frozenset[str]:
        """Return which of these groups have an active member."""
        return self._with({user.id for user in self.users.values() if user.state is State.ACTIVE} - {but}, keys)

    def _with(self, ids: Collection[str], keys: Collection[str]) -> frozenset[str]:
        return frozenset(name.lower() for name, members in self.groups.items() if members.keys() & ids) & set(keys)
