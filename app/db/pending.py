"""What a transaction has still to write: new users until anything else is said, its journal until the commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from app.db.insertion import Insertion, Made
from app.db.rows import AuditRow, OutboxRow, UserLookupRow, UserRow
from app.db.waiting import forget, settle, wait
from app.lifecycle.refusals import Refused, user_name_taken

Of = tuple[str, ...]
"""What can be asked of a row that waits: the type of an event, or the action of an entry and the kind of its actor."""

_USERS = Insertion(UserRow, UserLookupRow)
_JOURNAL = Insertion(AuditRow, OutboxRow)
_ALL = Insertion(UserRow, UserLookupRow, AuditRow, OutboxRow)


class Pending:
    """Rows in the order they came, which are inserted together.

    New users wait for the next statement, whatever it is; nobody reads audit entries and events before the commit.
    """

    def __init__(self, connection: Connection) -> None:
        """Let nothing wait yet."""
        self._connection = connection
        self._users: list[Made] = []
        self._lookups: list[Made] = []
        self._patient = True
        self._entries: list[tuple[Of, Made]] = []
        self._events: list[tuple[Of, Made]] = []

    def add_user(self, user: dict[str, Any], lookups: Sequence[dict[str, Any]]) -> None:
        """Insert a user soon; one who came first with the same userName is refused as taken."""
        self._users.append(_ALL.made(self._connection, "users", user))
        self._lookups += [_ALL.made(self._connection, "user_lookups", each) for each in lookups]
        wait(self._connection, self._write_users)
        if not self._patient:
            settle(self._connection)

    def add_entry(self, entry: dict[str, Any]) -> None:
        """Insert an audit entry with the commit."""
        self._entries.append(((entry["action"], entry["actor_type"]), _ALL.made(self._connection, "audit", entry)))

    def add_event(self, event: dict[str, Any]) -> None:
        """Insert an event with the commit."""
        self._events.append(((event["type"],), _ALL.made(self._connection, "outbox", event)))

    @contextmanager
    def patience(self, patient: bool) -> Iterator[None]:  # noqa: FBT001
        """Say whether users may wait, or somebody wants to know of each whether there is a place for it."""
        before, self._patient = self._patient, patient
        try:
            yield
        finally:
            self._patient = before

    def write(self) -> None:
        """Write all that waits."""
        forget(self._connection)
        users = self._taken()
        journal = {"audit": [row for _, row in self._entries], "outbox": [row for _, row in self._events]}
        if users:
            self._insert(_ALL, {**users, **journal})
        elif self._entries or self._events:
            _JOURNAL.write(self._connection, journal)
        self._entries, self._events = [], []

    def count(self, type_: str) -> int:
        """Return how many events of a type wait."""
        return sum(of == (type_,) for of, _ in self._events)

    def caused(self, action: str, actor_type: str) -> int:
        """Return how many entries wait of an action by one kind of actor."""
        return sum(of == (action, actor_type) for of, _ in self._entries)

    def mark(self) -> tuple[int, int]:
        """Return how much of the journal waits now."""
        return len(self._entries), len(self._events)

    def forget(self, mark: tuple[int, int]) -> None:
        """Drop what came since ``mark``, when no user waited."""
        forget(self._connection)
        self._taken()
        del self._entries[mark[0] :], self._events[mark[1] :]

    def settle(self) -> None:
        """Write the users that wait."""
        settle(self._connection)

    def _write_users(self) -> None:
        self._insert(_USERS, self._taken())

    def _taken(self) -> dict[str, list[Made]]:
        """Return the users that wait no more."""
        users, self._users = self._users, []
        lookups, self._lookups = self._lookups, []
        return {"users": users, "user_lookups": lookups} if users else {}

    def _insert(self, insertion: Insertion, rows: dict[str, list[Made]]) -> None:
        try:
            insertion.write(self._connection, rows)
        except IntegrityError as error:
            raise Refused([user_name_taken("of another request")]) from error
