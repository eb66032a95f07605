"""What an answer costs in memory: a small multiple of its own size, however much it holds."""

import gc
import tracemalloc
from typing import Any

import pytest
from sqlalchemy import insert

from app.db.rows import MemberRow, UserRow
from tests.scim_client import ScimClient, body_of
from tests.service import TenantUnderTest

CROWD = 10_000
TIMES = 5


@pytest.fixture
def group(scim: ScimClient, acme: TenantUnderTest) -> str:
    """Put ten thousand users into one group, copies of one, and return the id of the group."""
    first = scim.user("user-0", displayName="User", emails=[{"value": "user@example.com", "type": "work"}])
    group_id = scim.group("Team", first)
    with acme.runtime.database.unit_of_work(acme.id) as work:
        row = work.connection.execute(UserRow.__table__.select().where(UserRow.id == first)).one()._mapping
        names = [f"user-{number}" for number in range(1, CROWD)]
        copies = [{**row, "id": work.new_id(), "user_name": name, "user_name_key": name} for name in names]
        work.connection.execute(insert(UserRow), copies)
        joined = {"tenant_id": acme.id, "group_id": group_id, "type": "User"}
        members = [{**joined, "member_id": copy["id"], "display": copy["user_name"]} for copy in copies]
        work.connection.execute(insert(MemberRow), members)
    return group_id


@pytest.mark.slow
@pytest.mark.parametrize(("path", "number"), [("/Users", 1_000), ("/Groups/{}", CROWD)])
def test_an_answer_costs_what_it_says(scim: ScimClient, group: str, path: str, number: int) -> None:
    """A page of 1,000 users, and a group of 10,000 members, take a few times the bytes of the answer."""

    def read() -> Any:
        return scim.get(path.format(group), **({"count": "1000"} if path == "/Users" else {}))

    body = body_of(read())
    assert len(body.get("Resources") or body["members"]) == number
    del body
    gc.collect()
    tracemalloc.start()
    size = len(read().data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < TIMES * size
