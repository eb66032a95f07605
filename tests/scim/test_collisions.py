"""Transactions that PostgreSQL undoes because of others are carried out anew, a few times, and leave one trace.

A trigger stops writes of users as PostgreSQL stops one of those that wait for each other in a circle.
"""

from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import make_url

from app.config import Settings
from app.db.collisions import PAUSES_S
from app.events.streams.asynchronous import COMPLETED
from app.events.streams.provisioning import ASYNC_RESPONSE
from app.runtime import EXTENSION
from tests.outbound.servers import HERE, receiving
from tests.scim_client import ScimClient, body_of, op, refused, tables, titled, user
from tests.service import TenantUnderTest, settings_of

DEADLOCK, SERIALIZATION, LOCK_TIMEOUT = "40P01", "40001", "55P03"
STOPPING = """
CREATE SEQUENCE collisions;
CREATE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('collisions') <= {times} THEN RAISE EXCEPTION 'met another' USING ERRCODE = '{state}'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER collide BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION collide();
"""
GOING = "DROP FUNCTION IF EXISTS collide CASCADE; DROP SEQUENCE IF EXISTS collisions;"
UNDONE = 'scim_transactions_undone_total{{then="{}"}}'
Collide = Callable[..., object]


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Lend a PostgreSQL database; on SQLite writers take turns."""
    return postgresql_url


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Return the settings of a server that counts, and may ask a host application on this machine."""
    return settings_of(database_url, metrics_enabled=True, outbound_allow=HERE)


@pytest.fixture
def collide(database_url: str, waits: list[float]) -> Iterator[Collide]:
    """Return what lets so many changes of users collide from now on."""
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        yield lambda times, state=DEADLOCK: connection.execute(GOING + STOPPING.format(times=times, state=state))
        connection.execute(GOING)


def undone(client: FlaskClient, then: str) -> float:
    """Return how many transactions were undone, as the metrics tell."""
    told = client.get("/metrics").text.partition(UNDONE.format(then) + " ")[2]
    return float(told.partition("\n")[0] or 0)


@pytest.mark.parametrize("state", [DEADLOCK, SERIALIZATION])
def test_a_change_is_made_anew(
    scim: ScimClient, client: FlaskClient, collide: Collide, waits: list[float], state: str
) -> None:
    """Whoever was in nobody's way for long hears nothing of it; it is counted, and told once."""
    ada, before = scim.user("ada"), undone(client, "repeated")
    collide(2, state)
    assert body_of(scim.patch(f"/Users/{ada}", op("replace", "active", False)))["active"] is False
    assert (len(waits), undone(client, "repeated") - before) == (2, 2)
    assert all(least <= each <= most for each, (least, most) in zip(waits, PAUSES_S, strict=True))
    with scim.tenant.runtime.database.reading(scim.tenant.id) as work:
        assert [event.type for event in work.outbox.of(ada)].count("user.deactivated") == 1


def test_a_bulk_request_is_begun_anew(scim: ScimClient, collide: Collide) -> None:
    """No operation is told as failed, none is done twice, and what failed for another reason fails as ever."""
    ada, bob = scim.user("ada"), scim.user("bob")
    collide(2)
    made = {"method": "POST", "path": "/Users", "bulkId": "c", "data": user("cleo")}
    wrong = {**titled(ada), "path": "/Users/nobody"}
    done = body_of(scim.bulk(made, titled(ada), wrong, titled(bob), failOnErrors=2))["Operations"]
    assert [each["status"] for each in done] == ["201", "200", "404", "200"]
    assert (scim.user_view(ada)["meta"]["version"], scim.user_view(bob)["title"]) == ('W/"2"', "Chief")


def test_a_circle_that_lasts_is_told(
    scim: ScimClient, client: FlaskClient, acme: TenantUnderTest, collide: Collide
) -> None:
    """After the third time the client is told to come again, single request and bulk alike; nothing is left."""
    ada, refusals = scim.user("ada"), undone(client, "refused")
    collide(1_000)
    before = tables(acme)
    for answer in (scim.patch(f"/Users/{ada}", op("replace", "title", "Chief")), scim.bulk(titled(ada))):
        refused(answer, 503)
        assert answer.headers["Retry-After"] == "1"
    assert undone(client, "refused") - refusals == 2
    assert tables(acme) == before


def test_nothing_is_held_of_what_was_undone(connect: Callable[..., ScimClient], app: Flask, collide: Collide) -> None:
    """Deletions that wait for somebody's decision do so once the request that asks for them is answered."""
    tenant = TenantUnderTest.create(app.extensions[EXTENSION], "wary", scim={"mass_change": {"count": 1}})
    scim = connect(tenant=tenant)
    ada, bob, eve = (scim.user(name) for name in ("ada", "bob", "eve"))
    assert scim.delete(f"/Users/{ada}").status_code == 204
    before = tables(tenant)
    operations = {"method": "DELETE", "path": f"/Users/{bob}"}, titled(eve)
    collide(3)
    refused(scim.bulk(*operations), 503)
    assert tables(tenant) == before
    assert [each["status"] for each in body_of(scim.bulk(*operations))["Operations"]] == ["429", "200"]


def test_what_else_fails_is_not_repeated(scim: ScimClient, collide: Collide, waits: list[float]) -> None:
    """Whoever has waited too long for another is told to come again, an operation of a bulk request by itself."""
    ada, bob = scim.user("ada"), scim.user("bob")
    collide(3, LOCK_TIMEOUT)
    busy = refused(scim.patch(f"/Users/{ada}", op("replace", "title", "Chief")), 503)
    done = body_of(scim.bulk(titled(ada), titled(bob)))["Operations"]
    assert [(each["status"], each.get("response")) for each in done] == [("503", busy), ("200", None)]
    assert waits == []


def test_the_host_application_is_asked_once(
    connect: Callable[..., ScimClient], client: FlaskClient, app: Flask, collide: Collide
) -> None:
    """What was answered before a transaction was undone is known in the next."""
    tenant = TenantUnderTest.create(app.extensions[EXTENSION], "asking", precheck={"on": ["deactivate"]})
    scim, host = connect(tenant=tenant), tenant.bearer(tenant.api_token())
    ada = scim.user("ada")
    reply = (200, {"Content-Type": "application/json"}, b"{}")
    with receiving(lambda _: reply) as receiver:
        assert client.put("/t/asking/api/v1/precheck", json={"url": receiver.url}, headers=host).status_code == 200
        collide(2)
        assert body_of(scim.patch(f"/Users/{ada}", op("replace", "active", False)))["active"] is False
        assert len(receiver.received) == 1


def test_the_host_applications_command_is_made_anew(
    scim: ScimClient, client: FlaskClient, acme: TenantUnderTest, collide: Collide
) -> None:
    """Revocations, licences and what becomes of users are attempted as often, and refused as problem details."""
    ada, host = scim.user("ada"), acme.bearer(acme.api_token())
    revocation = {"sub_id": {"format": "opaque", "id": ada}}
    collide(2)
    assert client.post("/t/acme/global-token-revocation", json=revocation, headers=host).status_code == 204
    collide(2)
    answer = client.post(f"/t/acme/api/v1/users/{ada}/deactivate", headers=host)
    assert (answer.status_code, (answer.json or {})["state"]) == (200, "inactive")
    collide(3)
    answer = client.post(f"/t/acme/api/v1/users/{ada}/reactivate", headers=host)
    assert (answer.status_code, answer.mimetype, answer.headers["Retry-After"]) == (
        503,
        "application/problem+json",
        "1",
    )


def test_an_outcome_is_told_once(
    scim: ScimClient, client: FlaskClient, acme: TenantUnderTest, collide: Collide
) -> None:
    """An asynchronous answer and what is told under its id are those of the attempt that stood."""
    ada, host = scim.user("ada"), acme.bearer(acme.api_token())
    stream = {
        "endpoint_url": "https://rec.example/",
        "aud": "https://rec.example",
        "events_requested": [ASYNC_RESPONSE],
    }
    assert client.post("/t/acme/api/v1/streams", json=stream, headers=host).status_code == 201
    collide(2)
    answer = scim.patch(f"/Users/{ada}", op("replace", "title", "Chief"), headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    with acme.runtime.database.reading(acme.id) as work:
        (told,) = work.outbox.of(answer.headers["Set-Txn"])
    assert (told.type, told.payload["status"]) == (COMPLETED, 200)
