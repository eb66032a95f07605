"""Send groups with very many members in batches, each read when the one before has left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

import orjson

from app.db.records import Shown, View
from app.db.work import Work
from app.scim.projection import Projection
from app.scim.render import Renderer

BATCH = 2000
"""So many members are in memory at once; an answer with fewer is made as a whole."""
Reopen = Callable[[], AbstractContextManager[Work]]


def in_batches(renderer: Renderer, reopen: Reopen, view: View, projection: Projection) -> Iterator[bytes]:
    """Yield the JSON of a group in pieces; no connection to the database is held while one of them is sent."""
    (alone,) = projection.applied([renderer.group(view, ())], without="members")
    yield alone[:-1]
    before, after = b',"members":[', b"}"
    for batch in _batches(reopen, view.id):
        members = {"members": renderer.members(batch)}
        if listed := (projection.kept(members) if projection else members).get("members"):
            yield before + orjson.dumps(listed)[1:-1]
            before, after = b",", b"]}"
    yield after


def _batches(reopen: Reopen, group_id: str) -> Iterator[Sequence[Shown]]:
    """Yield all members by their ids: who stays meanwhile is there exactly once."""
    last = ""
    while True:
        with reopen() as work:
            batch = work.memberships.batch(group_id, last, BATCH)
        if batch:
            yield batch
        if len(batch) < BATCH:
            return
        last = batch[-1][0]
