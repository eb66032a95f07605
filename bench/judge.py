"""Tell what is wrong with an answer: a server that answers wrong is not fast."""

from __future__ import annotations

from typing import Any

import orjson

from bench import bodies
from bench.wire import Answer

SAID = 120


class WrongAnswer(Exception):  # noqa: N818 - it is the answer that is wrong
    """What had to be there before a measurement could not be made."""


def wanted(answer: Answer, status: int) -> dict[str, Any]:
    """Return the JSON object of an answer without which there is no going on."""
    found = document(answer, status)
    if isinstance(found, str):
        raise WrongAnswer(found)
    return found


def document(answer: Answer, status: int) -> dict[str, Any] | str:
    """Return the JSON object of an answer with that status, or else what is wrong."""
    if answer.status != status:
        return f"status {answer.status}, not {status}: {answer.body[:SAID]!r}"
    try:
        found = orjson.loads(answer.body)
    except ValueError:
        return "no JSON"
    return found if isinstance(found, dict) else "no JSON object"


def wrong_user(answer: Answer, status: int, expected: dict[str, Any], *, whole: bool) -> str | None:
    """Tell what is wrong with an answer that carries a user; ``whole`` asks for all attributes, not only the names."""
    found = document(answer, status)
    if isinstance(found, str):
        return found
    if not isinstance(found.get("id"), str):
        return "no id"
    known = expected if whole else {name: expected[name] for name in ("id", "userName", "active") if name in expected}
    missing = lost(known, found)
    return f"lost {', '.join(missing)}" if missing else None


def wrong_hit(answer: Answer, user_id: str) -> str | None:
    """Tell what is wrong with a list that must hold one user."""
    found = document(answer, 200)
    if isinstance(found, str):
        return found
    if found.get("totalResults") != 1:
        return f"{found.get('totalResults')} results, not 1"
    ids = [entry.get("id") for entry in found.get("Resources", ())]
    return None if ids == [user_id] else "another user"


def wrong_page(answer: Answer, total: int, size: int) -> str | None:
    """Tell what is wrong with a page of a list of so many in all."""
    found = document(answer, 200)
    if isinstance(found, str):
        return found
    if found.get("totalResults") != total:
        return f"{found.get('totalResults')} in all, not {total}"
    ids = {entry.get("id") for entry in found.get("Resources", ())}
    return None if len(ids) == min(size, total) else f"{len(ids)} different users, not {min(size, total)}"


def wrong_group(answer: Answer, group_id: str, members: int) -> str | None:
    """Tell what is wrong with a group that must show so many members."""
    found = document(answer, 200)
    if isinstance(found, str):
        return found
    if found.get("id") != group_id:
        return "another group"
    ids = {entry.get("value") for entry in found.get("members", ())}
    return None if len(ids) == members else f"{len(ids)} members, not {members}"


def lost(sent: Any, got: Any, path: str = "") -> list[str]:
    """Return the paths of what was sent and did not come back; entries of a list may come in any order."""
    if isinstance(sent, dict):
        if not isinstance(got, dict):
            return [path]
        pairs = ((f"{path}.{name}" if path else name, value, got.get(name)) for name, value in sent.items())
        return [each for at, value, found in pairs for each in lost(value, found, at)]
    if isinstance(sent, list):
        entries = got if isinstance(got, list) else []
        same = len(sent) == len(entries) and all(any(not lost(one, other) for other in entries) for one in sent)
        return [] if same else [path]
    return [] if _same(sent, got, path) else [path]


def _same(sent: Any, got: Any, path: str) -> bool:
    if path == "userName":
        return isinstance(got, str) and sent.lower() == got.lower()
    return bool(sent == got)


def user_sent(number: int, **facts: Any) -> dict[str, Any]:
    """Return what a user must look like, with what has become of it since."""
    return {**bodies.user(number), **facts}
