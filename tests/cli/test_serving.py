"""Serving: what a stranger starts with one command, as real processes on a real port."""

import http.client
import json
import sqlite3
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from app.cli.server import LONGEST_REQUEST_LINE
from tests.cli.servers import CALL, ROOT, Server, free_port, run, serving
from tests.outbound.servers import Received, receiving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run `scim-lifecycle quickstart` in an empty folder."""
    port = free_port()
    call = [*CALL, "quickstart", "--port", str(port)]
    with serving(tmp_path_factory.mktemp("quickstart"), call, port, {"METRICS_ENABLED": "true"}) as server:
        yield server


def printed(server: Server, name: str) -> str:
    """Return a fact that quickstart printed."""
    return next(line.removeprefix(name).strip() for line in server.printed.splitlines() if line.startswith(name))


def test_quickstart_serves_an_empty_folder(quickstart: Server) -> None:
    """One command makes a database, a tenant and tokens that work at the printed address."""
    assert quickstart.get("/readyz")[0] == 200
    base_url = printed(quickstart, "SCIM base URL")
    assert base_url == f"{quickstart.url}/t/demo/scim/v2"
    token = printed(quickstart, "SCIM bearer token")
    status, body = quickstart.get("/t/demo/scim/v2/Users", token)
    assert (status, json.loads(body)["totalResults"]) == (200, 0)
    assert quickstart.get("/t/demo/scim/v2/Users", "wrong")[0] == 401
    assert token not in quickstart.logged


def test_the_database_is_its_owners_alone(quickstart: Server) -> None:
    """It will hold personal data."""
    for name in ("scim-lifecycle.db", "scim-lifecycle.key"):
        assert stat.S_IMODE((quickstart.folder / name).stat().st_mode) == 0o600


def test_the_demo_plays_against_the_server(quickstart: Server) -> None:
    """Joiner, mover and leaver go as told, with tokens of the demo's own or with given ones."""
    tokens = [printed(quickstart, "SCIM bearer token"), printed(quickstart, "API token")]
    base_url = printed(quickstart, "SCIM base URL")
    told = run(quickstart.folder, "demo", "--base-url", base_url)
    assert told.returncode == 0, told.stderr
    assert "dead" in told.stdout
    assert "CAEP session-revoked" in told.stdout
    assert "and a receiver was told within" in told.stdout
    given = ["--base-url", base_url, "--token", tokens[0], "--api-token", tokens[1], "--json"]
    told = run(quickstart.folder, "demo", *given)
    assert told.returncode == 0, told.stderr
    shown = json.loads(told.stdout)
    assert shown["ok"] is True
    assert 0 < shown["ended_within_ms"] < 10_000
    assert shown["told_within_ms"] is None
    status, body = quickstart.get("/t/demo/scim/v2/Users", tokens[0])
    assert (status, json.loads(body)["totalResults"]) == (200, 0)
    listed = json.loads(run(quickstart.folder, "connection", "list", "--tenant", "demo", "--json").stdout)
    assert [one["name"] for one in listed if one["revoked_at"] is None] == ["okta"]


def test_a_url_beyond_any_parser_is_a_scim_error(quickstart: Server) -> None:
    """A filter of 64 KiB is refused in the words of SCIM, with the way that holds it (RFC 7644 §3.4.3)."""
    status, body = quickstart.get("/t/demo/scim/v2/Users?filter=" + "a" * 65_536)
    assert status == 414
    assert json.loads(body)["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert str(LONGEST_REQUEST_LINE) in json.loads(body)["detail"]


def test_a_chunked_body_beyond_the_limit_is_refused_whole(quickstart: Server) -> None:
    """Nothing is read as if the rest had not been sent."""
    with closing(http.client.HTTPConnection("127.0.0.1", quickstart.port, timeout=30)) as connection:
        headers = {
            "Authorization": f"Bearer {printed(quickstart, 'SCIM bearer token')}",
            "Transfer-Encoding": "chunked",
        }
        pieces = (b" " * 65_536 for _ in range(33))
        connection.request("POST", "/t/demo/scim/v2/Users", body=pieces, headers=headers, encode_chunked=True)
        assert connection.getresponse().status == 413


def test_processes_count_together(quickstart: Server) -> None:
    """The metrics of all workers are one page."""
    assert "scim_http_requests_total" in quickstart.get("/metrics")[1]


def test_a_second_quickstart_shows_no_secret(tmp_path: Path) -> None:
    """It reuses what is there, says how to get new tokens, and the old ones still work."""
    port = free_port()
    call = [*CALL, "quickstart", "--port", str(port)]
    with serving(tmp_path, call, port, {}) as first:
        token = printed(first, "SCIM bearer token")
    assert first.process.returncode == 0
    with serving(tmp_path, call, port, {}) as second:
        assert "scimlc_" not in second.printed + second.logged
        assert "connection rotate" in second.logged
        assert second.get("/t/demo/scim/v2/Users", token)[0] == 200


@pytest.mark.parametrize("call", [["wsgi.py"], ["-m", "gunicorn", "wsgi:app"]])
def test_wsgi_serves_the_same(call: list[str], tmp_path: Path, sqlite_url: str) -> None:
    """`python wsgi.py` and `gunicorn wsgi:app` serve what `serve` does."""
    port = free_port()
    own = call == ["wsgi.py"]
    where = ["--port", str(port), "--workers", "1"] if own else ["--bind", f"127.0.0.1:{port}", "--chdir", str(ROOT)]
    script = [str(ROOT / "wsgi.py")] if own else call
    settings = {"DATABASE_URL": sqlite_url, "SECRET_KEYS": "k" * 32}
    with serving(tmp_path, [sys.executable, *script, *where], port, settings) as server:
        assert server.get("/readyz")[0] == 200
        assert server.get("/t/demo/scim/v2/Users")[0] == 401
    assert server.process.returncode == 0


def test_wrong_settings_stop_the_start(tmp_path: Path) -> None:
    """The variables are named, nothing is created, and the exit code says that the call was wrong."""
    told = run(tmp_path, "serve", MAX_BODY_BYTES="much", ENVIRONMENT="prod")
    assert told.returncode == 2
    assert "SCIM_LIFECYCLE_MAX_BODY_BYTES" in told.stderr
    assert "SCIM_LIFECYCLE_ENVIRONMENT" in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_production_does_not_start_by_accident(tmp_path: Path) -> None:
    """Without keys, database and URL of an operator's choice there is no server."""
    told = run(tmp_path, "quickstart", ENVIRONMENT="production")
    assert told.returncode == 2
    assert told.stderr.count("SCIM_LIFECYCLE_") >= 3


def test_a_postgresql_database_is_upgraded_by_hand(postgresql_url: str, tmp_path: Path) -> None:
    """Serving another schema is refused, and says the command that mends it."""
    import psycopg  # noqa: PLC0415

    with psycopg.connect(postgresql_url.replace("+psycopg", "")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'older'")
    told = run(tmp_path, "serve", DATABASE_URL=postgresql_url)
    assert told.returncode == 1
    assert "scim-lifecycle db upgrade" in told.stderr


def test_a_backup_is_a_whole_database(tmp_path: Path) -> None:
    """It opens, it is its owner's alone, and it overwrites nothing."""
    assert "db upgrade" in run(tmp_path, "db", "backup", "copy.db").stderr
    assert run(tmp_path, "db", "upgrade").returncode == 0
    assert run(tmp_path, "tenant", "create", "acme").returncode == 0
    assert json.loads(run(tmp_path, "db", "backup", "copy.db", "--json").stdout)["bytes"] > 0
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT slug FROM tenants").fetchall() == [("acme",)]
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    assert run(tmp_path, "db", "backup", "copy.db").returncode == 1


def test_what_goes_on_beside_requests_comes_to_its_end(tmp_path: Path) -> None:
    """On SIGTERM an event that is being sent is sent and noted, and the last requests are logged."""
    begun, port = Event(), free_port()

    def slow(_received: Received) -> tuple[int, dict[str, str], bytes]:
        begun.set()
        time.sleep(1)
        return 204, {}, b""

    settings = {"OUTBOUND_ALLOW": "127.0.0.0/8:*"}
    call = [*CALL, "quickstart", "--port", str(port)]
    with receiving(slow) as receiver, serving(tmp_path, call, port, settings) as server:
        named = ["--tenant", "demo", "--json"]
        made = run(tmp_path, "webhook", "create", "--name", "Host", "--url", receiver.url, *named, **settings)
        assert run(tmp_path, "webhook", "test", "--id", json.loads(made.stdout)["id"], *named).returncode == 0
        assert begun.wait(30)
        assert server.get("/t/demo/scim/v2/Users", printed(server, "SCIM bearer token"))[0] == 200
        assert server.stop() == 0
    with closing(sqlite3.connect(tmp_path / "scim-lifecycle.db")) as database:
        assert database.execute("SELECT DISTINCT state FROM deliveries").fetchall() == [("delivered",)]
        assert database.execute("SELECT method, path, status FROM requests").fetchall() == [("GET", "/Users", 200)]
