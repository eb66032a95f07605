"""What a transaction has still to write: new users until anything else is said, its journal until the commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from app.db.insertion import Insertion
from app.db.rows import AuditRow, OutboxRow, UserLookupRow, UserRow
from app.db.waiting import forget, settle, wait
from app.lifecycle.refusals import Refused, user_name_taken

Rows = list[dict[str, Any]]

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
        self._users: Rows = []
        self._lookups: Rows = []
        self._patient = True
        self.entries: Rows = []
        self.events: Rows = []

    def add_user(self, user: dict[str, Any], lookups: Sequence[dict[str, Any]]) -> None:
        """Insert a user soon; one who came first with the same userName is refused as taken."""
        self._users.append(user)
        self._lookups += lookups
        wait(self._connection, self._write_users)
        if not self._patient:
            settle(self._connection)

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
        users, journal = self._taken(), {"audit": self.entries, "outbox": self.events}
        if users:
            self._insert(_ALL, {**users, **journal})
        elif self.entries or self.events:
            _JOURNAL.run(self._connection, journal)
        self.entries, self.events = [], []

    def count(self, type_: str) -> int:
        """Return how many events of a type wait."""
        return sum(event["type"] == type_ for event in self.events)

    def caused(self, action: str, actor_type: str) -> int:
        """Return how many entries wait of an action by one kind of actor."""
        return sum(each["action"] == action and each["actor_type"] == actor_type for each in self.entries)

    def mark(self) -> tuple[int, int]:
        """Return how much of the journal waits now."""
        return len(self.entries), len(self.events)

    def forget(self, mark: tuple[int, int]) -> None:
        """Drop what came since ``mark``, when no user waited."""
        forget(self._connection)
        self._taken()
        del self.entries[mark[0] :], self.events[mark[1] :]

    def settle(self) -> None:
        """Write the users that wait."""
        settle(self._connection)

    def _write_users(self) -> None:
        self._insert(_USERS, self._taken())

    def _taken(self) -> dict[str, Rows]:
        """Return the users that wait no more."""
        users, self._users = self._users, []
        lookups, self._lookups = self._lookups, []
        return {"users": users, "user_lookups": lookups} if users else {}

    def _insert(self, insertion: Insertion, rows: dict[str, Rows]) -> None:
        try:
            insertion.run(self._connection, rows)
        except IntegrityError as error:
            raise Refused([user_name_taken("of another request")]) from error
