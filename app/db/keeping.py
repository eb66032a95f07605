"""Connections that stay open from one unit of work to the next.

Taking one from the pool of SQLAlchemy and giving it back costs as much as reading a row by its key.
"""

from __future__ import annotations

from collections import deque
from typing import cast

from sqlalchemy import Connection, Engine, QueuePool


class Keeping:
    """Lend the connections of an engine; those that nobody has need of now stay with us, as many as the pool has."""

    def __init__(self, engine: Engine) -> None:
        """Take connections from the pool of ``engine`` where none is free."""
        self._engine = engine
        self._pool = cast("QueuePool", engine.pool)
        self._most = self._pool.size()
        self._free: deque[Connection] = deque()

    def take(self) -> Connection:
        """Return the connection that became free last, whose caches are warm, or one of the pool."""
        try:
            return self._free.pop()
        except IndexError:
            return self._engine.connect()

    def keep(self, connection: Connection) -> None:
        """Keep a connection that works; where the pool lends its overflow, somebody may wait there for this one."""
        if connection.invalidated or self._pool.checkedout() > self._most:
            connection.close()
        else:
            self._free.append(connection)

    def close(self) -> None:
        """Give all that are free back to the pool."""
        while self._free:
            self._free.pop().close()
