"""Traffic packs that lie beside the repository are replayed as they are."""

import importlib.util
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.service import TenantUnderTest

PACKS = Path(__file__).parents[3] / "shared" / "traffic"
CLIENTS = ("okta", "entra", "onelogin")


def replay_module() -> Any:
    """Load the program that comes with the packs."""
    spec = importlib.util.spec_from_file_location("replay", PACKS / "replay.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not PACKS.is_dir(), reason=f"There are no traffic packs in {PACKS}.")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
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
