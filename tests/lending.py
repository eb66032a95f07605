"""Lend migrated, empty PostgreSQL databases: emptying one is several times cheaper than copying the template."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from tests.postgres import Run

WRITTEN = """
SELECT c.relname FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
AND c.relname <> 'alembic_version' AND pg_relation_size(c.oid) > 0
"""
OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
ALTERED = "SELECT EXISTS (SELECT 1 FROM pg_trigger WHERE tgenabled = 'D')"
MOST_BYTES = 64_000_000


@dataclass
class Lending:
    """The databases that one process of a run has at hand."""

    run: Run
    migrate: Callable[[str], None]
    spare: list[str] = field(default_factory=list)

    @contextmanager
    def database(self) -> Iterator[str]:
        """Lend a database that nothing was ever written to, as far as its borrower can see."""
        name = self.spare.pop() if self.spare else self._new()
        try:
            yield self.run.url(name)
        finally:
            if self._emptied(name):
                self.spare.append(name)
            else:
                self.run.drop(name)

    def _new(self) -> str:
        name = f"{self.run.prefix}_{secrets.token_hex(6)}"
        self.run.create(name, self.run.template(self.migrate))
        return name

    def _emptied(self, name: str) -> bool:
        """Empty a database, or tell that it is too big, or not what it was made as, to be lent again."""
        try:
            with closing(self.run.connect(name)) as connection:
                return _emptied(connection)
        except psycopg.Error:
            return False


def _emptied(connection: psycopg.Connection) -> bool:
    connection.execute(OTHERS, [connection.info.backend_pid])
    written = [name for (name,) in connection.execute(WRITTEN).fetchall()]
    size, altered = connection.execute(f"SELECT pg_database_size(current_database()), ({ALTERED})").fetchall()[0]
    if altered or size > MOST_BYTES:
        return False
    connection.execute("SET session_replication_role = replica")  # the audit may be appended to only
    if written:
        names = sql.SQL(", ").join(map(sql.Identifier, written))
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names))
    return True
