"""A connection that a thread keeps from one request to the next.

Taking one from the pool and giving it back costs as much as reading a row by its key.
"""

from __future__ import annotations

from threading import local
from typing import cast
from weakref import WeakSet

from sqlalchemy import Connection, Engine, QueuePool


class _Mine(local):
    """What this thread keeps while nobody uses it."""

    connection: Connection | None = None


class Keeping:
    """Lend the connections of an engine, and let threads keep one each; whoever needs more takes it from the pool."""

    def __init__(self, engine: Engine) -> None:
        """Let as many threads keep a connection as the pool has; its overflow is for all others."""
        self._engine = engine
        self._most = cast("QueuePool", engine.pool).size()
        self._mine = _Mine()
        self._kept: WeakSet[Connection] = WeakSet()

    def take(self) -> Connection:
        """Return the connection that this thread keeps, or one of the pool."""
        connection, self._mine.connection = self._mine.connection or self._engine.connect(), None
        return connection

    def keep(self, connection: Connection) -> None:
        """Keep a connection, unless it is lost, this thread has one by now, or too many threads have."""
        if connection.invalidated or not self._has_room(connection):
            self.give_back(connection)
        else:
            self._mine.connection = connection

    def give_back(self, connection: Connection) -> None:
        """Give a connection back to the pool, which cleans up whatever was left in it."""
        self._kept.discard(connection)
        connection.close()

    def _has_room(self, connection: Connection) -> bool:
        if self._mine.connection is not None:
            return False
        if connection not in self._kept:
            if len(self._kept) >= self._most:
                return False
            self._kept.add(connection)
        return True

    def close(self) -> None:
        """Give back what threads keep; none of them may be at work any more."""
        self._mine = _Mine()
        for connection in list(self._kept):
            self.give_back(connection)
