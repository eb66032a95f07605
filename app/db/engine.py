"""Open the database: the pool, the pragmas of SQLite, the time limits of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import Any

import orjson
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

from app.db.waiting import settle

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",
)
TURN = "turn"


def open_engine(url: str, *, pool_size: int = 10, lock_timeout_ms: int = 10_000) -> Engine:
    """Return an engine for ``url`` (``sqlite:///file`` or ``postgresql+psycopg://…``)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, pool_size, lock_timeout_ms)
    return _open_postgresql(parsed, pool_size, lock_timeout_ms)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _open_postgresql(url: URL, pool_size: int, lock_timeout_ms: int) -> Engine:
    options = (
        f"-c statement_timeout=30000 -c lock_timeout={lock_timeout_ms} -c idle_in_transaction_session_timeout=60000"
    )
    return _engine(url, pool_size, {"options": options})


def _open_sqlite(url: URL, pool_size: int, lock_timeout_ms: int) -> Engine:
    engine = _engine(url, pool_size, {"timeout": lock_timeout_ms / 1000, "check_same_thread": False})
    event.listen(engine, "connect", partial(_prepare_sqlite, Turn(lock_timeout_ms / 1000)))
    return engine


def _engine(url: URL, pool_size: int, connect_args: dict[str, Any]) -> Engine:
    """Return an engine whose connections open no transaction by themselves: `app.db.work.transaction` does."""
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args=connect_args,
        hide_parameters=True,
        json_serializer=_json,
        json_deserializer=orjson.loads,
    )
    event.listen(engine, "before_cursor_execute", settle)
    return engine


class Turn:
    """Let the threads of a process write in turn: who waits here sleeps, who waits for the lock of SQLite polls it.

    Whoever has waited too long tries without a turn, and hears from SQLite that it is locked.
    """

    def __init__(self, patience_s: float) -> None:
        """Wait for a turn as long as SQLite would for its lock."""
        self._lock = Lock()
        self._patience_s = patience_s

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Write inside."""
        held = self._lock.acquire(timeout=self._patience_s)
        try:
            yield
        finally:
            if held:
                self._lock.release()


def _prepare_sqlite(turn: Turn, connection: Any, record: Any) -> None:
    record.info[TURN] = turn
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma).close()
