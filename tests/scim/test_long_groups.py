"""Groups with more members than are held in memory at once: the same answers, in pieces."""

import tracemalloc
from typing import Any

import pytest
from sqlalchemy import insert

from app.db.rows import MemberRow
from app.scim import long_groups
from tests.scim_client import ScimClient, body_of, op
from tests.service import TenantUnderTest

FEW = 2
CROWD = 60_000
MOST_BYTES = 5_000_000
ASKED: list[dict[str, str]] = [
    {},
    {"attributes": "members"},
    {"attributes": "members.value,displayName"},
    {"attributes": "displayName"},
    {"excludedAttributes": "members"},
    {"excludedAttributes": "members.display"},
    {"excludedAttributes": "members.value,members.$ref,members.type,members.display"},
    {"excludedAttributes": "displayName,meta"},
]


@pytest.fixture
def teams(scim: ScimClient) -> list[str]:
    """Create groups of none, one, and more than a few."""
    people = [scim.user(f"user-{number}") for number in range(5)]
    return [scim.group(f"Team {size}", *people[:size]) for size in (0, 1, 2, 4, 5)]


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_pieces_make_the_same_answer(
    scim: ScimClient, teams: list[str], asked: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One group, a page, a search by cursor and one among all types say the same, however they are sent."""

    def read() -> list[Any]:
        alone = [scim.get(f"/Groups/{id_}", **asked) for id_ in teams]
        pages = [scim.get("/Groups", **page, **asked) for page in ({}, {"cursor": ""}, {"count": 3, "startIndex": 2})]
        return [body_of(answer) for answer in (*alone, *pages, scim.get("/", **asked))]

    whole = read()
    monkeypatch.setattr(long_groups, "BATCH", FEW)
    assert read() == whole


def test_what_a_write_answers(scim: ScimClient, teams: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A PATCH answers with the group as it left it, in pieces too."""
    monkeypatch.setattr(long_groups, "BATCH", FEW)
    eve = scim.user("eve")
    answer = body_of(scim.patch(f"/Groups/{teams[-1]}", op("add", "members", [{"value": eve}])))
    assert len(answer["members"]) == 6
    assert eve in [member["value"] for member in answer["members"]]
    assert body_of(scim.get(f"/Groups/{teams[-1]}")) == answer


def test_headers(scim: ScimClient, teams: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The headers are those of any answer but for the length, which nobody knows yet; HEAD sends no body."""
    path = f"/Groups/{teams[-1]}"
    whole = scim.get(path).headers
    monkeypatch.setattr(long_groups, "BATCH", FEW)
    pieces, head = scim.get(path), scim.send("HEAD", path)
    for name in ("ETag", "Content-Type", "Content-Location"):
        assert pieces.headers[name] == head.headers[name] == whole[name]
    assert "Content-Length" not in pieces.headers
    assert head.status_code == 200
    assert head.data == b""
    assert scim.get(path, headers={"If-None-Match": whole["ETag"]}).status_code == 304


def test_who_comes_and_goes_meanwhile(scim: ScimClient, teams: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Who stays is there exactly once, and no connection to the database waits for the client."""
    monkeypatch.setattr(long_groups, "BATCH", FEW)
    before = scim.members(teams[-1])
    answer = scim.get(f"/Groups/{teams[-1]}")
    pieces = answer.iter_encoded()
    sent = [next(pieces), next(pieces)]
    database: Any = scim.tenant.runtime.database
    with database.reading(scim.tenant.id):
        assert database.engine.pool.checkedout() == 1
    assert scim.delete(f"/Users/{before[0]}").status_code == 204
    assert scim.delete(f"/Users/{before[-1]}").status_code == 204
    body = b"".join([*sent, *pieces]).decode()
    assert [body.count(f'"value":"{id_}"') for id_ in before] == [1, 1, 1, 1, 0]


@pytest.mark.slow
def test_memory_stays_flat(scim: ScimClient, acme: TenantUnderTest) -> None:
    """A group of 60,000 members takes no more memory than its batches do, though the answer is much longer."""
    team = scim.group("Team", scim.user("ada"))
    joined = {"tenant_id": acme.id, "group_id": team, "type": "User", "display": "Somebody"}
    with acme.runtime.database.unit_of_work(acme.id) as work:
        members = [{**joined, "member_id": f"{number:036d}"} for number in range(CROWD)]
        work.connection.execute(insert(MemberRow), members)
    del members
    for path in (f"/Groups/{team}", "/Groups"):
        answer = scim.get(path)
        tracemalloc.start()
        sent = found = 0
        for piece in answer.iter_encoded():
            sent, found = sent + len(piece), found + piece.count(b'"$ref"')
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found == CROWD + 1
        assert peak < MOST_BYTES < sent, (peak, sent)
