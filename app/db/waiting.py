"""What waits to be written until anything else is said to the database, which then finds it there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

WAITING = "waiting"
Write = Callable[[], None]


def wait(connection: Connection, write: Write) -> None:
    """Let ``write`` be called before the next statement of a connection."""
    connection.info[WAITING] = write


def settle(connection: Connection, *_statement: Any) -> None:
    """Write what waits."""
    write: Write | None = connection.info.pop(WAITING, None)
    if write is not None:
        write()


def forget(connection: Connection) -> None:
    """Never write what waits."""
    connection.info.pop(WAITING, None)
