"""The page of dialects, made from their data: `python -m tests.docs.dialects` writes it anew."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from app.scim.dialects import DIALECTS, Dialect, Tolerance
from app.scim.dialects.dialect import LENIENT_POLICY
from tests.scim.dialects.served import CORE, GROUP, INDEX, PATCH

PAGE = Path(__file__).parents[2] / "docs" / "dialects.md"
SAID = Path(__file__).with_name("tolerances.json")
HEAD = """# Dialects

What a connection's identity provider may get wrong is decided by the dialect it was created with, never guessed from a
request. `strict` forgives nothing. What a dialect forgives is read as it was meant, before anything is validated;
whatever can be meant in two ways stays refused: `"active": "no"` is 400 `invalidValue` everywhere.

Each tolerance that a request needed is in its line of the log (`"tolerances": [...]`), and counted in the metric
`scim_tolerances_total{dialect, tolerance}` at `/metrics`.

"""


class Said(NamedTuple):
    """What the page says of a tolerance."""

    what: str
    example: dict[str, Any]
    source: str


TOLERANCES = {Tolerance(name): Said(**entry) for name, entry in json.loads(SAID.read_text(encoding="utf-8")).items()}


def tidied(dialect: Dialect, example: dict[str, Any]) -> tuple[Any, tuple[str, ...]]:
    """Return what a dialect makes of an example, an operation or the body of a POST, and what it had to forgive."""
    names = {name.lower() for name in example}
    resource_type = "Group" if "members" in json.dumps(example) else "User"
    if names.isdisjoint({"op", "operations"}):
        urn = {"User": CORE, "Group": GROUP}[resource_type]
        body, used = dialect.tidy_resource(INDEX, resource_type, {"schemas": [urn], **example})
        return {name: value for name, value in body.items() if name in example or name != "schemas"}, used
    message = (
        {"schemas": [PATCH], **example} if "operations" in names else {"schemas": [PATCH], "Operations": [example]}
    )
    body, used = dialect.tidy_patch(INDEX, resource_type, message)
    return ({"Operations": body.get("Operations")} if "operations" in names else body["Operations"]), used


def page() -> str:
    """Return the page."""
    return HEAD + _ways() + _tolerances()


def _ways() -> str:
    rows: list[tuple[str, Any]] = [
        ("a token without the word Bearer", lambda each: _yes(each.bare_token)),
        ("unknown attributes", lambda each: "ignored" if each.policy is LENIENT_POLICY else "refused"),
        ("a write to an entry that is not there", lambda each: "creates it" if _lenient(each) else "400 `noTarget`"),
        ("members nobody knows", lambda each: {"drop": "left out", "refuse": "refused"}[each.unknown_members]),
        ("a PUT of a group without members", lambda each: "keeps them" if each.put_keeps_members else "removes them"),
        ("the answer to a PATCH of a user", lambda each: _answer(each, "User")),
        ("the answer to a PATCH of a group", lambda each: _answer(each, "Group")),
        ("filters with bare words, `emails[…] eq`, `manager eq`", lambda each: _yes(each.relaxed_filters)),
    ]
    dialects = DIALECTS.values()
    lines = [["", *(f"`{name}`" for name in DIALECTS)], ["---"] * (len(DIALECTS) + 1)]
    lines += [[title, *(show(each) for each in dialects)] for title, show in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def _tolerances() -> str:
    lines = [["tolerance", "what is forgiven", "example", "is read as", "dialects", "source"], ["---"] * 6]
    for tolerance, said in TOLERANCES.items():
        spoken = [dialect for dialect in DIALECTS.values() if tolerance in dialect.tolerances]
        read = tidied(spoken[0], said.example)[0]
        names = ", ".join(dialect.name for dialect in spoken)
        lines.append([f"`{tolerance}`", said.what, _code(said.example), _code(read), names, said.source])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _code(value: Any) -> str:
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _lenient(dialect: Dialect) -> bool:
    return dialect.policy is LENIENT_POLICY


def _answer(dialect: Dialect, resource_type: str) -> str:
    return {"resource": "200 and the resource", "empty": "204"}[dialect.patch_answer(resource_type)]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
