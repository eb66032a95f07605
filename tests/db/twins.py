"""Two tenants whose rows bear the same ids and say different things."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from app.db.deliveries import Attempt, Settled
from app.db.endpoints import Endpoint
from app.db.precheck import Precheck
from app.db.records import Connection as Link
from app.db.records import Credential, GroupRecord, Hold, Member, ResourceRecord, Trust, WorkItem
from app.db.request_log import Request
from app.db.reviews import Review
from app.db.rows import Row
from app.db.sessions import Session
from app.db.sign_ons import SignOn
from app.db.signing_keys import SigningKey
from app.db.work import Work
from app.lifecycle.effects import Owe
from app.lifecycle.ports import AuditEntry, Event, Profile, UserRecord
from app.lifecycle.states import State
from app.lifecycle.subject import WorkCount
from app.lifecycle.surges import SurgeRecord, SurgeState

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HASH = "0" * 64
CHANGED = {"version": 2, "external_id": "x", "document": "{}", "search": {}, "updated_at": NOW}


def profile(name: str, mark: str) -> Profile:
    """Return what is kept of a user; every text says whose it is."""
    lookups = frozenset({("emails.value", f"{name}@{mark}"), ("roles.value", "owner"), ("roles.value", mark)})
    search = {"username": name, "displayname": mark}
    return Profile(name, name, "ext", mark, mark, f'{{"of":"{mark}"}}', search, lookups)


def user(id_: str, name: str, mark: str, state: State = State.ACTIVE) -> UserRecord:
    """Return a user, due to be purged if it is a tombstone."""
    due = NOW if state is State.TOMBSTONED else None
    gone = NOW if state is not State.ACTIVE else None
    return UserRecord(
        id=id_,
        connection_id="c1",
        state=state,
        active_assigned=True,
        reason=mark,
        version=1,
        user_name=name,
        user_name_key=name,
        external_id="ext",
        display_name=mark,
        document=f'{{"of":"{mark}"}}',
        created_at=NOW,
        updated_at=NOW,
        deactivated_at=gone,
        tombstoned_at=due,
        purge_after=due,
        session_epoch=0,
        signed_in=None,
        former_groups=(),
        roles=frozenset(),
    )


def group(id_: str, mark: str) -> GroupRecord:
    """Return a group."""
    return GroupRecord(id_, "c1", 1, f"{id_} {mark}", id_, id_, None, f'{{"of":"{mark}"}}', {"of": mark}, NOW, NOW)


def resource(id_: str, mark: str) -> ResourceRecord:
    """Return a resource of an operator's type."""
    return ResourceRecord("Device", id_, 1, "ext", f'{{"of":"{mark}"}}', {"of": mark}, NOW, NOW)


def session(sid: str, user_id: str, mark: str) -> Session:
    """Return an open session."""
    return Session(
        sid, user_id, "local", mark, mark, 0, NOW, None, idp_iss="issuer", idp_sub=sid, idp_sid=sid, last_seen_at=NOW
    )


def sign_on(connection_id: str, mark: str) -> SignOn:
    """Return where users sign in, at an issuer that both tenants know."""
    return SignOn(connection_id, "issuer", mark, mark)


def link(id_: str, mark: str) -> Link:
    """Return an identity provider's connection."""
    return Link(id_, id_, mark, "scim", NOW)


def credential(id_: str, mark: str) -> Credential:
    """Return a token of the connection."""
    return Credential(id_, "scim", "c1", mark, "scim", "abcd", NOW)


def signing_key(kid: str, mark: str) -> SigningKey:
    """Return a key to sign with."""
    return SigningKey(kid, mark, mark, NOW, NOW, NOW)


def trust(connection_id: str, mark: str) -> Trust:
    """Return the trust in an issuer that both tenants know."""
    return Trust(connection_id, "issuer", mark, mark)


def hold(id_: str, user_id: str, mark: str) -> Hold:
    """Return a legal hold."""
    return Hold(id_, user_id, mark, mark, NOW, mark)


def owed(code: str, mark: str) -> Owe:
    """Return what somebody has to do."""
    return Owe(code, mark, {"of": mark})


def review(id_: str, mark: str) -> Review:
    """Return a review that is open."""
    return Review(id_, NOW, mark, NOW)


def surge(id_: str, mark: str, state: SurgeState = "rejected") -> SurgeRecord:
    """Return a mass change."""
    return SurgeRecord(id_, "deletions", state, NOW, 3, 60, reason=mark)


def item(id_: str, owner: str | None, mark: str) -> WorkItem:
    """Return a thing that somebody owns."""
    return WorkItem("task", id_, owner, mark, mark, mark)


def precheck(mark: str) -> Precheck:
    """Return where the host application is asked."""
    return Precheck(f"https://{mark}.example/", mark, NOW)


def entry(subject: str, mark: str) -> AuditEntry:
    """Return an entry of the audit trail."""
    return AuditEntry(NOW, mark, "api", None, mark, "user.created", "User", subject, None, 1, {"of": mark})


def event(subject: str, mark: str) -> Event:
    """Return an event."""
    told = {"id": subject, "actor": {"type": "connection", "id": mark}, "state": "active"}
    return Event(NOW, mark, "user.created", "User", subject, told)


def endpoint(id_: str, mark: str) -> Endpoint:
    """Return somebody who is told of events."""
    return Endpoint(id_, "webhook", mark, f"https://{mark}.example/", ("*",), {"of": mark}, mark, NOW, NOW)


def delivery(endpoint_id: str, id_: str, seq: int) -> dict[str, Any]:
    """Return an event on its way."""
    return {"endpoint_id": endpoint_id, "position": seq, "form": id_, "id": id_, "event_seq": seq, "created_at": NOW}


def attempt(delivery_id: str, mark: str) -> Attempt:
    """Return a try."""
    return Attempt(delivery_id, mark, NOW, "failed", 500, mark, 7, mark)


def add_resources(work: Work, mark: str, only: str) -> None:
    """Fill the tables of an operator's resources and of unique values, one of which a deleted user has yielded."""
    for id_ in ("d1", only):
        work.resources.add(resource(id_, mark))
        work.unique_keys.hold("Device", id_, {("Device", "code", id_)})
    for id_ in ("u3", "u1"):
        work.unique_keys.hold("User", id_, {("User", "code", "yielded")})
    work.unique_keys.release("User", "u1")


def request(id_: str, mark: str) -> Request:
    """Return a request about a user that both have."""
    said = "GET", "/Users", mark, "u1", 400, 1, mark, mark, mark, None
    return Request(id_, NOW - timedelta(1), mark, *said)


def add_governance(work: Work, mark: str, only: str) -> None:
    """Fill the tables of reviews and mass changes: one that waits, and one that is over."""
    for id_, completed_at in ((only, NOW), ("r1", None)):
        assert work.reviews.begin(review(id_, mark)) == 2
        work.reviews.mark(id_, completed_at=completed_at)
    work.surges.add(surge("s1", mark, "held"))
    work.surges.add(surge(only, mark))
    for id_, user_id in (("s1", "u1"), (only, only)):
        work.surges.hold(id_, [user_id], "c1", NOW)


def populate(work: Work, mark: str, only: str) -> None:
    """Fill all tables of a tenant with ids that its twin has, and with one of each kind that it has alone."""
    work.policies.add(1, mark, author=mark, reason=None, created_at=NOW)
    for id_ in ("c1", only):
        work.connections.add(link(id_, mark))
        work.credentials.add(credential(id_, mark), id_.rjust(64, "0"))
        work.trusts.add(trust(id_, mark))
        work.seen_jtis.add(mark, id_, NOW)
        work.sign_ons.put(sign_on(id_, mark))
        work.signing_keys.add(signing_key(id_, mark))
    work.connections.add(link("c2", mark))
    work.credentials.add(replace(credential("a1", mark), kind="access", expires_at=NOW), "a1".rjust(64, "0"))
    states = {"u1": State.ACTIVE, "u2": State.INACTIVE, "u3": State.TOMBSTONED, only: State.ACTIVE}
    for id_, state in states.items():
        work.users.add(user(id_, f"name-{id_}", mark, state), profile(f"name-{id_}", mark))
    work.users.add(user(f"{only}-due", "due", mark, State.TOMBSTONED), profile("due", mark))
    for id_ in ("g1", only):
        work.groups.add(group(id_, mark))
        work.memberships.add(id_, [Member("u1", "User", mark), Member(only, "User", mark)])
    add_resources(work, mark, only)
    for sid, owner in (("s1", "u1"), (only, only)):
        work.sessions.add(session(sid, owner, mark), sid.rjust(64, "0"))
        work.sessions.add(session(f"{sid}-over", owner, mark), f"{sid}-over".rjust(64, "0"))
        work.sessions.end(f"{sid}-over", NOW, mark)
    work.request_log.add([request(id_, mark) for id_ in ("0", only)])
    for id_, owner in (("h1", "u1"), (only, only)):
        work.holds.add(hold(id_, owner, mark))
        work.obligations.open(owner, [owed(f"code-{mark}", mark)], NOW)
        work.entitlements.take(owner, "licence", mark, NOW)
        work.work_items.put([item(id_.replace("h", "t"), owner, mark)], NOW)
        work.work_items.put_counts(owner, [WorkCount("task", mark, mark, 3)])
    work.work_items.put([item("free", None, mark)], NOW)
    work.prechecks.put(precheck(mark))
    add_governance(work, mark, only)
    for deleted in ("u3", only):
        work.approvals.add(deleted, mark, NOW)
    for subject in ("u1", only):
        work.audit.add([entry(subject, mark)])
        work.outbox.add([event(subject, mark)])
        assert work.outbox.of(subject)
    for placed, id_ in zip(work.relay.place(9), ("e1", only), strict=True):
        work.endpoints.add(endpoint(id_, mark))
        for delivery_id in (id_.replace("e", "d"), f"{id_} settled"):
            work.deliveries.add([delivery(id_, delivery_id, placed.seq)])
            work.deliveries.log([attempt(delivery_id, mark)])
        work.deliveries.settle([Settled(f"{id_} settled", "delivered", 1, NOW)])
        work.chores.claim("purge" if id_ == "e1" else id_, NOW, NOW)
    assert work.audit_chain.seal(1, NOW) == 1
    work.outbox.add([event("u2", mark)])


def rows_of(connection: Connection, tenant_id: int) -> dict[str, list[Any]]:
    """Return all rows of a tenant, in the transaction of another one."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT set_config('scim_lifecycle.tenant', %s, true)", (str(tenant_id),))
    tables = [table for table in Row.metadata.sorted_tables if "tenant_id" in table.c]
    return {
        table.name: sorted(map(repr, connection.execute(select(table).where(table.c.tenant_id == tenant_id))))
        for table in tables
    }
