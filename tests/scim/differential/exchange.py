"""One request, the two answers to it, and in what they diverge."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from werkzeug.test import TestResponse

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@dataclass(frozen=True)
class Request:
    """What is sent to both; a body of text goes as it is, any other as JSON."""

    method: str
    path: str
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes | None:
        """Return the body as it is sent."""
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()

    def __str__(self) -> str:
        """Show the request in one line, as the list of differences matches it."""
        asked = "&".join(f"{name}={value}" for name, value in self.query.items())
        headers = "".join(f" [{name}: {value}]" for name, value in self.headers.items())
        body = "" if self.body is None else f" {self.body if isinstance(self.body, str) else json.dumps(self.body)}"
        return f"{self.method} {self.path}{'?' if asked else ''}{asked}{headers}{body}"


@dataclass(frozen=True)
class Answer:
    """What came back, but for words: the detail of an error is written for other readers here and there."""

    status: str
    body: Any

    @classmethod
    def of(cls, response: TestResponse) -> "Answer":
        """Read an answer."""
        body = json.loads(response.data) if response.data else None
        told = body if isinstance(body, dict) else {}
        scim_type = told.get("scimType") if ERROR in told.get("schemas", ()) else None
        failed = response.status_code >= 400
        return cls(" ".join(filter(None, [str(response.status_code), scim_type])), None if failed else _plain(body))


def _plain(value: Any, name: str = "") -> Any:
    """Return a value without details of errors, with lists that have no order sorted."""
    if isinstance(value, dict):
        apart = {"detail"} if ERROR in value.get("schemas", ()) else set()
        return {key: _plain(item, key) for key, item in value.items() if key not in apart and item is not None}
    if name in {"created", "lastModified"}:
        return datetime.fromisoformat(value).timestamp()
    if isinstance(value, list):
        entries = [_plain(entry) for entry in value]
        return sorted(entries, key=str) if name in {"members", "schemas"} else entries
    return value


def divergences(ours: Answer, theirs: Answer) -> list[str]:
    """Return one line for each thing in which two answers differ."""
    if ours.status != theirs.status:
        return [f"status {ours.status} | {theirs.status}"]
    return sorted(set(_unequal("$", ours.body, theirs.body)))


def _unequal(place: str, ours: Any, theirs: Any) -> Iterator[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in ours.keys() | theirs.keys():
            if name not in theirs:
                yield f"{place}.{name} only here"
            elif name not in ours:
                yield f"{place}.{name} only there"
            else:
                yield from _unequal(f"{place}.{name}", ours[name], theirs[name])
    elif place == "$.Resources" and isinstance(ours, list) and isinstance(theirs, list) and _ids(ours) != _ids(theirs):
        same = sorted(_ids(ours)) == sorted(_ids(theirs))
        yield "$.Resources in another order" if same else "$.Resources are others"
    elif isinstance(ours, list) and isinstance(theirs, list) and ours != theirs and ours == _once(theirs):
        yield f"{place} repeats there"
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for one, other in zip(ours, theirs, strict=True):
            yield from _operation(one, other) if place == "$.Operations" else _unequal(f"{place}[]", one, other)
    elif ours != theirs or type(ours) is not type(theirs):
        yield f"{place} differs"


def _once(entries: list[Any]) -> list[Any]:
    return [entry for place, entry in enumerate(entries) if entry not in entries[:place]]


def _ids(resources: list[Any]) -> list[str]:
    return [resource.get("id", "") for resource in resources]


def _operation(ours: Any, theirs: Any) -> Iterator[str]:
    """Compare the outcome of one bulk operation as that of the request it stands for, whose error is its status."""
    one, other = _outcome(ours), _outcome(theirs)
    if one != other:
        yield f"{ours.get('method')} status {one} | {other}"
    else:
        yield from _unequal("operation", {**ours, "response": None}, {**theirs, "response": None})


def _outcome(operation: Any) -> str:
    return f"{operation.get('status')} {operation.get('response', {}).get('scimType', '')}".strip()
