"""The workloads on single users."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from urllib.parse import quote, urlencode

from bench import bodies
from bench.judge import document, user_sent, wanted, wrong_hit, wrong_user
from bench.target import ENTRA, HOST, SCIM, Request, Target
from bench.wire import Answer
from bench.workload import Workload

LOOKED_AT_AGAIN = 8
SIGNED_IN = 50


class Read(Workload):
    """Read a user."""

    title = "read a user"

    def request(self, connection: int) -> Request:
        """Ask for the next user."""
        number = self.pick(connection, self.count(connection))
        return Request("GET", f"/Users/{self.target.users[number]}", about=number)

    def wrong(self, request: Request, answer: Answer) -> str | None:
        """Want the whole user."""
        number = request.about
        expected = user_sent(number, id=self.target.users[number])
        return wrong_user(answer, 200, expected, whole=not self.target.foreign)


class FindByUserName(Workload):
    """Look a user up, as identity providers do before they create one."""

    title = "look up by userName"

    def request(self, connection: int) -> Request:
        """Ask for the next user by its name."""
        number = self.pick(connection, self.count(connection))
        return Request("GET", f"/Users?filter={quote(self.condition(number))}", about=number)

    def condition(self, number: int) -> str:
        """Return the filter."""
        return f'userName eq "{bodies.user_name(number)}"'

    def wrong(self, request: Request, answer: Answer) -> str | None:
        """Want this user alone."""
        return wrong_hit(answer, self.target.users[request.about])


class FindByExternalId(FindByUserName):
    """Look a user up by the id it has at the identity provider."""

    title = "look up by externalId"

    def condition(self, number: int) -> str:
        """Return the filter."""
        return f'externalId eq "{bodies.external_id(number)}"'


class Introspect(Workload):
    """Ask whether a session may go on; where there are none, reading a user stands in for it."""

    title = "ask about a session"

    @classmethod
    def fits(cls, target: Target, users: int) -> bool:
        """Skip servers that could hold sessions and do not."""
        return not target.foreign and users > 0

    @classmethod
    def of(cls, target: Target, connections: int, requests: int) -> Workload:
        """Return the stand-in for a target without sessions."""
        return (cls if HOST in target.doors else Read)(target, connections, requests)

    def prepare(self) -> None:
        """Sign some users in, once."""
        body = bodies.dumped({"token": True, "client": "bench", "expires_in": 86_400})
        for user_id in self.target.users[: SIGNED_IN - len(self.target.sessions)]:
            path = f"/api/v1/users/{user_id}/sessions"
            request = Request("POST", path, body, door=HOST, media_type="application/json")
            self.target.sessions.append(wanted(self.target.call(request), 201)["token"])

    def request(self, connection: int) -> Request:
        """Ask about the next session."""
        number = (self.count(connection) * self.connections + connection) % len(self.target.sessions)
        body = urlencode({"token": self.target.sessions[number]}).encode()
        form = "application/x-www-form-urlencoded"
        return Request("POST", "/oauth/introspect", body, number, HOST, form)

    def wrong(self, request: Request, answer: Answer) -> str | None:
        """Want a session that is alive, and whose."""
        told = document(answer, 200)
        if isinstance(told, str):
            return told
        alive = told.get("active") is True and told.get("sub") == self.target.users[request.about]
        return None if alive else "a session that is not alive"


class Activate(Workload):
    """Switch users off and on, as Okta does."""

    title = "PATCH active, as Okta"
    door = SCIM
    body: Callable[..., bytes] = staticmethod(bodies.activate_as_okta)

    def __init__(self, target: Target, connections: int, requests: int) -> None:
        """Remember what the users touched last must be."""
        super().__init__(target, connections, requests)
        self._last: deque[tuple[int, bool]] = deque(maxlen=LOOKED_AT_AGAIN * connections)

    def request(self, connection: int) -> Request:
        """Switch the next user off, or the same user on again."""
        turn = self.count(connection)
        number, active = self.pick(connection, turn // 2), turn % 2 == 1
        self._last.append((number, active))
        return self._switch(number, active=active)

    def _switch(self, number: int, *, active: bool) -> Request:
        path = f"/Users/{self.target.users[number]}"
        return Request("PATCH", path, self.body(active=active), (number, active), self.door)

    def wrong(self, request: Request, answer: Answer) -> str | None:
        """Want the user as it is now, or the word that there is nothing to say."""
        if answer.status == 204:
            return None
        number, active = request.about
        return self._wrong_now(answer, number, active=active)

    def _wrong_now(self, answer: Answer, number: int, *, active: bool) -> str | None:
        expected = user_sent(number, id=self.target.users[number], active=active)
        return wrong_user(answer, 200, expected, whole=not self.target.foreign)

    def finish(self) -> str | None:
        """Read the last users again, and leave none of them off."""
        verdicts = []
        for number, active in dict(self._last).items():
            answer = self.target.call(Request("GET", f"/Users/{self.target.users[number]}"))
            verdicts.append(self._wrong_now(answer, number, active=active))
            if not active:
                self.target.call(self._switch(number, active=True))
        return next((f"read again: {verdict}" for verdict in verdicts if verdict), None)


class ActivateAsEntra(Activate):
    """Switch users off and on, as Entra does."""

    title = "PATCH active, as Entra"
    door = ENTRA
    body = staticmethod(bodies.activate_as_entra)
