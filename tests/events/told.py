"""Judge events as they are written: each is in the catalogue, and its data has the shape that is published."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import orjson
from jsonschema import Draft202012Validator

from app.db.audit import Outbox
from app.events.catalogue import CATALOGUE
from app.lifecycle.ports import Event
from tests.architecture import ROOT

FOLDER = ROOT / "schemas" / "events"
FILES = "*.json"


class UnknownEventError(AssertionError):
    """Say what is missing where an event is told that no receiver can know."""


def schema(name: str) -> dict[str, Any]:
    """Return the published shape of an event's data."""
    document: dict[str, Any] = orjson.loads((FOLDER / f"{name}.json").read_bytes())
    return document


@cache
def validator(name: str) -> Draft202012Validator:
    """Return what judges the data of an event."""
    Draft202012Validator.check_schema(schema(name))
    return Draft202012Validator(schema(name))


def check(event: Event) -> None:
    """Fail for an event that is not published, or whose data is not as published."""
    if event.type not in CATALOGUE:
        raise UnknownEventError(f"{event.type}: add it to app/events/catalogue.py and schemas/events/{event.type}.json")
    data: Any = orjson.loads(orjson.dumps(event.payload))
    if problems := [error.message for error in validator(event.type).iter_errors(data)]:
        raise UnknownEventError(f"{event.type} is not as schemas/events/{event.type}.json says: {problems}")


@contextmanager
def checked() -> Iterator[None]:
    """Check every event that is written meanwhile."""
    add = Outbox.add

    def checking(self: Outbox, events: Sequence[Event]) -> None:
        for event in events:
            check(event)
        add(self, events)

    Outbox.add = checking  # type: ignore[method-assign]
    try:
        yield
    finally:
        Outbox.add = add  # type: ignore[method-assign]
