"""Who asks too often, or fails too often, waits; nobody else does."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.config import Settings
from app.identity.proofs import Proof
from app.identity.throttle import MOST_REMEMBERED, Buckets
from app.identity.usage import EXTENSION, keep_writing
from app.runtime import EXTENSION as RUNTIME
from tests.brokers import BrokerMissingError, available, brokering
from tests.clock import FixedClock
from tests.identity.oauth_clients import client_of, connecting
from tests.scim_client import refused
from tests.service import ISSUER, TenantUnderTest

RATES = {"throttle_connection_rate": 2, "throttle_tenant_rate": 3, "throttle_burst_s": 2}


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    """Return settings under which one soon is too fast."""
    return Settings(
        database_url=sqlite_url,
        public_url=ISSUER,
        secret_keys=("k" * 32,),
        throttle_failures_per_minute=3,
        lock_timeout_ms=100,
        **RATES,  # type: ignore[arg-type]
    )


def get(client: FlaskClient, token: str, tenant: str = "acme", source: str = "192.0.2.1") -> TestResponse:
    """Read users with a token, from an address."""
    headers = {"Authorization": f"Bearer {token}"}
    return client.get(f"/t/{tenant}/scim/v2/Users", headers=headers, environ_base={"REMOTE_ADDR": source})


def test_a_bucket_allows_a_burst_and_then_its_rate() -> None:
    """Of 2 a second and 4 at once, the fifth waits for half a second; what was refused costs nothing."""
    buckets = Buckets(rate=2, burst=4)
    assert [buckets.take("a", 100.0) for _ in range(6)] == [0, 0, 0, 0, 0.5, 0.5]
    assert buckets.take("b", 100.0) == 0
    assert [buckets.take("a", 100.5), buckets.take("a", 100.5)] == [0, 0.5]
    assert [buckets.take("a", 1000.0) for _ in range(5)] == [0, 0, 0, 0, 0.5]


def test_over_time_a_bucket_gives_its_rate() -> None:
    """Twenty-five a second for ten minutes, evenly asked for, are all allowed; twice as many are halved."""
    for asked, least, most in ((25, 15_000, 15_000), (50, 15_000, 15_251)):
        buckets = Buckets(rate=25, burst=250)
        allowed = sum(buckets.take("a", tick / asked) == 0 for tick in range(600 * asked))
        assert least <= allowed <= most


def test_at_rate_nothing_is_counted() -> None:
    """Zero turns it off."""
    buckets = Buckets(rate=0, burst=0)
    assert not any(buckets.take("a", 1.0) for _ in range(1000))


def test_buckets_do_not_fill_the_memory() -> None:
    """Those that are full again are forgotten, and if none is, all are."""
    buckets = Buckets(rate=1, burst=10)
    for number in range(3 * MOST_REMEMBERED):
        buckets.take(number, 1.0)
    assert len(buckets._full_at) <= MOST_REMEMBERED


def test_a_connection_that_asks_too_often_waits(acme: TenantUnderTest, client: FlaskClient, clock: FixedClock) -> None:
    """It is told so in a SCIM error, with whole seconds to wait; after these it is served."""
    token = acme.scim_token()
    assert [get(client, token).status_code for _ in range(4)] == [200] * 4
    answer = get(client, token)
    assert "retry after 1 second" in str(refused(answer, 429)["detail"])
    assert answer.headers["Retry-After"] == "1"
    assert "WWW-Authenticate" not in answer.headers
    clock.advance(seconds=1)
    assert get(client, token).status_code == 200


def test_connections_share_what_their_tenant_may(
    acme: TenantUnderTest, globex: TenantUnderTest, client: FlaskClient
) -> None:
    """Six at once for the tenant, four for each connection; another tenant notices nothing."""
    one, two = acme.scim_token(), acme.scim_token()
    assert [get(client, one).status_code for _ in range(4)] == [200] * 4
    assert [get(client, two).status_code for _ in range(3)] == [200, 200, 429]
    assert get(client, globex.scim_token(), "globex").status_code == 200


def test_the_host_application_is_not_counted(acme: TenantUnderTest, client: FlaskClient) -> None:
    """It asks at every request of its users whether a session may go on."""
    headers = acme.bearer(acme.api_token())
    statuses = [client.post("/t/acme/oauth/introspect", data={"token": "x"}, headers=headers) for _ in range(20)]
    assert {answer.status_code for answer in statuses} == {200}


def test_the_token_endpoint_counts_too(acme: TenantUnderTest, client: FlaskClient) -> None:
    """In the words of OAuth; a client that only ever fails is slowed as well."""
    okta = client_of(acme, client, Proof("client-secret"))
    answers = [okta.ask(auth=okta.basic) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    assert (answers[4].json or {})["error"] == "too_many_requests"
    assert answers[4].headers["Retry-After"] == "1"
    wrong = [okta.ask(auth=(okta.id, "wrong")).status_code for _ in range(5)]
    assert wrong == [401, 401, 401, 429, 429]


def test_who_fails_too_often_is_slowed(acme: TenantUnderTest, client: FlaskClient, clock: FixedClock) -> None:
    """Nothing is looked up for it any more, until a third of a minute later it may fail once again."""
    assert [get(client, "wrong").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    assert get(client, "wrong").headers["Retry-After"] == "20"
    clock.advance(seconds=20)
    assert [get(client, "wrong").status_code for _ in range(2)] == [401, 429]


def test_the_failures_of_one_slow_nobody_else(
    acme: TenantUnderTest, globex: TenantUnderTest, client: FlaskClient
) -> None:
    """Other addresses, other tenants, and whoever was let in before from the same address."""
    token, other = acme.scim_token(), globex.scim_token()
    assert get(client, token).status_code == 200
    for _ in range(5):
        get(client, "wrong")
    assert get(client, token).status_code == 200
    assert get(client, other, "globex").status_code == 200
    assert get(client, "wrong", source="192.0.2.2").status_code == 401


def test_the_api_says_it_as_a_problem(acme: TenantUnderTest, client: FlaskClient) -> None:
    """RFC 9457, with the same header."""
    answers = [client.get("/t/acme/api/v1/users/x", headers=acme.bearer("wrong")) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[3].content_type == "application/problem+json"
    assert (answers[3].get_json(force=True)["code"], answers[3].headers["Retry-After"]) == ("TOO_MANY_REQUESTS", "20")


@pytest.mark.parametrize(("hops", "statuses"), [(0, [401, 401, 401, 429]), (1, [401] * 4)])
def test_a_client_names_its_address_only_where_a_proxy_is_believed(
    acme: TenantUnderTest, settings: Settings, clock: FixedClock, hops: int, statuses: list[int]
) -> None:
    """Without the setting, X-Forwarded-For is what anybody may write."""
    app = create_app(settings.model_copy(update={"proxy_hops": hops}), clock=clock)
    seen = [
        app.test_client().get("/t/acme/scim/v2/Users", headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
        for number in range(4)
    ]
    app.extensions[RUNTIME].close()
    assert seen == statuses


@pytest.mark.skipif(not available("redis"), reason=str(BrokerMissingError.__doc__))
def test_servers_that_share_a_redis_count_together(
    settings: Settings, acme: TenantUnderTest, clock: FixedClock, tmp_path: Path
) -> None:
    """What one has served the other does not serve again; without Redis each serves by its own count."""
    token = acme.scim_token()
    with brokering("redis", tmp_path / "redis") as broker:
        shared = settings.model_copy(update={"throttle_storage_url": broker.url})
        apps = [create_app(shared, clock=clock) for _ in range(2)]
        begun = monotonic()
        seen = [get(app.test_client(), token).status_code for app in apps * 8]
        refilled = 2 * (monotonic() - begun)
        assert 4 <= seen.count(200) <= 5 + refilled
        assert set(seen[:4]) == {200}
        assert seen.count(429) == 16 - seen.count(200)
    if broker.folder:
        assert [get(app.test_client(), token).status_code for app in apps * 2] == [200] * 4
    for app in apps:
        app.extensions[RUNTIME].close()


@pytest.fixture
def stop() -> Iterator[Event]:
    """Lend a bell that ends what was started."""
    bell = Event()
    yield bell
    bell.set()


def test_the_last_use_is_written_beside_the_requests(
    app: Flask, acme: TenantUnderTest, client: FlaskClient, clock: FixedClock, stop: Event
) -> None:
    """Not by the request: once a minute, by a thread of the server."""
    token = acme.scim_token(name="Okta")
    connections = connecting(acme)
    connection = connections.by_name("Okta").id
    get(client, token)
    assert connections.overview(connection).credentials[0][1] is None
    app.extensions[EXTENSION].write()
    assert connections.overview(connection).credentials[0][1] == clock.now()
    clock.advance(hours=1)
    get(client, token)
    thread = keep_writing(app, stop, interval=0.01)
    while connections.overview(connection).credentials[0][1] != clock.now():
        stop.wait(0.01)
    stop.set()
    thread.join()


def test_a_busy_database_loses_a_last_use_and_nothing_else(
    app: Flask, acme: TenantUnderTest, client: FlaskClient
) -> None:
    """The thread goes on, and the next use is written again."""
    get(client, acme.scim_token(name="Okta"))
    with acme.runtime.database.unit_of_work(acme.id):
        app.extensions[EXTENSION].write()
    connections = connecting(acme)
    assert connections.overview(connections.by_name("Okta").id).credentials[0][1] is None
