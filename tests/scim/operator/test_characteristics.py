"""Each characteristic of an attribute does what its schema says (RFC 7643 §2.2, §7), for own types and extensions."""

from typing import Any

import pytest

from tests.scim.operator.subjects import Subject, device, person
from tests.scim_client import ScimClient, body_of, op, refused

FULL: dict[str, Any] = {
    "label": "Lab",
    "code": "C1",
    "nickname": "Nick",
    "serial": "S1",
    "rank": "HIGH",
    "grade": "b",
    "badge": "B",
    "enabled": True,
    "size": 5,
    "slots": [1, 2],
    "weight": 1.5,
    "bought": "2026-01-02T03:04:05Z",
    "key": "YWJj",
    "page": "https://x.example",
    "keeper": "https://x.example/Users/1",
    "tags": ["a", "b"],
    "place": {"building": "H", "floor": 3, "plan": "p"},
    "ports": [{"value": "eth0", "type": "in", "primary": True}, {"value": "eth1", "type": "out"}],
}
UNSEEN = {"secret": "s", "hidden": "h", "computed": "c", "notes": "n"}


@pytest.fixture(params=[device, person], ids=["type", "extension"])
def subject(request: pytest.FixtureRequest, scim: ScimClient) -> Subject:
    """Return what bears the attributes: all tests here hold for both."""
    found: Subject = request.param(scim)
    return found


def test_every_type_is_kept(subject: Subject) -> None:
    """What is written of any type is read back, and a write that changes nothing bumps no version."""
    path = subject.make(**FULL, **UNSEEN)
    answer = subject.scim.get(path)
    assert FULL.items() <= subject.traits(answer).items()
    before = answer.headers["ETag"]
    same = subject.scim.patch(path, op("replace", f"{subject.prefix}size", 5))
    assert same.headers["ETag"] == before


def test_returned(subject: Subject) -> None:
    """Always, never, by default and on request: each is in the answers it belongs to, and in no other."""
    body = subject.body(**{**FULL, **UNSEEN, "place": {"building": "H", "door": "d", "pin": "1"}})
    answer = subject.scim.post(subject.endpoint, body)
    written = subject.traits(answer, 201)
    assert (written["notes"], written["badge"], written["place"]) == ("n", "B", {"building": "H", "door": "d"})
    assert {"secret", "hidden", "computed"}.isdisjoint(written)
    path = f"{subject.endpoint}/{body_of(answer, 201)['id']}"
    read = subject.traits(subject.scim.get(path))
    assert {"secret", "hidden", "computed", "notes"}.isdisjoint(read)
    assert (read["badge"], read["place"]) == ("B", {"building": "H"})
    named = ",".join(f"{subject.prefix}{name}" for name in ("notes", "secret", "hidden", "place.door"))
    chosen = subject.traits(subject.scim.get(path, attributes=named))
    assert {"notes": "n", "badge": "B", "place": {"door": "d"}}.items() <= chosen.items()
    assert {"secret", "hidden", "label"}.isdisjoint(chosen)
    left = subject.traits(subject.scim.get(path, excludedAttributes=f"{subject.prefix}badge,{subject.prefix}label"))
    assert left["badge"] == "B"
    assert {"label", "notes", "secret"}.isdisjoint(left)
    patched = subject.scim.patch(path, op("replace", f"{subject.prefix}notes", "seen"))
    assert subject.traits(patched)["notes"] == "seen"
    assert "notes" not in subject.traits(subject.scim.patch(path, op("replace", f"{subject.prefix}label", "x")))
    (listed,) = body_of(subject.scim.get(subject.endpoint, filter=f'{subject.prefix}code eq "C1"'))["Resources"]
    shown = listed.get(subject.extension, listed) if subject.extension else listed
    assert {"secret", "hidden", "notes"}.isdisjoint(shown)


def test_mutability(subject: Subject) -> None:
    """What is readOnly is left aside, what is immutable set once, what is writeOnly kept."""
    path, prefix = subject.make(computed="x", secret="s", place={"building": "H", "plan": "p"}), subject.prefix
    refused(subject.scim.patch(path, op("add", f"{prefix}computed", "y")), 400, "mutability")
    body_of(subject.scim.patch(path, op("add", f"{prefix}serial", "S1")))
    refused(subject.scim.patch(path, op("replace", f"{prefix}serial", "S2")), 400, "mutability")
    refused(subject.scim.patch(path, op("replace", f"{prefix}place.plan", "q")), 400, "mutability")
    assert subject.found('@secret eq "s"') == 1
    assert subject.found('@secret eq "t"') == 0
    for name in ("secret", "hidden"):
        asked = {"filter": f'{prefix}{name} sw "s"'}
        refused(subject.scim.get(subject.endpoint, **asked), 400, "invalidFilter")
        refused(subject.scim.get(subject.endpoint, sortBy=f"{prefix}{name}"), 400, "invalidPath")


def test_a_put_keeps_what_was_set_once(subject: Subject) -> None:
    """A PUT clears what it leaves out, but for what is immutable or never read back; another value is refused."""
    path = subject.make(serial="S1", secret="s", label="x")
    before = body_of(subject.scim.get(path))
    put = {name: value for name, value in before.items() if name not in {"meta", "id", subject.extension}}
    for name in ("label", "serial"):
        put.pop(name, None)
    ours = {subject.extension: {"badge": "B"}} if subject.extension else {"badge": "B"}
    assert subject.traits(subject.scim.put(path, {**put, **ours}))["serial"] == "S1"
    assert "label" not in subject.traits(subject.scim.get(path))
    assert subject.found('@secret eq "s"') == 1
    other = {subject.extension: {"serial": "S2"}} if subject.extension else {"serial": "S2"}
    refused(subject.scim.put(path, {**put, **other}), 400, "mutability")


def test_uniqueness(subject: Subject) -> None:
    """A unique value is had once, as its case says; freed, another may have it."""
    path = subject.make(code="C", nickname="Nick", serial="S", ports=[{"value": "eth0"}])
    body_of(subject.post(code="c"), 201)
    for taken in ({"code": "C"}, {"nickname": "NICK"}, {"serial": "S"}, {"ports": [{"value": "a"}, {"value": "ETH0"}]}):
        refused(subject.post(**taken), 409, "uniqueness")
    other = subject.make(code="D")
    refused(subject.scim.patch(other, op("replace", f"{subject.prefix}code", "C")), 409, "uniqueness")
    body_of(subject.scim.patch(path, op("replace", f"{subject.prefix}code", "E")))
    body_of(subject.scim.patch(other, op("replace", f"{subject.prefix}code", "C")))
    assert subject.scim.delete(path).status_code == 204
    body_of(subject.post(nickname="nick", serial="S"), 201)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rank", "middle"),
        ("grade", "B"),
        ("ports", [{"value": "x", "type": "sideways"}]),
        ("place", {"floor": 1}),
        ("ports", [{"type": "in"}]),
        ("enabled", "true"),
        ("size", 2**63),
        ("size", 2**64),
        ("size", -(2**70)),
        ("size", "5"),
        ("size", 1.5),
        ("size", True),
        ("slots", [1, 10**30]),
        ("weight", "1.5"),
        ("weight", True),
        ("bought", "2026-01-02"),
        ("bought", 17),
        ("key", "no base64!"),
        ("label", 5),
        ("label", ["a"]),
    ],
    ids=str,
)
def test_a_wrong_value_is_refused(subject: Subject, name: str, value: Any) -> None:
    """Whatever a type or its canonical values do not allow is a clear 400, by POST and by PATCH."""
    detail = refused(subject.post(**{name: value}), 400, "invalidValue")["detail"]
    assert name in detail
    path = subject.make()
    assert subject.scim.patch(path, op("add", f"{subject.prefix}{name}", value)).status_code == 400
    assert name not in subject.traits(subject.scim.get(path))


def test_what_was_stored_does_not_stand_in_the_way(subject: Subject) -> None:
    """The ends of the range of integers are in it, and canonical values compare as their case says."""
    path = subject.make(size=2**63 - 1, slots=[-(2**63)], rank="LOW", grade="A")
    assert subject.traits(subject.scim.get(path))["size"] == 2**63 - 1
    assert subject.found(f"@size eq {2**63 - 1}") == 1
    assert subject.found(f"@size lt {10**40}") == 1


@pytest.mark.parametrize(
    "text",
    [
        '@code eq "C1"',
        '@nickname eq "NICK"',
        "@enabled eq true",
        "@size gt 4 and @size le 5",
        "@slots eq 2",
        "@weight lt 1.6",
        '@bought ge "2026-01-02T04:04:05+01:00"',
        '@key eq "YWJj"',
        '@page sw "https"',
        '@tags eq "B"',
        "@place.floor eq 3",
        '@ports[value eq "eth1" and type eq "out"]',
        "@label pr and not (@notes pr)",
    ],
)
def test_filters(subject: Subject, text: str) -> None:
    """Filters know every type, and find no other resource."""
    subject.make(**FULL)
    subject.make(code="c1", notes="n")
    assert subject.found(text) == 1


def test_sorting(subject: Subject) -> None:
    """Results are sorted by an attribute of an operator's, numbers as numbers."""
    for size in (10, 9, 100):
        subject.make(size=size)
    for asked in ({}, {"cursor": "", "count": "5"}):
        answer = subject.scim.get(subject.endpoint, sortBy=f"{subject.prefix}size", **asked)
        shown = [each.get(subject.extension or "", each)["size"] for each in body_of(answer)["Resources"]]
        assert shown == [9, 10, 100]


def test_patches(subject: Subject) -> None:
    """PATCH reaches into lists and complex values, with paths and without."""
    path, prefix = subject.make(**FULL), subject.prefix
    traits = {subject.extension: {"label": "new"}} if subject.extension else {"label": "new"}
    answer = subject.scim.patch(
        path,
        op("add", f"{prefix}tags", ["c"]),
        op("replace", f'{prefix}ports[value eq "eth1"].type', "in"),
        op("remove", f"{prefix}place.floor"),
        {"op": "replace", "value": traits},
    )
    shown = subject.traits(answer)
    assert (shown["tags"], shown["ports"][1]["type"]) == (["a", "b", "c"], "in")
    assert (shown["place"], shown["label"]) == ({"building": "H", "plan": "p"}, "new")
