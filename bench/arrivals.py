"""The workloads that create, replace, list and delete users."""

from __future__ import annotations

from itertools import count, islice
from typing import Any, ClassVar

from bench import bodies
from bench.judge import document, user_sent, wanted, wrong_page, wrong_user
from bench.target import Request, Target
from bench.wire import Answer
from bench.workload import Workload

PAGE = 100
BULK = 100


class Create(Workload):
    """Create users."""

    title = "create a user"

    def request(self, connection: int) -> Request:
        """Create the next user."""
        self.count(connection)
        number = next(self.target.numbers)
        return Request("POST", "/Users", bodies.dumped(bodies.user(number)), number)

    def wrong(self, request: Request, answer: Answer) -> str | None:
        """Want the user as it was sent, with an id."""
        found = document(answer, 201)
        if isinstance(found, dict) and isinstance(found.get("id"), str):
            self.target.extras.append(found["id"])
        return wrong_user(answer, 201, user_sent(request.about), whole=not self.target.foreign)


class CreateInBulk(Workload):
    """Create a hundred users in one request."""

    title = f"bulk of {BULK} creates"
    share = 0.03

    def request(self, connection: int) -> Request:
        """Create the next hundred."""
        self.count(connection)
        return Request("POST", "/Bulk", bodies.bulk_creation(list(islice(self.target.numbers, BULK))))

    def wrong(self, request: Request, answer: Answer) -> str | None:  # noqa: ARG002
        """Want each of them created, and where it is."""
        found = document(answer, 200)
        if isinstance(found, str):
            return found
        created = [each for each in found.get("Operations", ()) if str(each.get("status")) == "201"]
        self.target.extras.extend(str(each.get("location", "")).rpartition("/")[2] for each in created)
        return None if len(created) == BULK else f"{len(created)} of {BULK} were created"


class Page(Workload):
    """Read the first page of the list of users."""

    title = f"page of {PAGE}"
    share = 0.2

    def request(self, connection: int) -> Request:
        """Ask for the page."""
        self.count(connection)
        return Request("GET", f"/Users?startIndex=1&count={PAGE}")

    def wrong(self, request: Request, answer: Answer) -> str | None:  # noqa: ARG002
        """Want a full page, and the right number of all."""
        return wrong_page(answer, self.target.total, PAGE)


class Replace(Workload):
    """Replace users by ones with another title."""

    title = "PUT a user"
    editions: ClassVar[count[int]] = count(1)

    def __init__(self, target: Target, connections: int, requests: int) -> None:
        """Remember what each connection has sent last."""
        super().__init__(target, connections, requests)
        self._last: dict[int, dict[str, Any]] = {}

    def request(self, connection: int) -> Request:
        """Replace the next user."""
        number, title = self.pick(connection, self.count(connection)), f"Account Executive {next(self.editions)}"
        body = {**bodies.user(number, title), "id": self.target.users[number]}
        self._last[connection] = body
        return Request("PUT", f"/Users/{body['id']}", bodies.dumped(body), body)

    def wrong(self, request: Request, answer: Answer) -> str | None:
        """Want the replacement."""
        return self._wrong_now(answer, request.about)

    def _wrong_now(self, answer: Answer, body: dict[str, Any]) -> str | None:
        return wrong_user(answer, 200, body, whole=not self.target.foreign)

    def finish(self) -> str | None:
        """Read the last users again."""
        answers = ((body, self.target.call(Request("GET", f"/Users/{body['id']}"))) for body in self._last.values())
        verdicts = (self._wrong_now(answer, body) for body, answer in answers)
        return next((f"read again: {verdict}" for verdict in verdicts if verdict), None)


class Delete(Workload):
    """Delete users that other workloads, or this one, have created for it."""

    title = "DELETE a user"

    def prepare(self) -> None:
        """Create what is missing."""
        creation = Create(self.target, 1, self.requests)
        while len(self.target.extras) < self.requests:
            self.target.extras.append(wanted(self.target.call(creation.request(0)), 201)["id"])

    def request(self, connection: int) -> Request | None:
        """Delete the next of them."""
        self.count(connection)
        return Request("DELETE", f"/Users/{self.target.extras.popleft()}") if self.target.extras else None

    def wrong(self, request: Request, answer: Answer) -> str | None:
        """Want nothing back."""
        return None if answer.status == 204 else f"status {answer.status}: {request.path}"
