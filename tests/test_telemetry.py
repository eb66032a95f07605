"""Logs and metrics: one line a request, ids that can be followed, and nothing that is secret or personal."""

import json
import re
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient

from app import create_app
from app.config import Settings
from app.lines import Lines
from app.runtime import EXTENSION
from app.telemetry import configure, teller
from tests.service import TenantUnderTest


def lines(captured: str) -> list[dict[str, Any]]:
    """Return the entries about requests."""
    entries = [json.loads(line) for line in captured.splitlines() if line.startswith("{")]
    return [entry for entry in entries if entry["event"] == "request"]


@pytest.fixture
def settings(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> Settings:
    """Log as JSON into what the test captures, and count."""
    return Settings(database_url=sqlite_url, secret_keys=("k" * 32,), log_format="json", metrics_enabled=True)


def test_a_request_leaves_one_line(
    client: FlaskClient, acme: TenantUnderTest, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line says what was asked, of whom, and how it ended; not the filter, not the token."""
    token = acme.scim_token()
    client.get('/t/acme/scim/v2/Users?filter=userName eq "ada@example.com"', headers=acme.bearer(token))
    written = capsys.readouterr().err
    (entry,) = lines(written)
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/t/acme/scim/v2/Users", 200)
    assert entry["tenant"] == "acme"
    assert entry["route"].startswith("/t/<tenant>/scim/v2")
    assert entry["duration_ms"] > 0
    assert "ada@example.com" not in written
    assert token not in written


def test_a_caller_of_the_api_is_named(
    client: FlaskClient, acme: TenantUnderTest, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which credential was used can be found without its token."""
    client.get("/t/acme/api/v1/users/nobody", headers=acme.bearer(acme.api_token()))
    (entry,) = lines(capsys.readouterr().err)
    assert entry["principal"]


def test_what_a_dialect_forgives_is_seen_and_counted(
    client: FlaskClient, acme: TenantUnderTest, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names the tolerances used, the metrics count them by dialect; a request without any names none."""
    headers = acme.bearer(acme.scim_token("okta"))
    body = {"userName": "ada@example.com", "active": "True", "password": "secret"}
    client.post("/t/acme/scim/v2/Users", json=body, headers=headers)
    client.get("/t/acme/scim/v2/Users", headers=headers)
    forgiving, plain = lines(capsys.readouterr().err)
    assert {"string-boolean", "password-dropped"} <= set(forgiving["tolerances"])
    assert "tolerances" not in plain
    counted = client.get("/metrics").text
    assert 'scim_tolerances_total{dialect="okta",tolerance="password-dropped"}' in counted


def test_a_sane_request_id_is_kept(client: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    """A proxy's id leads through both logs."""
    answer = client.get("/nowhere", headers={"X-Request-Id": "proxy-1.2:3"})
    assert answer.headers["X-Request-Id"] == "proxy-1.2:3"
    assert answer.get_json()["request_id"] == "proxy-1.2:3"
    assert lines(capsys.readouterr().err)[0]["request_id"] == "proxy-1.2:3"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "{}", "é"])
def test_any_other_request_id_is_replaced(given: str, client: FlaskClient) -> None:
    """What could forge an entry never reaches the log."""
    assert client.get("/nowhere", headers={"X-Request-Id": given}).headers["X-Request-Id"] != given


def test_a_path_cannot_forge_an_entry(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A line break in an address stays inside its line, in the format for people too."""
    app = create_app(Settings(database_url=sqlite_url, secret_keys=("k" * 32,)))
    app.test_client().get("/nowhere%0Arequest method='FORGED'")
    app.extensions[EXTENSION].database.close()
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_metrics_count_by_route_and_never_by_tenant(client: FlaskClient, acme: TenantUnderTest) -> None:
    """Labels are few: method, route, status."""
    client.get("/t/acme/api/v1/users/nobody", headers=acme.bearer(acme.api_token()))
    client.open("/nowhere", method="BREW")
    told = client.get("/metrics").get_data(as_text=True)
    route = "/t/<tenant>/api/v1/users/<user_id>"
    assert f'scim_http_requests_total{{method="GET",route="{route}",status="404"}}' in told
    assert f'scim_http_request_duration_seconds_bucket{{le="0.005",method="GET",route="{route}"}}' in told
    assert 'method="other",route="unknown"' in told
    assert "acme" not in told
    assert "BREW" not in told


def test_metrics_are_closed_unless_wanted(sqlite_url: str) -> None:
    """Nobody finds out by accident how busy a server is."""
    app = create_app(Settings(database_url=sqlite_url, secret_keys=("k" * 32,)))
    assert app.test_client().get("/metrics").status_code == 404
    app.extensions[EXTENSION].database.close()


def test_the_line_is_the_one_that_structlog_would_write(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """The short way of writing it keeps names, order and form of whatever it holds."""
    configure(settings)
    line = {"method": "GET", "path": '/a"b\n', "status": 200, "duration_ms": 0.5, "tenant": None, "tolerances": ["é"]}
    structlog.get_logger("request").info("request", **line)
    teller(settings, Lines())(line)
    slow, short = (json.loads(text, object_pairs_hook=list) for text in capsys.readouterr().err.splitlines())
    assert [pair for pair in slow if pair[0] != "timestamp"] == [pair for pair in short if pair[0] != "timestamp"]
    assert [re.sub(r"\d", "0", str(pair)) for pair in slow[-1:]] == [
        re.sub(r"\d", "0", str(pair)) for pair in short[-1:]
    ]
