"""Traffic packs that lie beside the repository are replayed as they are."""

import importlib.util
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.identity.proofs import SignOnWish
from tests.identity.oauth_clients import connecting, public, rsa
from tests.service import ISSUER, TenantUnderTest
from tests.sessions.providers import HostApplication
from tests.transcripts import universal_logout

PACKS = Path(__file__).parents[3] / "shared" / "traffic"
CLIENTS = ("okta", "entra", "onelogin")


def lent(function: Any) -> Any:
    """Skip a test where the packs are not there; their program leaves its files to the collector of garbage."""
    for mark in (
        pytest.mark.skipif(not PACKS.is_dir(), reason=f"There are no traffic packs in {PACKS}."),
        pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
    ):
        function = mark(function)
    return function


def replay_module() -> Any:
    """Load the program that comes with the packs."""
    spec = importlib.util.spec_from_file_location("replay", PACKS / "replay.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@lent
@pytest.mark.parametrize("pack", CLIENTS)
def test_a_pack_is_answered_as_expected(
    pack: str, client: FlaskClient, acme: TenantUnderTest, capsys: pytest.CaptureFixture[str]
) -> None:
    """No step of a pack fails under the default policy, with a connection of its dialect."""

    def send(method: str, path: str, headers: dict[str, str], data: bytes | None) -> tuple[int, dict[str, str], bytes]:
        answer = client.open(f"/t/acme/scim/v2{path}", method=method, headers=headers, data=data)
        return answer.status_code, {name.lower(): value for name, value in answer.headers}, answer.data

    known = {"token": acme.scim_token(pack), "run": uuid.uuid4().hex[:12]}
    failed = replay_module().run_file(str(PACKS / f"{pack}.json"), known, send)
    said = capsys.readouterr().out
    assert failed == 0, said
    done = re.search(r"(\d+) ok", said)
    assert done is not None
    assert int(done[1]) > 10


@lent
def test_universal_logout_is_answered_as_expected(
    client: FlaskClient, acme: TenantUnderTest, capsys: pytest.CaptureFixture[str]
) -> None:
    """No step of the pack fails or is left out, with an application that asks us at each request."""

    def send(method: str, path: str, headers: dict[str, str], data: bytes | None) -> tuple[int, dict[str, str], bytes]:
        place = path.removeprefix(ISSUER) if path.startswith(ISSUER) else f"/t/acme/scim/v2{path}"
        answer = client.open(place, method=method, headers=headers, data=data)
        return answer.status_code, {name.lower(): value for name, value in answer.headers}, answer.data

    token, host, office = acme.scim_token("okta", name="Okta"), HostApplication.of(client, acme), connecting(acme)
    wish = SignOnWish(universal_logout.ORG, universal_logout.CLIENT_ID, jwks=public(rsa()))
    office.sign_on(office.by_name("Okta").id, wish)
    made = client.post("/t/acme/scim/v2/Users", headers=acme.bearer(token), json=universal_logout.USER)
    sid = host.register(made.get_json()["id"])["sid"]
    now = int(acme.runtime.clock.now().timestamp())
    known = universal_logout.known(f"{ISSUER}/t/acme", token, sid, now)
    asking = universal_logout.probing(
        send, lambda shown: host.call("POST", "/oauth/introspect", data={"token": shown}).get_json()
    )
    failed = replay_module().run_file(str(PACKS / f"{universal_logout.PACK}.json"), known, asking)
    said = capsys.readouterr().out
    assert (failed, "0 skipped" in said) == (0, True), said
