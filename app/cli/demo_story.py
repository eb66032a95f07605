"""A person joins, moves and leaves, and the story checks every word it tells."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from app.cli.demo_receiver import PATIENCE_S, Receiver
from app.cli.demo_world import Answer, HostApplication, Okta
from app.cli.faults import CommandError

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
NOT_TOLD = f"not within {PATIENCE_S:.0f} s: is a scim-lifecycle worker running?"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story; ``outcome`` says what came of it."""

    who: str
    what: str
    outcome: str


@dataclass(slots=True)
class Story:
    """Play the story, handing each line to ``tell`` once it has proved true."""

    okta: Okta
    host: HostApplication
    receiver: Receiver | None
    tell: Any
    tag: str = field(default_factory=lambda: secrets.token_hex(3))
    user_id: str = ""
    group_id: str = ""
    ended_within_ms: float = 0.0
    dead_after_ms: float = 0.0
    told_within_ms: float | None = None

    def play(self) -> None:
        """Tell the whole story, and leave nothing behind, however it ends."""
        try:
            first = self._joiner()
            self._mover(first)
            self._leaver(first)
            self._returner(first)
            self._deleted()
        except BaseException:
            with suppress(CommandError):
                self._clean_up()
            raise
        self._clean_up()

    @property
    def user_name(self) -> str:
        """Return a userName that nobody else has."""
        return f"ada.{self.tag}@example.com"

    def _joiner(self) -> str:
        self.tell("Ada joins")
        found = self._expect(self.okta.find(self.user_name), 200)
        self._say("Okta", f'GET /Users?filter=userName eq "{self.user_name}"', f"{found.body['totalResults']} found")
        created = self._expect(self.okta.create("Users", self._ada()), 201)
        self.user_id = created.body["id"]
        self._say("Okta", "POST /Users", f"201, id {self.user_id}")
        return self._sign_in("laptop")

    def _mover(self, session: str) -> None:
        self.tell("Ada moves")
        value = {"title": "Director of Engines", f"{ENTERPRISE}:department": "Difference Engines"}
        moved = self._expect(self.okta.patch("Users", self.user_id, [{"op": "replace", "value": value}]), 200)
        department = moved.body.get(ENTERPRISE, {}).get("department")
        self._hold(department == value[f"{ENTERPRISE}:department"], f"the department is {department!r}")
        self._say("Okta", "PATCH title and department", f"200, now {department}")
        self._join_group()
        self._ask("laptop", session, alive=True)

    def _join_group(self) -> None:
        group = {"schemas": [GROUP], "displayName": f"Engines {self.tag}"}
        self.group_id = self._expect(self.okta.create("Groups", group), 201).body["id"]
        members = [{"op": "add", "path": "members", "value": [{"value": self.user_id}]}]
        self._expect(self.okta.patch("Groups", self.group_id, members), 200, 204)
        groups = self._expect(self.okta.get("Users", self.user_id), 200).body.get("groups", [])
        self._hold([one["value"] for one in groups] == [self.group_id], f"the groups of Ada are {groups}")
        self._say("Okta", "POST /Groups, PATCH add member", f"Ada is in {group['displayName']}")

    def _leaver(self, session: str) -> None:
        self.tell("Ada leaves")
        with self._listening():
            left = self._expect(self._set_active(active=False), 200)
            asked = self.host.ask(session)
            self._end_seen(left, asked)
        refused = self._expect(self.host.sign_in(self.user_id, "phone"), 403)
        self._say("host", "Ada signs in on a phone", f"403, {refused.body.get('code') or refused.body.get('title')}")

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Let the receiver listen while something happens, and say when it was told."""
        if self.receiver is None:
            yield
            return
        stream_id = self.receiver.open_stream()
        try:
            with ThreadPoolExecutor(1) as ear:
                heard, began = ear.submit(self.receiver.told_of, self.user_id, stream_id), perf_counter()
                yield
                moment = heard.result()
        finally:
            self.receiver.close_stream(stream_id)
        if moment is not None:
            self.told_within_ms = (moment - began) * 1000
        outcome = f"verified, {self.told_within_ms:.0f} ms after the request" if self.told_within_ms else NOT_TOLD
        self._say("SIEM", "poll: CAEP session-revoked about Ada", outcome)

    def _end_seen(self, left: Answer, asked: Answer) -> None:
        self.ended_within_ms, self.dead_after_ms = left.ms, asked.ms
        self._hold(left.body["active"] is False, "the answer to active=false shows an active user")
        self._say("Okta", "PATCH active=false", f"200 in {left.ms:.1f} ms")
        self._hold(asked.body == {"active": False}, "the session outlived the deactivation")
        self._say("host", "Is the session on the laptop still good?", f"dead, {asked.ms:.1f} ms after that answer")

    def _returner(self, old: str) -> None:
        self.tell("Ada comes back")
        back = self._expect(self._set_active(active=True), 200)
        self._hold(back.body["id"] == self.user_id, "Ada came back under another id")
        self._say("Okta", "PATCH active=true", "200, the same id")
        self._ask("laptop", old, alive=False)
        self._sign_in("phone")

    def _deleted(self) -> None:
        self.tell("Ada is deleted, and returns")
        session = self._sign_in("tablet")
        self._expect(self.okta.delete("Users", self.user_id), 204)
        self._say("Okta", "DELETE /Users/{id}", "204")
        self._ask("tablet", session, alive=False)
        self._expect(self.okta.get("Users", self.user_id), 404)
        self._say("Okta", "GET /Users/{id}", "404")
        again = self._expect(self.okta.create("Users", self._ada()), 201)
        self._hold(again.body["id"] == self.user_id, f"the new id is {again.body['id']}")
        self._say("Okta", "POST /Users with the same externalId", "201, restored under the same id")
        self._ask("tablet", session, alive=False)

    def _clean_up(self) -> None:
        """Delete what the story made; what is gone already is no fault."""
        for kind, resource_id in (("Groups", self.group_id), ("Users", self.user_id)):
            if resource_id:
                self._expect(self.okta.delete(kind, resource_id), 204, 404)

    def _ada(self) -> dict[str, Any]:
        return {
            "schemas": [USER, ENTERPRISE],
            "userName": self.user_name,
            "externalId": f"00u{self.tag}",
            "name": {"givenName": "Ada", "familyName": "Lovelace"},
            "displayName": "Ada Lovelace",
            "emails": [{"value": self.user_name, "type": "work", "primary": True}],
            "title": "Analyst",
            ENTERPRISE: {"department": "Analytical Engines"},
            "active": True,
        }

    def _set_active(self, *, active: bool) -> Answer:
        return self.okta.patch("Users", self.user_id, [{"op": "replace", "value": {"active": active}}])

    def _sign_in(self, device: str) -> str:
        token: str = self._expect(self.host.sign_in(self.user_id, device), 201).body["token"]
        self._say("host", f"Ada signs in on a {device}", "session registered")
        self._ask(device, token, alive=True)
        return token

    def _ask(self, device: str, token: str, *, alive: bool) -> None:
        asked = self._expect(self.host.ask(token), 200)
        self._hold(asked.body["active"] is alive, f"the session on the {device} is not as told")
        self._say("host", f"Is the session on the {device} still good?", "live" if alive else "dead")

    def _expect(self, answer: Answer, *statuses: int) -> Answer:
        told = answer.body.get("detail") or answer.body.get("error_description") or ""
        self._hold(answer.status in statuses, f"the answer is {answer.status}, not {statuses[0]}. {told}")
        return answer

    def _hold(self, true: bool, otherwise: str) -> None:  # noqa: FBT001
        if not true:
            raise CommandError(f"The demo is not as told: {otherwise}")

    def _say(self, who: str, what: str, outcome: str) -> None:
        self.tell(Line(who, what, outcome))
