"""A wrong answer is never taken for a fast one."""

from typing import Any

import pytest

from bench import bodies
from bench.judge import WrongAnswer, lost, wanted, wrong_group, wrong_hit, wrong_page, wrong_user
from bench.wire import Answer

ADA = {**bodies.user(1), "id": "ada"}


def answer(document: Any, status: int = 200) -> Answer:
    """Return an answer that carries a document."""
    return Answer(status, b"", bodies.dumped(document))


def listed(*ids: str, total: int | None = None) -> dict[str, Any]:
    """Return a list of users."""
    resources = [{"id": id_} for id_ in ids]
    return {"totalResults": len(ids) if total is None else total, "Resources": resources}


def test_a_right_answer_is_right() -> None:
    """What comes back as it was sent, and more, has nothing wrong with it."""
    assert wrong_user(answer({**ADA, "meta": {}}), 200, ADA, whole=True) is None
    assert wrong_hit(answer(listed("ada")), "ada") is None
    assert wrong_page(answer(listed("ada", "bob", total=9)), 9, 2) is None
    assert wrong_group(answer({"id": "g", "members": [{"value": "ada"}]}), "g", 1) is None


@pytest.mark.parametrize(
    "document", [{**ADA, "title": "Nobody"}, {**ADA, "id": "bob"}, {**ADA, "emails": []}, {**ADA, "active": False}]
)
def test_a_user_that_differs_is_wrong(document: dict[str, Any]) -> None:
    """Each attribute counts where the whole user is asked for."""
    assert wrong_user(answer(document), 200, ADA, whole=True)


def test_of_others_the_names_are_enough() -> None:
    """A server that keeps less is measured too, if it is the right user in the right state."""
    kept = {"id": "ada", "userName": ADA["userName"].upper(), "active": True}
    assert wrong_user(answer(kept), 200, ADA, whole=False) is None
    assert wrong_user(answer({**kept, "active": False}), 200, ADA, whole=False)


@pytest.mark.parametrize(
    "verdict",
    [
        wrong_hit(answer(listed("bob")), "ada"),
        wrong_hit(answer(listed("ada", total=2)), "ada"),
        wrong_page(answer(listed("ada", "ada", total=9)), 9, 2),
        wrong_page(answer(listed("ada", "bob", total=8)), 9, 2),
        wrong_group(answer({"id": "g", "members": [{"value": "ada"}]}), "g", 0),
        wrong_group(answer({"id": "other"}), "g", 0),
        wrong_user(answer(ADA, 201), 200, ADA, whole=True),
        wrong_hit(Answer(200, b"", b"<html>"), "ada"),
        wrong_page(answer([]), 0, 0),
    ],
)
def test_what_is_wrong_is_said(verdict: str | None) -> None:
    """A wrong user, count, member, status or format is told in words."""
    assert verdict


def test_what_must_be_there_is_demanded() -> None:
    """Preparation stops where a server refuses it."""
    assert wanted(answer(ADA, 201), 201)["id"] == "ada"
    with pytest.raises(WrongAnswer, match="status 409"):
        wanted(answer({}, 409), 201)


def test_the_order_of_values_does_not_matter() -> None:
    """A server may keep the entries of a list in an order of its own, but none may be missing or be more."""
    assert lost({"emails": [{"value": "a"}, {"value": "b"}]}, {"emails": [{"value": "b"}, {"value": "a"}]}) == []
    assert lost({"emails": [{"value": "a"}]}, {"emails": [{"value": "a"}, {"value": "b"}]}) == ["emails"]
