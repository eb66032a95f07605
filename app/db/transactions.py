"""Begin, commit and undo: nobody but a unit of work does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from sqlalchemy import Connection

from app.db.engine import TURN, Turn
from app.db.prepared import execute, in_transaction


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Commit what is done inside as one, or undo all of it on any exception.

    SQLite takes the write lock at once, since a lock taken after a read can lose a concurrent write.
    """
    turn: Turn | None = connection.info.get(TURN)
    with nullcontext() if turn is None else turn.taken():
        execute(connection, "BEGIN IMMEDIATE" if connection.dialect.name == "sqlite" else "BEGIN")
        try:
            yield
            execute(connection, "COMMIT")
        except BaseException:
            _undo(connection, "ROLLBACK")
            raise


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Keep what is done inside, or undo it alone on any exception."""
    execute(connection, "SAVEPOINT operation")
    try:
        yield
        execute(connection, "RELEASE operation")
    except BaseException:
        _undo(connection, "ROLLBACK TO operation", "RELEASE operation")
        raise


def _undo(connection: Connection, *texts: str) -> None:
    """Take back what was done, unless the database has done so by itself."""
    if connection.invalidated or not in_transaction(connection):
        return
    for text in texts:
        execute(connection, text)
