"""A million live sessions: a question finds its one by an index, and ten thousand end in as many statements as one."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import pytest
from sqlalchemy import Connection, Table, event, update

from app.db.prepared import execute
from app.db.rows import SessionRow
from tests.scim.million import bare, copy
from tests.sessions.providers import HostApplication, Provider

SESSIONS: Table = SessionRow.__table__  # type: ignore[assignment]
CROWD, OWN = 1_000_000, 10_000
LONGEST_S = 5.0
"""What a busy machine may take; docs/host-application.md says what was measured."""
Statement = tuple[str, Any]


@contextmanager
def noted(provider: Provider) -> Iterator[list[Statement]]:
    """Collect the statements that run meanwhile, with their parameters."""
    seen: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append((statement, parameters))

    engine = provider.tenant.runtime.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def walked(connection: Connection, statement: Statement) -> list[str]:
    """Return the parts of the plan of a statement that read a table from end to end."""
    text, parameters = statement
    prefix = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN (FORMAT JSON)"
    if isinstance(parameters, list):
        rows = execute(connection, f"{prefix} {text}", parameters).fetchall()
    else:
        rows = connection.exec_driver_sql(f"{prefix} {text}", parameters).all()
    if connection.dialect.name == "sqlite":
        return [row[-1] for row in rows if row[-1].startswith("SCAN sessions")]
    found = rows[0][0] if isinstance(rows[0][0], list) else json.loads(rows[0][0])
    return [str(node) for node in _nodes(found[0]["Plan"]) if (node["Node Type"], node.get("Relation Name")) == SEQ]


SEQ = ("Seq Scan", "sessions")


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def multiply(provider: Provider, sid: str, number: int) -> None:
    """Copy a session, as the only one there is: the copies carry their number at the end of their id."""
    provider.tenant.runtime.database.close()
    reading = provider.tenant.runtime.database.reading(provider.tenant.id)
    with reading as work, bare(work.connection, [SESSIONS]) as connection:
        copy(connection, SESSIONS, {"id": f"'{sid}-' || {{}}"}, number)


def deactivated(host: HostApplication, user_id: str) -> float:
    """End the access of a user, and return how long that took."""
    began = perf_counter()
    assert host.call("POST", f"/api/v1/users/{user_id}/deactivate").status_code == 200
    return perf_counter() - began


@pytest.mark.slow
def test_a_million_sessions(
    provider: Provider, host: HostApplication, record_property: Callable[[str, object], None]
) -> None:
    """Neither a question nor an end reads more than it needs; the number of statements stays the same."""
    crowd, ada, eve = (provider.user(name) for name in ("crowd", "ada", "eve"))
    multiply(provider, host.register(crowd, sid="crowd")["sid"], CROWD)
    with provider.tenant.runtime.database.unit_of_work(provider.tenant.id) as work:
        last = update(SessionRow).where(SessionRow.id > f"crowd-{CROWD - OWN:07d}").values(user_id=ada)
        assert work.connection.execute(last).rowcount == OWN
    for user_id in (ada, eve):
        host.register(user_id, sid=user_id)
    questions = [f"crowd-{number:07d}" for number in (1, CROWD - 1)]
    with noted(provider) as asked:
        assert all(host.alive(sid) for sid in [*questions, eve])
    with noted(provider) as one:
        deactivated(host, eve)
    with noted(provider) as many:
        taken = deactivated(host, ada)
    assert len(many) == len(one)
    assert taken < LONGEST_S
    assert [host.alive(sid) for sid in [*questions, eve]] == [True, False, False]
    record_property("figure", f"{OWN} of {CROWD} sessions ended in {taken * 1000:.0f} ms, in {len(many)} statements")
    with provider.tenant.runtime.database.reading(provider.tenant.id) as work:
        assert work.sessions.of(ada, host.tenant.runtime.clock.now()) == []
        about = [statement for statement in [*asked, *many] if "sessions" in statement[0]]
        assert len(about) >= 4
        assert [found for statement in about for found in walked(work.connection, statement)] == []
