"""Users stored as the service stores them, in the tables that filters search."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
from scim2_models import ScimFilter
from sqlalchemy import Connection, create_engine, insert, select

from app.db.compile import where
from app.db.rows import GroupRow, MemberRow, Row, UserLookupRow, UserRow
from app.db.targets import users_of
from app.scim.filters import condition_of
from app.scim.keys import search_document
from tests.scim.filter_models import CUSTOM, ENTERPRISE, Model

TENANT, GROUP, CORE = 7, "g1", str(Model.__schema__)
CREATED = datetime(2026, 11, 23, 0, 25, 0, 123000, tzinfo=UTC)
USERS: Any = UserRow.__table__
KEYS: Any = UserLookupRow.__table__
GROUPS: Any = GroupRow.__table__
MEMBERS: Any = MemberRow.__table__


@contextmanager
def tables(url: str, **options: Any) -> Iterator[Connection]:
    """Open a database with the tables that filters search."""
    engine = create_engine(url, json_serializer=lambda value: orjson.dumps(value).decode(), **options)
    with engine.connect() as connection:
        Row.metadata.create_all(connection, tables=[USERS, KEYS, GROUPS, MEMBERS])
        connection.commit()
        yield connection
    engine.dispose()


def store(connection: Connection, number: int, document: dict[str, Any], *, member: bool = False) -> Any:
    """Store a user as the service does, and return it as scim2-models sees it."""
    document = {"schemas": [CORE, *(urn for urn in (ENTERPRISE, CUSTOM) if urn in document)], **document}
    identifier = f"U{number}"
    search = search_document(Model, document)
    common = {"tenant_id": TENANT, "created_at": CREATED, "updated_at": CREATED, "version": number}
    row = {
        "id": identifier,
        "state": "active" if document.get("active", True) else "inactive",
        "active_assigned": "active" in document,
        "user_name": document["userName"],
        "user_name_key": search["username"],
        "display_name_key": search.get("displayname"),
        "external_id": document.get("externalId"),
        "document": orjson.dumps(document).decode(),
        "search": search,
        "session_epoch": 0,
    }
    connection.execute(insert(USERS), [common | row])
    _look_up(connection, identifier, search)
    groups = {}
    if member:
        _join(connection, identifier, common)
        groups = {"groups": [{"value": GROUP, "display": "Admins", "type": "direct"}]}
    moment = CREATED.isoformat()
    meta = {"resourceType": "User", "created": moment, "lastModified": moment, "version": f'W/"{number}"'}
    return Model.model_validate(document | groups | {"id": identifier, "meta": meta})


def _look_up(connection: Connection, identifier: str, search: dict[str, Any]) -> None:
    keys = {
        (f"{name}.value", entry["value"])
        for name in ("emails", "roles")
        for entry in search.get(name, ())
        if "value" in entry
    }
    for path, key in keys:
        row = {"tenant_id": TENANT, "path": path, "key": key, "user_id": identifier}
        connection.execute(insert(KEYS), [row])


def _join(connection: Connection, identifier: str, common: dict[str, Any]) -> None:
    if connection.scalar(select(GROUPS.c.id)) is None:
        group: dict[str, Any] = {
            "id": GROUP,
            "display_name": "Admins",
            "display_name_key": "admins",
            "document": "{}",
            "search": {},
        }
        connection.execute(insert(GROUPS), [common | group])
    row = {"tenant_id": TENANT, "group_id": GROUP, "member_id": identifier, "type": "User", "display": "Ann"}
    connection.execute(insert(MEMBERS), [row])


def found(connection: Connection, text: str) -> set[str]:
    """Return the ids of the users that a filter finds."""
    test = where(condition_of(text, Model), users_of(TENANT))
    statement = select(USERS.c.id).where(USERS.c.tenant_id == TENANT, test)
    return set(connection.scalars(statement))


def matched(users: list[Any], text: str) -> set[str]:
    """Return the ids of the users that the library finds."""
    scim_filter = ScimFilter[Model](text)
    return {user.id for user in users if scim_filter.match(user, strict=True)}
