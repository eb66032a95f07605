"""The one character that PostgreSQL takes in no text is refused on every route, wherever it stands."""

import re

from flask.testing import FlaskClient

from app.api import ROUTES
from tests.service import TenantUnderTest

PARAMETERS = ("after", "before", "q", "user", "connection", "state", "id")


def test_no_path_may_hold_it(client: FlaskClient, acme: TenantUnderTest) -> None:
    """What has such an id is not there, or the request is wrong otherwise; nothing fails."""
    host = acme.bearer(acme.api_token())
    for method, path, _ in ROUTES:
        if "<" in path and "<int:" not in path:
            named = re.sub("<[^>]+>", "%00", path)
            answer = client.open(
                f"/t/acme/api/v1{named}", method=method, headers=host, json=None if method == "GET" else {}
            )
            assert answer.status_code in {400, 404}, (method, path, answer.text)


def test_no_query_may_hold_it(client: FlaskClient, acme: TenantUnderTest) -> None:
    """A list that goes on from such a place, or is about such a name, says which parameter is wrong."""
    host = acme.bearer(acme.api_token())
    for method, path, _ in ROUTES:
        if method == "GET" and "<" not in path:
            for name in PARAMETERS:
                answer = client.get(f"/t/acme/api/v1{path}?{name}=%00", headers=host)
                assert answer.status_code in {200, 400, 404}, (path, name, answer.text)
    errors = client.get("/t/acme/api/v1/users?after=%00", headers=host).json
    assert (errors or {})["errors"] == [{"field": "after", "detail": "must not hold U+0000"}]
