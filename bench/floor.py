"""The floor: the least that Flask with SQLAlchemy Core can do for each workload.

No rules of SCIM: what is stored is returned as it is, one indexed statement an operation, a token that is a constant.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
from flask import Flask, Response, request
from sqlalchemy import Connection, Engine, text

from bench.floor_store import (
    ADD_GROUP,
    ADD_MEMBER,
    ADD_USER,
    BUMP_GROUP,
    BY_EXTERNAL_ID,
    BY_USER_NAME,
    CHANGE_USER,
    COUNT,
    DELETE_USER,
    GROUP,
    MEMBERS,
    PAGE,
    REMOVE_MEMBER,
    REPLACE_USER,
    USER,
    group_row,
    opened,
    user_row,
)

TOKEN = "floor"  # noqa: S105 - it opens nothing
ROOT = "/scim/v2"
_AUTHORIZATION = f"Bearer {TOKEN}"
_LOOKUP = re.compile(r'(userName|externalId) eq "([^"]*)"')
_MEMBER = re.compile(r'members\[value eq "([^"]+)"\]')
_LIST = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":%d,"Resources":[%s]}'


def create_floor(url: str) -> Flask:
    """Return the application."""
    app = Flask("floor", static_folder=None)
    floor = Floor(opened(url))
    app.before_request(_admit)
    for method, path, view in (
        ("POST", "/Users", floor.create),
        ("GET", "/Users", floor.find),
        ("GET", "/Users/<id_>", floor.read),
        ("PATCH", "/Users/<id_>", floor.activate),
        ("PUT", "/Users/<id_>", floor.replace),
        ("DELETE", "/Users/<id_>", floor.delete),
        ("POST", "/Bulk", floor.create_in_bulk),
        ("POST", "/Groups", floor.create_group),
        ("GET", "/Groups/<id_>", floor.read_group),
        ("PATCH", "/Groups/<id_>", floor.change_members),
    ):
        app.add_url_rule(ROOT + path, view.__name__, view, methods=[method])
    app.add_url_rule("/healthz", "healthz", lambda: "", methods=["GET"])
    return app


def _admit() -> Response | None:
    known = request.headers.get("Authorization") == _AUTHORIZATION or request.path == "/healthz"
    return None if known else _answer("{}", 401)


def _answer(body: str | bytes, status: int = 200) -> Response:
    return Response(body, status, content_type="application/scim+json")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Floor:
    """The views, on one engine."""

    def __init__(self, engine: Engine) -> None:
        """Use ``engine``, with its own pool and transactions."""
        self._engine = engine
        self._locking = USER if engine.dialect.name == "sqlite" else text(f"{USER.text} FOR UPDATE")

    def create(self) -> Response:
        """Create a user."""
        row = user_row(orjson.loads(request.get_data()), _now())
        with self._engine.begin() as connection:
            connection.execute(ADD_USER, row)
        return _answer(row["document"], 201)

    def read(self, id_: str) -> Response:
        """Read a user."""
        with self._engine.connect() as connection:
            found = connection.execute(USER, {"id": id_}).scalar()
        return _answer(found or "{}", 200 if found else 404)

    def find(self) -> Response:
        """Look a user up, or list a page of them."""
        condition = request.args.get("filter")
        with self._engine.connect() as connection:
            if condition is None:
                return self._page(connection)
            found = _LOOKUP.fullmatch(condition)
            if found is None:
                return _answer("{}", 400)
            statement = BY_USER_NAME if found[1] == "userName" else BY_EXTERNAL_ID
            value = found[2].lower() if found[1] == "userName" else found[2]
            documents = connection.execute(statement, {"value": value}).scalars().all()
        return _answer(_LIST % (len(documents), ",".join(documents)))

    def _page(self, connection: Connection) -> Response:
        total = connection.execute(COUNT).scalar_one()
        window = {"offset": int(request.args["startIndex"]) - 1, "limit": int(request.args["count"])}
        documents = connection.execute(PAGE, window).scalars().all()
        return _answer(_LIST % (total, ",".join(documents)))

    def activate(self, id_: str) -> Response:
        """Switch a user on or off."""
        value = orjson.loads(request.get_data())["Operations"][0]["value"]
        active = value["active"] if isinstance(value, dict) else value
        with self._engine.begin() as connection:
            document = orjson.loads(connection.execute(self._locking, {"id": id_}).scalar_one())
            document["active"], document["meta"]["lastModified"] = active, _now()
            body = orjson.dumps(document).decode()
            connection.execute(CHANGE_USER, {"id": id_, "document": body})
        return _answer(body)

    def replace(self, id_: str) -> Response:
        """Replace a user."""
        document = orjson.loads(request.get_data())
        with self._engine.begin() as connection:
            before = orjson.loads(connection.execute(self._locking, {"id": id_}).scalar_one())
            document.update(id=id_, meta={**before["meta"], "lastModified": _now()})
            row = {
                "id": id_,
                "user_name": document["userName"].lower(),
                "external_id": document.get("externalId"),
                "document": orjson.dumps(document).decode(),
            }
            connection.execute(REPLACE_USER, row)
        return _answer(row["document"])

    def delete(self, id_: str) -> Response:
        """Delete a user."""
        with self._engine.begin() as connection:
            connection.execute(DELETE_USER, {"id": id_})
        return _answer(b"", 204)

    def create_in_bulk(self) -> Response:
        """Create users, one statement each."""
        outcomes = []
        with self._engine.begin() as connection:
            for operation in orjson.loads(request.get_data())["Operations"]:
                row = user_row(operation["data"], _now())
                connection.execute(ADD_USER, row)
                outcomes.append({"bulkId": operation["bulkId"], "status": "201", "location": f"/Users/{row['id']}"})
        return _answer(orjson.dumps({"Operations": outcomes}))

    def create_group(self) -> Response:
        """Create a group without members."""
        row = group_row(orjson.loads(request.get_data()), uuid4().hex)
        with self._engine.begin() as connection:
            connection.execute(ADD_GROUP, row)
        return _answer(row["document"], 201)

    def read_group(self, id_: str) -> Response:
        """Read a group, without its members if they are not wanted."""
        with self._engine.connect() as connection:
            document = connection.execute(GROUP, {"id": id_}).scalar_one()
            if request.args.get("excludedAttributes") == "members":
                return _answer(document)
            rows = connection.execute(MEMBERS, {"group_id": id_}).all()
        members = [{"value": member, "$ref": f"/Users/{member}", "display": display} for member, display in rows]
        return _answer(f'{document[:-1]},"members":{orjson.dumps(members).decode()}}}')

    def change_members(self, id_: str) -> Response:
        """Add members, or remove one."""
        with self._engine.begin() as connection:
            for operation in orjson.loads(request.get_data())["Operations"]:
                self._change_members(connection, id_, operation)
            connection.execute(BUMP_GROUP, {"id": id_})
        return _answer(b"", 204)

    def _change_members(self, connection: Connection, group_id: str, operation: dict[str, Any]) -> None:
        if operation["op"] == "add":
            for member in operation["value"]:
                row = {"group_id": group_id, "user_id": member["value"], "display": member["display"]}
                connection.execute(ADD_MEMBER, row)
        elif found := _MEMBER.fullmatch(operation["path"]):
            connection.execute(REMOVE_MEMBER, {"group_id": group_id, "user_id": found[1]})
