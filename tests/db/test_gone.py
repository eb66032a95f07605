"""What is purged is gone: from every table, and on SQLite from every byte of the file and of its log."""

from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy.engine import make_url

from app.chores import purge, seal_audit
from app.db.audit_walk import verify
from app.db.deliveries import Attempt
from tests.clock import FixedClock
from tests.db import twins
from tests.flows.dump import dump, places
from tests.scim_client import ENTERPRISE, ScimClient, op
from tests.service import TenantUnderTest

MARK = "qzxmarker"
EACH = {"value": f"{MARK}-value@example.com", "display": f"{MARK}-shown", "type": "work"}
EVERYTHING = {
    "externalId": f"{MARK}-external",
    "name": {part: f"{MARK}-{part}" for part in ("formatted", "familyName", "givenName", "middleName")},
    "displayName": f"{MARK}-display",
    "nickName": f"{MARK}-nick",
    "profileUrl": f"https://{MARK}.example.com/",
    "title": f"{MARK}-title",
    "userType": f"{MARK}-type",
    "emails": [{**EACH, "primary": True}],
    "phoneNumbers": [{"value": f"tel:+1-{MARK}"}],
    "ims": [EACH],
    "photos": [{"value": f"https://{MARK}.example.com/photo"}],
    "addresses": [{"streetAddress": f"{MARK}-street", "locality": f"{MARK}-town"}],
    "entitlements": [{"value": f"{MARK}-entitlement"}],
    "roles": [{"value": f"{MARK}-role"}],
    ENTERPRISE: {"employeeNumber": f"{MARK}-number", "department": f"{MARK}-department"},
}


def leave_traces(client: FlaskClient, acme: TenantUnderTest, scim: ScimClient, ada: str) -> None:
    """Change the user, let it sign in and join, place a hold, and let a receiver say its name."""
    headers = acme.bearer(acme.api_token())
    api = f"/t/acme/api/v1/users/{ada}"
    said = {"client": f"{MARK}-laptop", "device": f"{MARK}-phone"}
    assert client.post(f"{api}/sessions", headers=headers, json=said).status_code == 201
    scim.group("Sales", ada)
    for number in range(20):
        scim.patch(f"/Users/{ada}", op("replace", "displayName", f"{MARK}-{number}" * (number + 1)))
        scim.patch(f"/Users/{ada}", op("replace", "emails", [{"value": f"{MARK}-{number}@example.com"}]))
    hold = client.post(f"{api}/holds", headers=headers, json={"reason": "other", "reference": MARK}).json or {}
    client.post(f"/t/acme/api/v1/holds/{hold['id']}/release", headers=headers, json={"reason": "closed"})
    with acme.runtime.database.unit_of_work(acme.id) as work:
        work.endpoints.add(twins.endpoint("e1", "host"))
        placed = next(event for event in work.relay.place(999) if event.subject_id == ada)
        work.deliveries.add([twins.delivery("e1", "d1", placed.seq)])
        work.deliveries.log([Attempt("d1", "t1", twins.NOW, "failed", 500, None, 7, f"who is {MARK}?")])


def files_of(url: str) -> bytes:
    """Return the bytes of a SQLite database as they lie there, its log included."""
    path = Path(make_url(url).database or "")
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def test_nothing_personal_is_left_of_a_purged_user(
    client: FlaskClient, acme: TenantUnderTest, clock: FixedClock, database_url: str
) -> None:
    """Whatever was known of it, in whatever way it came; the audit trail stays whole, and so do the others."""
    scim = ScimClient(client, acme, acme.scim_token())
    other = scim.user("survivor", displayName="Grace")
    ada = scim.user(f"{MARK}@example.com", **EVERYTHING)
    leave_traces(client, acme, scim, ada)
    seal_audit(acme.runtime, acme.id)
    assert {"users", "user_lookups", "sessions", "members", "holds", "attempts"} <= set(
        places(dump(database_url, acme.id), MARK)
    )
    assert scim.delete(f"/Users/{ada}").status_code == 204
    clock.advance(days=30)
    assert purge(acme.runtime, acme.id) == (1, 0)
    assert places(dump(database_url, acme.id), MARK) == []
    if database_url.startswith("sqlite"):
        assert MARK.encode() not in files_of(database_url).lower()
        assert b"survivor" in files_of(database_url)
    assert scim.user_view(other)["displayName"] == "Grace"
    seal_audit(acme.runtime, acme.id)
    assert verify(acme.runtime.database, acme.id)[1] == []
