"""Judge a database by itself: every change has its audit and outbox rows, and nothing is half there."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import orjson

from tests.flows.dump import Dump

GONE = {"tombstoned", "purged"}


def faults(rows: Dump, tenant_id: int) -> list[str]:
    """Return what does not fit together in the rows of a tenant."""
    own = {name: [row for row in found if row.get("tenant_id") == tenant_id] for name, found in rows.items()}
    checks = (_unpaired, _unexplained_users, _unexplained_groups, _wrong_lookups, _stray_members, _wrong_sessions)
    return [fault for check in checks for fault in check(own)]


def _unpaired(rows: Dump) -> Iterator[str]:
    """Yield audit entries without their event, and events without their entry."""
    entries = Counter((row["txn"], row["action"], row["subject_id"]) for row in rows["audit"])
    events = Counter((row["txn"], row["type"], row["subject_id"]) for row in rows["outbox"])
    yield from (f"told once: {what}" for what in (entries - events) + (events - entries))


def _unexplained_users(rows: Dump) -> Iterator[str]:
    """Yield users whose version is not the number of transactions that changed them, and changes of nobody."""
    transactions = _transactions(rows, "User")
    versions = {row["id"]: row["version"] for row in rows["users"]}
    for id_ in transactions.keys() | versions.keys():
        if len(transactions[id_]) != versions.get(id_):
            yield f"user {id_} has version {versions.get(id_)} after {len(transactions[id_])} transactions"


def _unexplained_groups(rows: Dump) -> Iterator[str]:
    """Yield groups whose version or members are not what the events add up to."""
    members: dict[str, set[str]] = defaultdict(set)
    changes: dict[str, set[str]] = defaultdict(set)
    for row in sorted(rows["outbox"], key=lambda row: row["seq"]):
        _replay(row, members, changes)
    kept: dict[str, set[str]] = defaultdict(set)
    for row in rows["members"]:
        kept[row["group_id"]].add(row["member_id"])
    for row in rows["groups"]:
        id_ = row["id"]
        if (kept[id_], row["version"]) != (members[id_], len(changes[id_])):
            yield f"group {id_}: {len(kept[id_])} members in version {row['version']}, not {len(members[id_])}"


def _replay(event: dict[str, Any], members: dict[str, set[str]], changes: dict[str, set[str]]) -> None:
    """Do to the members what the event says was done."""
    subject, told = event["subject_id"], orjson.loads(event["payload"])
    if event["type"] == "user.deleted":
        for group_id in [group_id for group_id, inside in members.items() if subject in inside]:
            members[group_id].remove(subject)
            changes[group_id].add(event["txn"])
    elif event["subject_type"] == "Group":
        changes[subject].add(event["txn"])
        arrived = told.get("added", []) + (told["members"] if event["type"] == "group.member_added" else [])
        members[subject] |= set(arrived)
        members[subject] -= set(told["members"] if event["type"] == "group.member_removed" else [])


def _wrong_lookups(rows: Dump) -> Iterator[str]:
    """Yield users whose lookup keys are not those of their document."""
    kept: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows["user_lookups"]:
        kept[row["user_id"]].add((row["path"], row["key"]))
    for row in rows["users"]:
        document = orjson.loads(row["document"])
        values = {
            (f"{name}.value", entry["value"].lower())
            for name in ("emails", "roles")
            for entry in document.get(name, [])
        }
        if kept.pop(row["id"], set()) != values:
            yield f"user {row['id']} has other lookup keys than its document"
    yield from (f"lookup keys of nobody: {id_}" for id_ in kept)


def _stray_members(rows: Dump) -> Iterator[str]:
    """Yield memberships of groups or users that are not there."""
    groups = {row["id"] for row in rows["groups"]}
    live = {row["id"] for row in rows["users"] if row["state"] not in GONE} | groups
    for row in rows["members"]:
        if row["group_id"] not in groups or row["member_id"] not in live:
            yield f"{row['member_id']} is a member of {row['group_id']}, and one of them is not there"


def _wrong_sessions(rows: Dump) -> Iterator[str]:
    """Yield sessions that are open though their user is not active, or has entered another epoch."""
    users = {row["id"]: row for row in rows["users"]}
    for row in rows["sessions"]:
        user = users[row["user_id"]]
        if row["ended_at"] is None and (user["state"] != "active" or user["session_epoch"] != row["epoch"]):
            yield f"session {row['id']} is open in epoch {row['epoch']} of a user {user['state']}"


def _transactions(rows: Dump, subject_type: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows["audit"]:
        if row["subject_type"] == subject_type:
            found[row["subject_id"]].add(row["txn"])
    return found
