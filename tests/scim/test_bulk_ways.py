"""A bulk request that is carried out in one go ends as one that is carried out step by step."""

import json
import re
from typing import Any

from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.db.rows import AuditRow, GroupRow, MemberRow, OutboxRow, UserLookupRow, UserRow
from app.runtime import EXTENSION
from tests.scim.test_bulk import post
from tests.scim_client import ENTERPRISE, PATCH, ScimClient, body_of, group, op, user
from tests.service import NUMBERS, TenantUnderTest

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WRITTEN = {
    UserRow: UserRow.id,
    UserLookupRow: (UserLookupRow.user_id, UserLookupRow.path, UserLookupRow.key),
    GroupRow: GroupRow.id,
    MemberRow: (MemberRow.group_id, MemberRow.member_id),
    AuditRow: AuditRow.id,
    OutboxRow: OutboxRow.seq,
}
FAILS = {"method": "DELETE", "path": "/Users/nobody"}

references = st.sampled_from(["0", "1", "2", "9"]).map(lambda bulk_id: f"bulkId:{bulk_id}")
names = st.sampled_from(["ada", "ADA", "bob", "cy", "dan", "Élodie", "élodie"])
extras = st.fixed_dictionaries(
    {},
    optional={
        "externalId": st.sampled_from(["1", "2", "é"]),
        "displayName": names,
        "active": st.booleans(),
        "emails": st.lists(st.fixed_dictionaries({"value": names}), max_size=3),
        "roles": st.just([{"value": "Admin"}]),
        ENTERPRISE: st.fixed_dictionaries({"manager": st.fixed_dictionaries({"value": references})}),
    },
)
newcomers = st.builds(lambda name, extra: ("POST", "/Users", user(name, **extra)), names, extras)
wrong = st.sampled_from([("POST", "/Users", {"userName": 7}), ("POST", "/Users", None), ("POST", "/Nowhere", {})])
groups = st.builds(lambda name, member: ("POST", "/Groups", group(name, member)), names, references)
retitled = {"schemas": [PATCH], "Operations": [op("replace", "title", "x")]}
changes = st.builds(
    lambda method, reference: (method, f"/Users/{reference}", None if method == "DELETE" else retitled),
    st.sampled_from(["PATCH", "DELETE"]),
    references,
)
operations = st.lists(st.one_of(newcomers, newcomers, newcomers, newcomers, groups, changes, wrong), max_size=6)


def told(things: Any, known: dict[str, str]) -> str:
    """Return things as text, in which ids are numbered in the order they were met."""
    text = json.dumps(things, default=str, ensure_ascii=False)
    return ID.sub(lambda found: known.setdefault(found[0], f"#{len(known)}"), text)


def left(tenant: TenantUnderTest) -> list[list[Any]]:
    """Return what a tenant has of each table, but for what names the tenant and counts the rows of all."""
    with tenant.runtime.database.reading(tenant.id) as work:
        found = []
        for row, order in WRITTEN.items():
            columns = [column for column in row.__table__.columns if column.name not in {"tenant_id", "seq"}]
            mine = select(*columns).where(row.__table__.c.tenant_id == tenant.id)
            by = order if isinstance(order, tuple) else (order,)
            found.append([list(each) for each in work.connection.execute(mine.order_by(*by))])
        return found


def ended(client: FlaskClient, sent: list[dict[str, Any]]) -> tuple[list[Any], str]:
    """Return what a new tenant answers to a bulk request in which somebody is there, and what is left there."""
    tenant = TenantUnderTest.create(client.application.extensions[EXTENSION], f"tenant-{next(NUMBERS)}")
    scim, known = ScimClient(client, tenant, tenant.scim_token(name="idp")), dict[str, str]()
    scim.user("dan", externalId="2")
    answers = body_of(scim.bulk(*sent))["Operations"]
    shown = [told(each, known).replace(tenant.slug, "tenant") for each in answers]
    return shown, told(left(tenant), known).replace(tenant.slug, "tenant")


@given(chosen=operations)
@example(chosen=[("POST", "/Users", user(f"user-{number}")) for number in range(5)])
@example(chosen=[("POST", "/Users", user(name)) for name in ("ada", "bob", "ADA")])
@example(
    chosen=[("POST", "/Users", user("ada")), ("PATCH", "/Users/bulkId:0", retitled), ("POST", "/Users", user("b"))]
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_both_ways_end_alike(client: FlaskClient, chosen: list[tuple[str, str, Any]]) -> None:
    """Answers, rows, the trail and the events in order are the same if a last operation fails, and if none does."""
    sent = [{**post(path, data, str(place)), "method": method} for place, (method, path, data) in enumerate(chosen)]
    answers, rows = ended(client, sent)
    others, same = ended(client, [*sent, FAILS])
    assert others[:-1] == answers
    assert '"404"' in others[-1]
    assert same == rows
