"""Problems: what no surface answers is answered as problem details, without internals."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError


def test_an_unknown_address_is_a_problem(client: FlaskClient) -> None:
    """404 tells nothing but itself and the request's id."""
    answer = client.get("/nowhere")
    assert answer.content_type == "application/problem+json"
    assert answer.get_json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "request_id": answer.headers["X-Request-Id"],
    }


def test_a_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    """405 comes with Allow (RFC 9110 §15.5.6)."""
    answer = client.delete("/healthz")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert answer.get_json()["title"] == "Method Not Allowed"


@pytest.mark.parametrize(
    ("error", "status"),
    [(ValueError("hunter2"), 500), (OperationalError("SELECT hunter2", {}, Exception("hunter2")), 503)],
)
def test_a_failure_is_a_problem_without_internals(app: Flask, error: Exception, status: int) -> None:
    """A bug is 500, an absent database 503; neither says what it was."""

    @app.get("/broken")
    def broken() -> str:
        raise error

    answer = app.test_client().get("/broken")
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert "hunter2" not in answer.get_data(as_text=True)
    assert (answer.headers.get("Retry-After") == "1") is (status == 503)
