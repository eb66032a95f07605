"""/Me is the user that a connection stands for (RFC 7644 §3.11)."""

import pytest
from flask.testing import FlaskClient

from app.identity.connecting import Connecting
from app.identity.terms import OnboardingError
from app.lifecycle.commands import Actor
from tests.scim_client import ScimClient, body_of, location, op, refused, user
from tests.service import TenantUnderTest


def bound(scim: ScimClient, user_id: str | None) -> ScimClient:
    """Bind the connection of a client to a user, and return the client."""
    tenant = scim.tenant
    actor = Actor("operator", None, "Operator", "cli")
    with tenant.runtime.database.reading(tenant.id) as work:
        connection = work.connections.all()[-1]
    Connecting.of(tenant.runtime, actor, tenant.id).bind(connection.id, user_id)
    return scim


@pytest.fixture
def ada(scim: ScimClient) -> str:
    """Return a user for whom the connection stands."""
    ada = scim.user("ada")
    bound(scim, ada)
    return ada


def test_me_is_served_as_the_user_is(scim: ScimClient, ada: str) -> None:
    """GET, HEAD, PUT and PATCH answer as at the user's own place, and tell it; a version that is known is not sent."""
    place, alone = location(f"/Users/{ada}"), scim.get(f"/Users/{ada}")
    me = scim.get("/Me")
    assert body_of(me) == body_of(alone)
    assert (me.headers["Location"], me.headers["Content-Location"], me.headers["ETag"]) == (place, place, 'W/"1"')
    head = scim.send("HEAD", "/Me")
    assert (head.status_code, head.data, head.headers["Location"]) == (200, b"", place)
    known = scim.get("/Me", headers={"If-None-Match": 'W/"1"'})
    assert (known.status_code, known.headers["Location"]) == (304, place)
    patched = scim.patch("/Me", op("replace", "title", "x"), attributes="title")
    assert (body_of(patched)["title"], patched.headers["Location"]) == ("x", place)
    refused(scim.put("/Me", user("ada", title="y"), headers={"If-Match": 'W/"1"'}), 412)
    put = scim.put("/Me", user("ada", title="y"))
    assert (body_of(put)["title"], put.headers["Location"]) == ("y", place)
    assert scim.user_view(ada)["title"] == "y"


def test_nobody_registers_at_me(scim: ScimClient, ada: str) -> None:
    """Who is somebody already creates nobody there; nor is it a place for bulk operations."""
    refused(scim.post("/Me", user("bob")), 501)
    done = body_of(scim.bulk({"method": "DELETE", "path": "/Me"}))["Operations"]
    assert [each["status"] for each in done] == ["400"]


def test_who_stands_for_a_user_ends_with_it(scim: ScimClient, ada: str) -> None:
    """A connection that ends the access of its user has none any more, anywhere."""
    assert body_of(scim.patch("/Me", op("replace", "active", False)))["active"] is False
    for path in ("/Me", "/Users", "/ServiceProviderConfig"):
        answer = scim.get(path)
        refused(answer, 401)
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_deleted_user_takes_its_connection_along(scim: ScimClient, ada: str) -> None:
    """DELETE is the user's own."""
    gone = scim.delete("/Me")
    assert (gone.status_code, gone.headers["Location"]) == (204, location(f"/Users/{ada}"))
    refused(scim.get("/Me"), 401)


def test_what_the_scopes_forbid_is_forbidden_at_me(
    acme: TenantUnderTest, client: FlaskClient, scim: ScimClient
) -> None:
    """To stand for a user allows nothing."""
    ada = scim.user("ada")
    reader = bound(ScimClient(client, acme, acme.scim_token("strict", "scim.read")), ada)
    assert body_of(reader.get("/Me"))["id"] == ada
    refused(reader.patch("/Me", op("replace", "title", "x")), 403)
    refused(reader.delete("/Me"), 403)


def test_a_connection_stands_for_nobody_again(scim: ScimClient, ada: str) -> None:
    """It keeps what it may do otherwise."""
    bound(scim, None)
    refused(scim.get("/Me"), 501)
    assert scim.user_view(ada)["userName"] == "ada"


def test_only_who_has_access_is_stood_for(scim: ScimClient) -> None:
    """Unknown and inactive users have no connection of theirs."""
    bob = scim.user("bob", active=False)
    for user_id in (bob, "nobody", "a\x00b", ""):
        with pytest.raises(OnboardingError):
            bound(scim, user_id)
    refused(scim.get("/Me"), 501)
