"""Health: the process, and whether it may be sent requests."""

import sqlalchemy
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.config import Settings
from app.runtime import EXTENSION


def test_a_living_process_says_so(client: FlaskClient) -> None:
    """The platform restarts what does not answer."""
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "alive"})


def test_a_current_database_makes_ready(client: FlaskClient) -> None:
    """Requests may be sent once the schema is that of this version."""
    assert client.get("/readyz").status_code == 200


def test_another_schema_makes_unready(app: Flask, client: FlaskClient) -> None:
    """A version that waits for its migration gets no requests, and says what is missing."""
    with app.extensions[EXTENSION].database.engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '0000'"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"
    assert "db upgrade" in answer.get_json()["detail"]
    assert answer.headers["Retry-After"] == "5"
    assert client.get("/healthz").status_code == 200


def test_no_database_makes_unready() -> None:
    """A database that cannot be reached is told without a word about where it is."""
    app = create_app(Settings(database_url="sqlite:////nowhere/at/all.db", secret_keys=("k" * 32,)))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert "nowhere" not in answer.get_data(as_text=True)
