"""What a client believes about its own users, and how each of its writes changes that."""

import random
from dataclasses import dataclass, field, replace
from typing import Any

from tests.flows.dump import Dump
from tests.flows.server import Answer
from tests.flows.tenants import Directory

GROUPS = ("everyone", "staff")


@dataclass(frozen=True)
class Belief:
    """The state and display name of each user, and which users are in which group."""

    users: dict[str, tuple[str, str]] = field(default_factory=dict)
    members: frozenset[tuple[str, str]] = frozenset()

    def live(self) -> list[str]:
        """Return the names of the users that are not deleted."""
        return [name for name, (state, _) in self.users.items() if state != "tombstoned"]


@dataclass(frozen=True)
class Write:
    """One write: what is done, to whom, and with which value."""

    kind: str
    name: str
    value: str = ""

    def upon(self, belief: Belief) -> Belief:
        """Return the belief after this write."""
        pair, (state, shown) = (self.value, self.name), belief.users.get(self.name, ("", ""))
        match self.kind:
            case "create":
                return replace(belief, users={**belief.users, self.name: ("active", self.value)})
            case "rename":
                return replace(belief, users={**belief.users, self.name: (state, self.value)})
            case "switch":
                return replace(belief, users={**belief.users, self.name: (self.value, shown)})
            case "join":
                return replace(belief, members=belief.members | {pair})
            case "leave":
                return replace(belief, members=belief.members - {pair})
            case _:
                left = frozenset(pair for pair in belief.members if pair[1] != self.name)
                return Belief({**belief.users, self.name: ("tombstoned", shown)}, left)

    def send(self, directory: Directory, ids: dict[str, str], groups: dict[str, str]) -> Answer:
        """Ask the server for this write."""
        match self.kind:
            case "create":
                answer = directory.create(self.name, displayName=self.value)
                if answer.status == 201:
                    ids[self.name] = answer.body["id"]
                return answer
            case "rename":
                return directory.patch(ids[self.name], displayName=self.value)
            case "switch":
                return directory.patch(ids[self.name], active=self.value == "active")
            case "delete":
                return directory.delete(ids[self.name])
        operation: dict[str, Any] = {"op": "add", "path": "members", "value": [{"value": ids[self.name]}]}
        if self.kind == "leave":
            operation = {"op": "remove", "path": f'members[value eq "{ids[self.name]}"]'}
        return directory.operate("Groups", groups[self.value], operation)


def next_write(belief: Belief, owner: str, chance: random.Random) -> Write:
    """Choose a write that changes something."""
    live, number = belief.live(), len(belief.users)
    if len(live) < 2 or chance.random() < 0.25:
        return Write("create", f"{owner}-{number}", f"Nr. {number}")
    name, group = chance.choice(live), chance.choice(GROUPS)
    state, shown = belief.users[name]
    kind = chance.choice(["rename", "switch", "member", "member", "delete"])
    if kind == "member":
        return Write("leave" if (group, name) in belief.members else "join", name, group)
    values = {"rename": shown + "!", "switch": "inactive" if state == "active" else "active", "delete": ""}
    return Write(kind, name, values[kind])


def truth(rows: Dump, owner: str, groups: dict[str, str]) -> Belief:
    """Return what the database says of a client's users."""
    own = [row for row in rows["users"] if row["user_name"].startswith(f"{owner}-")]
    names, titles = {row["id"]: row["user_name"] for row in own}, {id_: name for name, id_ in groups.items()}
    pairs = [(titles[row["group_id"]], names.get(row["member_id"])) for row in rows["members"]]
    users = {row["user_name"]: (row["state"], row["display_name"]) for row in own}
    return Belief(users, frozenset((title, name) for title, name in pairs if name))
