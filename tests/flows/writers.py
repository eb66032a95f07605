"""Clients that write until the line goes dead, and know what was acknowledged."""

import http.client
import random
import threading

from tests.flows.belief import Belief, Write, next_write, truth
from tests.flows.dump import Dump
from tests.flows.tenants import TenantServed


class Client:
    """Somebody who writes until the line goes dead, and knows what was acknowledged.

    An answer of 5xx is a fault, unless the client is patient: then it says nothing about what became of the write.
    """

    def __init__(self, name: str, tenant: TenantServed, groups: dict[str, str], *, patient: bool = False) -> None:
        self.name = name
        self.tenant = tenant
        self.groups = groups
        self.patient = patient
        self.chance = random.Random(name)
        self.belief = Belief()
        self.pending: Write | None = None
        self.ids: dict[str, str] = {}

    def run(self, port: int, acknowledged: threading.Semaphore, permits: threading.Semaphore | None = None) -> None:
        """Write until the server dies, no more often than is permitted."""
        with self.tenant.directory(port) as directory:
            while permits is None or permits.acquire():
                self.pending = next_write(self.belief, self.name, self.chance)
                try:
                    answer = self.pending.send(directory, self.ids, self.groups)
                except (OSError, http.client.HTTPException):
                    return
                if self.patient and answer.status >= 500:
                    return
                assert 200 <= answer.status < 300, (self.pending, answer)
                self.belief, self.pending = self.pending.upon(self.belief), None
                acknowledged.release()

    def reconcile(self, rows: Dump) -> bool:
        """Compare belief and truth, take over what became of the last write, and tell whether it was done."""
        found = truth(rows, self.name, self.groups)
        possible = [self.belief] if self.pending is None else [self.belief, self.pending.upon(self.belief)]
        assert found in possible
        done = self.pending is not None and found == possible[-1]
        self.belief, self.pending = found, None
        self.ids = {row["user_name"]: row["id"] for row in rows["users"]}
        return done
