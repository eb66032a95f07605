"""Answer writes before their outcome is told, to those who prefer that (RFC 9967 §2.5.1, RFC 7240 §4.1).

A request is carried out at once all the same, and its outcome is written with it, so that nothing can be lost between
the answer and the deed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter
from typing import Any

import orjson
from scim2_server.requests import ScimRequest
from scim2_server.responses import ScimResponse
from scim2_server.routing import Operation

from app.events.streams.asynchronous import COMPLETED, awaited
from app.lifecycle.journal import Journal
from app.scim.bulk_plan import BulkEntry
from app.scim.logged import redacted
from app.scim.rules import Rules
from app.scim.scope import RequestScope

WRITES = frozenset({Operation.create, Operation.replace, Operation.patch, Operation.delete})
RESPOND_ASYNC = "respond-async"
SUBJECT = "Request"
METHODS = ("POST", "PUT", "PATCH", "DELETE")
LONGEST_BULK_ID = 255
UNDONE = HTTPStatus.FAILED_DEPENDENCY
LEFT_UNDONE = "The operation was not tried: as many of the request as failOnErrors says had failed before."
SECONDS = re.compile("[0-9]{1,5}")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Outcome = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deferral:
    """A request whose outcome is told on the streams that asked for it, unless it is there by ``until``."""

    rules: Rules
    request: ScimRequest
    scope: RequestScope
    until: float

    @property
    def late(self) -> bool:
        """Tell whether the client has waited for as long as it wanted to (RFC 7240 §4.3)."""
        return perf_counter() >= self.until

    def told(self, response: ScimResponse, indexes: Sequence[int] = ()) -> ScimResponse:
        """Write what became of the request in the present transaction, and return the answer for now.

        ``indexes`` are the places of the operations of a bulk request of which the response tells.
        """
        txn = self.scope.work.txn
        told = {txn: self._of_single(response)}
        if indexes:
            told = {f"{txn}:{index}": each for index, each in self._of_bulk(response.body or {}, indexes)}
        version, _ = self.scope.work.policies.current()
        journal = Journal(self.scope.work, self.scope.actor, self.scope.clock.now(), version)
        for id_, outcome in told.items():
            journal.record(SUBJECT, id_, [(COMPLETED, outcome)])
        stands = response.status < HTTPStatus.BAD_REQUEST and self.request.method != "DELETE" and not indexes
        place = {"Location": self._place(response)} if stands else {}
        return ScimResponse(HTTPStatus.ACCEPTED, None, {"Set-Txn": txn, "Preference-Applied": RESPOND_ASYNC, **place})

    def _place(self, response: ScimResponse) -> str:
        """Return where the resource is, or else what was asked for."""
        told = response.headers.get("Content-Location") or response.headers.get("Location")
        return told or self.request.base_url + self.request.path

    def _of_single(self, response: ScimResponse) -> Outcome:
        status, etag = int(response.status), response.headers.get("ETag")
        error = response.body if status >= HTTPStatus.BAD_REQUEST else None
        return self._outcome(self.request.method, status, self._place(response), etag, error)

    def _of_bulk(self, body: Mapping[str, Any], indexes: Sequence[int]) -> Iterator[tuple[int, Outcome]]:
        """Yield what became of each operation, those left undone included; none is waited for in vain."""
        told = dict(zip(indexes, body["Operations"], strict=True))
        for index, sent in enumerate(self.rules.payload(self.request)["Operations"]):
            entry = BulkEntry.of(sent)
            named = {"bulk_id": entry.bulk_id[:LONGEST_BULK_ID]} if entry.bulk_id else {}
            yield index, {**self._of_operation(entry, told.get(index)), **named, "index": index}

    def _of_operation(self, entry: BulkEntry, told: Mapping[str, Any] | None) -> Outcome:
        """Return what became of an operation; one that created nothing was at no resource."""
        # what names no method that there is, is told by that of the request
        method = entry.method if entry.method in METHODS else self.request.method
        place = f"{self.request.base_url}{entry.path}"
        if told is None:
            return {**self._outcome(method, UNDONE, place, None, None), "error": {"detail": LEFT_UNDONE}}
        place, version = told.get("location") or place, told.get("version")
        return self._outcome(method, int(told["status"]), place, version, told.get("response"))

    def _outcome(self, method: str, status: int, place: str, etag: str | None, error: Any) -> Outcome:
        endpoint, _, id_ = place.removeprefix(self.request.base_url).strip("/").partition("/")
        types = {each.endpoint.lower(): (name, each.endpoint) for name, each in self.rules.kinds.items()}
        type_, endpoint = types.get(endpoint.lower(), (None, "Me" if endpoint.lower() == "me" else "Bulk"))
        outcome: Outcome = {"method": method, "status": status, "endpoint": endpoint}
        if type_ is not None and _ID.fullmatch(id_):
            outcome |= {"resource_type": type_, "resource": id_}
        if etag is not None:
            outcome["version"] = int(etag.strip('W/"'))
        return outcome if error is None else {**outcome, "error": self._error(error)}

    def _error(self, body: Mapping[str, Any]) -> Outcome:
        """Return what was wrong, without a value that was sent: events hold nobody's name."""
        sent = orjson.loads(self.request.body or b"null")
        places = [part for part in self.request.path.split("/") if part and not _ID.fullmatch(part)][1:]
        detail = redacted(body.get("detail") or "", [sent, places])
        return {"detail": detail, **({"scim_type": body["scimType"]} if body.get("scimType") else {})}


def deferral(
    prefer: str | None, request: ScimRequest, rules: Rules, scope: RequestScope, began: float
) -> Deferral | None:
    """Return how to answer a write later, where the client prefers that and a stream would tell it; None is at once.

    What no resource, permission or JSON stands behind is refused at once in any case.
    """
    preferences = _preferences(prefer) if prefer else {}
    if RESPOND_ASYNC not in preferences or not _writes(request, rules) or not awaited(scope.work):
        return None
    wait = preferences.get("wait", "")
    seconds = int(wait) if SECONDS.fullmatch(wait) else 0
    return Deferral(rules, request, scope, began + seconds)


def _preferences(header: str) -> dict[str, str]:
    """Return what is preferred; of what is said twice, the first counts (RFC 7240 §2)."""
    found: dict[str, str] = {}
    for each in header.split(","):
        name, _, value = each.partition(";")[0].partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


def _writes(request: ScimRequest, rules: Rules) -> bool:
    """Tell whether a request changes resources, or raise what stops any such request."""
    operation = rules.match(request).operation
    if operation in WRITES:
        target = rules.route(request, operation)
        rules.authorize(request, target, rules.resource_type_at(str(target.endpoint)))
    elif operation is not Operation.bulk:
        return False
    if operation is not Operation.delete:
        rules.payload(request)
    return True
