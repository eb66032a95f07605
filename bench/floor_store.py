"""The tables of the floor, and the one statement of each of its operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import Engine, create_engine, event, text

from app.db.engine import SQLITE_PRAGMAS
from bench import bodies
from bench.databases import settle

_SERIAL = {"sqlite": "INTEGER PRIMARY KEY AUTOINCREMENT", "postgresql": "BIGINT GENERATED ALWAYS AS IDENTITY"}
TABLES = (
    """CREATE TABLE users (tenant INTEGER NOT NULL, id TEXT NOT NULL, seq {serial}, user_name TEXT NOT NULL,
    external_id TEXT, document TEXT NOT NULL, version INTEGER NOT NULL)""",
    "CREATE UNIQUE INDEX users_id ON users (tenant, id)",
    "CREATE UNIQUE INDEX users_user_name ON users (tenant, user_name)",
    "CREATE INDEX users_external_id ON users (tenant, external_id)",
    "CREATE INDEX users_seq ON users (tenant, seq)",
    """CREATE TABLE groups (tenant INTEGER NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL,
    version INTEGER NOT NULL, PRIMARY KEY (tenant, id))""",
    """CREATE TABLE members (tenant INTEGER NOT NULL, group_id TEXT NOT NULL, user_id TEXT NOT NULL, display TEXT,
    PRIMARY KEY (tenant, group_id, user_id))""",
)

USER = text("SELECT document FROM users WHERE tenant = 1 AND id = :id")
BY_USER_NAME = text("SELECT document FROM users WHERE tenant = 1 AND user_name = :value")
BY_EXTERNAL_ID = text("SELECT document FROM users WHERE tenant = 1 AND external_id = :value")
COUNT = text("SELECT count(*) FROM users WHERE tenant = 1")
PAGE = text("SELECT document FROM users WHERE tenant = 1 ORDER BY seq LIMIT :limit OFFSET :offset")
ADD_USER = text(
    "INSERT INTO users (tenant, id, user_name, external_id, document, version) "
    "VALUES (1, :id, :user_name, :external_id, :document, 1)"
)
CHANGE_USER = text("UPDATE users SET document = :document, version = version + 1 WHERE tenant = 1 AND id = :id")
REPLACE_USER = text(
    "UPDATE users SET document = :document, user_name = :user_name, external_id = :external_id, "
    "version = version + 1 WHERE tenant = 1 AND id = :id"
)
DELETE_USER = text("DELETE FROM users WHERE tenant = 1 AND id = :id")
GROUP = text("SELECT document FROM groups WHERE tenant = 1 AND id = :id")
ADD_GROUP = text("INSERT INTO groups (tenant, id, document, version) VALUES (1, :id, :document, 1)")
BUMP_GROUP = text("UPDATE groups SET version = version + 1 WHERE tenant = 1 AND id = :id")
MEMBERS = text("SELECT user_id, display FROM members WHERE tenant = 1 AND group_id = :group_id")
ADD_MEMBER = text(
    "INSERT INTO members (tenant, group_id, user_id, display) VALUES (1, :group_id, :user_id, :display) "
    "ON CONFLICT DO NOTHING"
)
REMOVE_MEMBER = text("DELETE FROM members WHERE tenant = 1 AND group_id = :group_id AND user_id = :user_id")


def opened(url: str) -> Engine:
    """Return an engine as SQLAlchemy makes it, but for the pragmas of SQLite, which are the service's."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma).close()


def user_row(document: dict[str, Any], now: str) -> dict[str, Any]:
    """Return the row of a new user, whose document is what will be served."""
    id_ = uuid4().hex
    times = {"created": now, "lastModified": now}
    document |= {"id": id_, "meta": {"resourceType": "User", **times, "location": f"/Users/{id_}", "version": 'W/"1"'}}
    return {
        "id": id_,
        "user_name": document["userName"].lower(),
        "external_id": document.get("externalId"),
        "document": orjson.dumps(document).decode(),
    }


def group_row(document: dict[str, Any], id_: str) -> dict[str, Any]:
    """Return the row of a new group."""
    document |= {"id": id_, "meta": {"resourceType": "Group", "location": f"/Groups/{id_}"}}
    return {"id": id_, "document": orjson.dumps(document).decode()}


class FloorStock:
    """Fill the floor's database."""

    def __init__(self, url: str) -> None:
        """Create the tables."""
        self._url = url
        self._engine = opened(url)
        with self._engine.begin() as connection:
            for statement in TABLES:
                connection.execute(text(statement.format(serial=_SERIAL[connection.dialect.name])))

    def users(self, numbers: range) -> list[str]:
        """Create users, and return their ids in the same order."""
        rows = [user_row(bodies.user(number), "2026-01-01T00:00:00.000+00:00") for number in numbers]
        with self._engine.begin() as connection:
            connection.execute(ADD_USER, rows)
        return [row["id"] for row in rows]

    def fill(self, group_id: str, members: Sequence[tuple[str, str]]) -> None:
        """Put members into a group."""
        rows = [{"group_id": group_id, "user_id": id_, "display": display} for id_, display in members]
        with self._engine.begin() as connection:
            connection.execute(ADD_MEMBER, rows)
        settle(self._url)

    def close(self) -> None:
        """Close the connections to the database."""
        self._engine.dispose()
