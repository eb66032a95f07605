"""The catalogue: what is emitted is in it, what is in it is emitted, and the documents say the same."""

import re
from collections.abc import Iterator

import pytest

from app.db.work import Database
from app.events.catalogue import CAEP, CATALOGUE, RISC, SCIM, SSF, EventType
from app.lifecycle.ports import Event
from tests.architecture import ROOT, Source, read
from tests.clock import START
from tests.events.told import FILES, FOLDER, UnknownEventError, check, schema, validator

TYPE = re.compile(r"[a-z_]+\.[a-z_]+")
# these name what events are called, here and by others, and write none
LISTS = {"app.events.catalogue", "app.events.webhooks.modes"}
APP = [source for source in read("app") if source.name not in LISTS]


KINDS = {name.partition(".")[0] for name in CATALOGUE} | {"attribution", "directory", "entitlement", "hold"}
KINDS |= {"logout_client", "obligation", "policy", "resource", "stream", "work"}


def emitted(source: Source) -> Iterator[str]:
    """Yield the event types that a module names."""
    yield from (text for text in source.strings if TYPE.fullmatch(text) and text.partition(".")[0] in KINDS)


def test_what_the_code_emits_is_in_the_catalogue_and_nothing_else_is() -> None:
    """A receiver can look up every event it gets, and waits for none that never comes."""
    found = {name for source in APP for name in emitted(source)}
    assert found == set(CATALOGUE)


def test_every_event_has_a_schema_and_no_schema_is_left_over() -> None:
    """The files are valid JSON Schemas that say what the catalogue says."""
    assert sorted(path.stem for path in FOLDER.glob(FILES)) == sorted(CATALOGUE)
    for name, event in CATALOGUE.items():
        validator(name)
        shape = schema(name)
        assert (shape["title"], shape["$id"]) == (name, f"urn:scim-lifecycle:event:{name}")
        assert shape["description"].startswith(event.told.rstrip("."))


@pytest.mark.parametrize(
    ("type_", "payload"),
    [
        ("user.vanished", {"id": "u", "actor": {"type": "api", "id": None}}),
        ("user.purged", {"id": "u"}),
        ("user.purged", {"id": "u", "actor": {"type": "api", "id": None}, "email": "ada@example.com"}),
        ("user.purged", {"id": "u", "actor": {"type": "api", "id": None, "name": "Ada"}}),
    ],
)
def test_an_event_that_is_not_as_published_fails_every_test(type_: str, payload: dict[str, object]) -> None:
    """A new type, a missing field or one too many is noticed wherever it is written."""
    with pytest.raises(UnknownEventError):
        check(Event(START, "txn", type_, "User", "u", payload))


def test_events_are_judged_as_they_are_written(database_url: str) -> None:
    """The check stands in the way of the outbox itself."""
    from app.db.engine import open_engine  # noqa: PLC0415

    database = Database(open_engine(database_url))
    with pytest.raises(UnknownEventError), database.unit_of_work(1) as work:
        work.outbox.add([Event(START, "txn", "user.vanished", "User", "u", {})])
    database.close()


def row(event: EventType) -> str:
    """Return the line of the table of events."""
    shown = {CAEP: "CAEP ", RISC: "RISC ", SCIM: "SCIM ", SSF: "SSF "}
    signals = [f"{name} `{signal.removeprefix(base)}`" for signal in event.signals for base, name in shown.items()
               if signal.startswith(base)]  # fmt: skip
    elsewhere = ", ".join(signal.replace("  ", " ") for signal in signals)
    return f"| `{event.name}` | {event.told} | {', '.join(event.causes)} | {elsewhere} | {event.version} |"


def test_the_document_lists_the_catalogue() -> None:
    """docs/events.md has a line for each event, in the same words and order."""
    lines = (ROOT / "docs" / "events.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("| `") and line.split("`")[1] in CATALOGUE] == [
        row(event) for event in CATALOGUE.values()
    ]
