"""How a database finds what identity providers look up among a million rows: by an index, and nothing else is read."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from flask import g
from scim2_server.routing import match
from sqlalchemy import Connection, event

from app.config import Settings
from app.db.prepared import execute
from app.db.query import Position
from app.scim.cursors import Cursors, Standing, query_of
from tests.scim.million import CROWD, MARK, TABLES, fill, marked, numbered
from tests.scim_client import ScimClient, body_of
from tests.service import TenantUnderTest

SOME = 700_001
PAGE = 100
ROWS = 20 * PAGE
"""How many rows a page may cost, with the groups of its users or the members of its groups."""
STEPS = 200 * ROWS
NAMES = {table.name for table in TABLES}
Statement = tuple[str, Any]


@pytest.fixture
def crowd(scim: ScimClient, acme: TenantUnderTest) -> tuple[str, str]:
    """Put a million users and the groups of each hundred into the database, and return the ids copied."""
    mail = [{"value": f"{MARK}@example.com", "type": "work"}]
    user_id = scim.user(MARK, externalId=f"e-{MARK}", displayName=f"User {MARK}", emails=mail)
    group_id = scim.group(f"Team {MARK}", user_id)
    fill(acme, user_id, group_id)
    return user_id, group_id


@contextmanager
def noted(tenant: TenantUnderTest) -> Iterator[list[Statement]]:
    """Collect the statements on large tables that run meanwhile, with their parameters."""
    seen: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if any(f"FROM {name}" in statement for name in NAMES):
            seen.append((statement, parameters))

    engine = tenant.runtime.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def cost(connection: Connection, statement: Statement) -> tuple[list[str], int]:
    """Run a statement again, and return what it reads without an index, and how much it does."""
    if connection.dialect.name == "sqlite":
        plan = [row[-1] for row in _run(connection, (f"EXPLAIN QUERY PLAN {statement[0]}", statement[1]))]
        walked = [line for line in plan if line.startswith("SCAN") and line.split()[1] in NAMES]
        return walked, _steps(connection, statement)
    explained = _run(connection, (f"EXPLAIN (ANALYZE, FORMAT JSON) {statement[0]}", statement[1]))[0][0]
    (root,) = explained if isinstance(explained, list) else json.loads(explained)
    nodes = list(_nodes(root["Plan"]))
    scanned = [node["Relation Name"] for node in nodes if node["Node Type"].endswith("Seq Scan")]
    walked = [f"Seq Scan on {name}" for name in scanned if name in NAMES]
    read = sum((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in nodes)
    return walked, int(read)


def _run(connection: Connection, statement: Statement) -> Sequence[Sequence[Any]]:
    """Run a statement as it ran: a prepared one takes its parameters as a list."""
    text, parameters = statement
    if isinstance(parameters, list):
        found: Sequence[Sequence[Any]] = execute(connection, text, parameters).fetchall()
        return found
    return connection.exec_driver_sql(text, parameters).all()


def _steps(connection: Connection, statement: Statement) -> int:
    """Return how many steps SQLite's machine takes, to the hundred."""
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 100

    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(step, 100)
    _run(connection, statement)
    driver.set_progress_handler(None, 0)
    return steps


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def look_ups(user_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Return what identity providers ask for, each with one answer."""
    name = marked(SOME)
    users = [
        f'userName eq "{name.upper()}"',
        f'externalId eq "e-{name}"',
        f'displayName eq "User {name}"',
        f'emails[type eq "work"].value eq "{name}@example.com"',
        f'emails[type eq "work" and value eq "{name}@example.com"]',
        f'emails.value eq "{name}@example.com"',
        f'emails eq "{name}@example.com"',
        f'id eq "{numbered(user_id, SOME)}"',
    ]
    groups = [f'members[value eq "{numbered(user_id, SOME)}"]', f'members.value eq "{numbered(user_id, SOME)}"']
    groups.append(f'displayName eq "Team {marked(7)}"')
    return [("/Users", {"filter": text}) for text in users] + [("/Groups", {"filter": text}) for text in groups]


def deep(scim: ScimClient, settings: Settings, user_id: str) -> str:
    """Return the cursor that a walk would have seven hundred thousand users on."""
    with scim.http:
        asked = {"count": str(PAGE)}
        body_of(scim.get("/Users", **asked))
        query = query_of(g.principal, match("GET", "/Users").endpoint, asked)
    standing = Standing(PAGE, 0, Position(None, numbered(user_id, SOME)))
    cursors = Cursors(settings.secret_keys, settings.cursor_timeout_s)
    return cursors.seal(query, standing, scim.tenant.runtime.clock.now())


@pytest.mark.slow
def test_a_million_rows_cost_what_a_few_do(
    scim: ScimClient, acme: TenantUnderTest, settings: Settings, crowd: tuple[str, str]
) -> None:
    """Each look-up and each page runs by an index and reads what it answers; to count all takes an index as well."""
    user_id, _ = crowd
    asked = look_ups(user_id)
    cursors = ["", deep(scim, settings, user_id)]
    pages: list[tuple[str, dict[str, Any]]] = [
        ("/Users", {"count": PAGE}),
        *(("/Users", {"cursor": cursor, "count": PAGE}) for cursor in cursors),
    ]
    for path, query in [*asked, *pages]:
        with noted(acme) as statements:
            found = body_of(scim.get(path, **query))
        assert statements
        assert len(found["Resources"]) == (1 if "filter" in query else PAGE), query
        with acme.runtime.database.reading(acme.id) as work:
            for statement in statements:
                walked, done = cost(work.connection, statement)
                assert not walked, (query, statement)
                if not statement[0].startswith("SELECT count(*)"):
                    assert done < (STEPS if work.connection.dialect.name == "sqlite" else ROWS), (query, statement)
    assert body_of(scim.get("/Users", count=0))["totalResults"] == CROWD + 1
