"""One random stream of requests gets the answers of scim2-server's in-memory application, but for what is listed."""

import json
from itertools import count
from typing import Any

from flask import Flask
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from app.config import Settings
from app.runtime import EXTENSION
from tests.clock import FixedClock
from tests.scim.differential import bodies, searches
from tests.scim.differential.differences import unexplained
from tests.scim.differential.exchange import Request
from tests.scim.differential.pair import Pair
from tests.scim_client import PATCH, group, user
from tests.service import TenantUnderTest

NUMBERS = count(1)
PLACES = st.integers(0, 7)
PATHS = st.sampled_from(["/Users", "/Groups"])
BAD_BODIES = st.sampled_from(["", "{", "[]", "7", "null", '"x"', '{"a":1,}', "\ufeff{}", '{"schemas":[]}'])
KINDS = st.sampled_from(["application/scim+json", "application/json", "text/plain", "application/json; charset=utf-8"])
ODD_PATHS = ["/Nothing", "/Users/", "/Users/nobody/x", "/Me", "/Bulk", "/Schemas", "/Schemas/none", "/ResourceTypes",
             "/ServiceProviderConfig", "/ResourceTypes/User", "/Users/.search", "/", "/users", "/.search"]  # fmt: skip
CONDITIONS = ["{}", '{}, W/"77"', "*", 'W/"77"', '"1"', "x", ""]


class Stream(RuleBasedStateMachine):
    """Requests of one client to one tenant, which begins empty."""

    app: Flask
    settings: Settings
    clock: FixedClock

    @initialize()
    def begin(self) -> None:
        """Begin with an empty tenant."""
        tenant = TenantUnderTest.create(self.app.extensions[EXTENSION], f"stream-{next(NUMBERS)}")
        self.pair = Pair(self.app, self.settings, self.clock, tenant)
        self.ids: dict[str, list[str]] = {"/Users": [], "/Groups": []}
        for name in bodies.NAMES[2:4]:
            self.ask("POST", "/Users", {**user(name), "active": True})
        self.ask("POST", "/Groups", group("Team", *self.ids["/Users"]))

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> None:
        """Send one request, and accept no difference that is not listed."""
        request = Request(method, path, body, **more)
        response, found = self.pair.ask(request)
        if method == "POST" and response.status_code == 201 and path in self.ids:
            self.ids[path].append(json.loads(response.data)["id"])
        assert not unexplained(request, found), str(request)

    def one(self, path: str, place: int) -> str:
        """Return the path of one resource, which may be gone."""
        known = [*self.ids[path][-7:], "nobody"]
        return f"{path}/{known[place % len(known)]}"

    def condition(self, path: str, text: str) -> str:
        """Return an entity tag that fits now, or one that does not."""
        versions = {resource["id"]: resource["meta"]["version"] for resource in self.pair.held()}
        return text.replace("{}", versions.get(path.rpartition("/")[2], 'W/"1"'))

    @rule(data=st.data())
    def create_user(self, data: st.DataObject) -> None:
        """POST /Users."""
        self.ask("POST", "/Users", data.draw(bodies.users()))

    @rule(data=st.data())
    def create_group(self, data: st.DataObject) -> None:
        """POST /Groups."""
        self.ask("POST", "/Groups", data.draw(bodies.groups(self.ids["/Users"][-4:])))

    @rule(path=PATHS, place=PLACES, data=st.data())
    def read(self, path: str, place: int, data: st.DataObject) -> None:
        """GET one."""
        self.ask("GET", self.one(path, place), query=data.draw(searches.PROJECTIONS))

    @rule(path=PATHS, place=PLACES, data=st.data())
    def replace(self, path: str, place: int, data: st.DataObject) -> None:
        """PUT one."""
        body = bodies.users(create=False) if path == "/Users" else bodies.groups(self.ids["/Users"][-4:])
        self.ask("PUT", self.one(path, place), data.draw(body))

    @rule(path=PATHS, place=PLACES, data=st.data())
    def modify(self, path: str, place: int, data: st.DataObject) -> None:
        """PATCH one."""
        body = bodies.patches(None if path == "/Users" else self.ids["/Users"][-4:])
        self.ask("PATCH", self.one(path, place), data.draw(body))

    @rule(path=PATHS, place=PLACES)
    def delete(self, path: str, place: int) -> None:
        """DELETE one."""
        self.ask("DELETE", self.one(path, place))

    @rule(
        path=PATHS,
        place=PLACES,
        text=st.sampled_from(CONDITIONS),
        method=st.sampled_from(["PATCH", "GET", "DELETE"]),
        header=st.sampled_from(["If-Match", "If-None-Match"]),
    )
    def conditional(self, path: str, place: int, text: str, method: str, header: str) -> None:
        """Do something on a condition."""
        one = self.one(path, place)
        operation = {"op": "replace", "path": "displayName", "value": text or "-"}
        body = {"schemas": [PATCH], "Operations": [operation]} if method == "PATCH" else None
        self.ask(method, one, body, headers={header: self.condition(one, text)})

    @rule(path=st.sampled_from(["/Users", "/Groups", "/"]), query=searches.QUERIES)
    def search(self, path: str, query: dict[str, str]) -> None:
        """Search with GET."""
        self.ask("GET", path, query=query)

    @rule(path=st.sampled_from(["/Users", "/Groups", ""]), query=searches.QUERIES)
    def search_with_body(self, path: str, query: dict[str, str]) -> None:
        """Search with POST."""
        self.ask("POST", f"{path}/.search", searches.body_of(query))

    @rule(data=st.data())
    def bulk(self, data: st.DataObject) -> None:
        """POST /Bulk."""
        self.ask("POST", "/Bulk", data.draw(bodies.bulks(self.ids["/Users"][-3:], self.ids["/Groups"][-2:])))

    @rule(path=PATHS, place=PLACES, method=st.sampled_from(["POST", "PUT", "PATCH"]), body=BAD_BODIES, kind=KINDS)
    def bad_body(self, path: str, place: int, method: str, body: str, kind: str) -> None:
        """Send what is no resource."""
        self.ask(method, path if method == "POST" else self.one(path, place), body, headers={"Content-Type": kind})

    @rule(method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]), path=st.sampled_from(ODD_PATHS))
    def odd_path(self, method: str, path: str) -> None:
        """Ask for what is not there, or not possible."""
        self.ask(method, path, {} if method in {"POST", "PUT", "PATCH"} else None)

    def teardown(self) -> None:
        """Hold the same in the end."""
        for path in self.ids if hasattr(self, "ids") else ():
            self.ask("GET", path)


def test_a_random_stream(app: Flask, settings: Settings, clock: FixedClock) -> None:
    """Whatever is asked in whatever order, both answer the same."""
    machine = type("Stream", (Stream,), {"app": app, "settings": settings, "clock": clock})
    # A stream is long to shrink, and the request that is answered otherwise is told by itself.
    chosen = hypothesis_settings(max_examples=12, stateful_step_count=30, deadline=None, phases=[Phase.generate])
    run_state_machine_as_test(machine, settings=chosen)
