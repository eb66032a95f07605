"""Empty databases on SQLite and PostgreSQL, and the processes that serve them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import URL

from app.db.engine import open_engine
from bench.processes import parent
from tests.postgres import PostgresMissingError, Run

KINDS = ("sqlite", "postgresql")


class Databases:
    """Make databases; PostgreSQL is started when the first one is wanted."""

    def __init__(self, folder: Path) -> None:
        """Keep the files of SQLite in ``folder``."""
        self._folder = folder
        self._run: Run | None = None

    @contextmanager
    def one(self, kind: str, name: str) -> Iterator[str]:
        """Lend an empty database, by its URL."""
        if kind == "postgresql":
            with self._postgres().database() as url:
                yield url
            return
        file = self._folder / f"{name}.sqlite"
        yield f"sqlite:///{file}"
        for left in self._folder.glob(f"{file.name}*"):
            left.unlink()

    def processes(self, kind: str) -> list[int]:
        """Return the process that all others of the database descend from; SQLite runs in its client's."""
        return [postmaster(self._postgres().admin)] if kind == "postgresql" else []

    def _postgres(self) -> Run:
        if self._run is None:
            self._run = Run.begin()
            if self._run.source is None:
                raise PostgresMissingError(PostgresMissingError.__doc__)
        return self._run

    def close(self) -> None:
        """Stop what was started."""
        if self._run is not None:
            self._run.end()


def postmaster(admin: URL) -> int:
    """Return the process that has forked the one which serves this connection."""
    plain = admin.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(plain)) as connection:
        found = parent(connection.info.backend_pid)
    if not found:
        raise PostgresMissingError("The server of TEST_DATABASE_URL runs elsewhere, where its time cannot be read.")
    return found


def settle(url: str) -> None:
    """Let PostgreSQL know what was put into it, as its autovacuum would."""
    engine = open_engine(url)
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()
