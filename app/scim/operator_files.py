"""Read an operator's own schemas and resource types, and refuse to start with a wrong one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import orjson

from app.config import ConfigurationError
from app.lifecycle.policy import SCHEMAS
from app.scim.catalogue import Catalogue
from app.scim.schema_rules import URN, completed, wrong_in_schema, wrong_in_type

SETTING: Final = "SCIM_LIFECYCLE_SCHEMAS_DIR"
SCHEMA: Final = "urn:ietf:params:scim:schemas:core:2.0:Schema"
RESOURCE_TYPE: Final = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
Files = dict[str, dict[str, Any]]


@lru_cache(maxsize=8)
def load(folder: Path | None) -> Catalogue:
    """Return what is served, read once a process: our own schemas, and those in an operator's folder.

    Raise ConfigurationError naming each wrong file.
    """
    served = Catalogue.load(SCHEMAS / "scim")
    if folder is None:
        return served
    found, problems = _read(folder)
    if not problems:
        extended = _Extended(served, found)
        problems = extended.problems()
        if not problems:
            return extended.catalogue()
    raise ConfigurationError(problems)


def _read(folder: Path) -> tuple[Files, list[str]]:
    found: Files = {}
    problems: list[str] = []
    if not folder.is_dir():
        return found, [f"{SETTING} takes a folder that can be read, and {folder} is none."]
    for path in sorted(folder.glob("*.json")):
        try:
            document = orjson.loads(path.read_bytes())
        except (OSError, orjson.JSONDecodeError) as error:
            problems.append(f"{path}: cannot be read as JSON: {error}.")
            continue
        listed = document.get("schemas") if isinstance(document, dict) else None
        if listed not in ([SCHEMA], [RESOURCE_TYPE]):
            problems.append(f'{path}: needs "schemas": ["{SCHEMA}"], or ["{RESOURCE_TYPE}"].')
        found[str(path)] = document
    return found, problems


class _Extended:
    """Our schemas and resource types with an operator's."""

    def __init__(self, served: Catalogue, files: Files) -> None:
        self._served = served
        self._schemas = {path: each for path, each in files.items() if each["schemas"] == [SCHEMA]}
        self._types = {path: each for path, each in files.items() if each["schemas"] == [RESOURCE_TYPE]}
        self._ours = {each["name"] for each in served.resource_types}
        self._cores = {str(each.get("schema")).lower() for each in self._types.values()}

    def problems(self) -> list[str]:
        """Return what is wrong: the file, the attribute, and why."""
        found = [*self._wrong_names(), *self._wrong_schemas(), *self._wrong_types()]
        if found:
            return found
        try:
            self.catalogue().models()
        except ValueError as error:
            return [f"{SETTING}: {error}."]
        return []

    def catalogue(self) -> Catalogue:
        """Return all that is served."""
        own = tuple(
            {**each, "description": each.get("description", ""), "attributes": [*map(completed, each["attributes"])]}
            for each in self._schemas.values()
        )
        ours = tuple({**each, **self._extensions(each)} for each in self._served.resource_types)
        theirs = tuple(
            {"id": each["name"], "description": "", **each, **self._extensions(each)}
            for each in self._types.values()
            if each["name"] not in self._ours
        )
        operated = frozenset(each["id"] for each in own)
        schemas = (*self._served.schemas, *own)
        return replace(self._served, schemas=schemas, resource_types=(*ours, *theirs), operated=operated)

    def _extensions(self, resource_type: Mapping[str, Any]) -> dict[str, Any]:
        """Return the extensions of a type: listed with it, listed by a file of its name, or named after it."""
        name = resource_type["name"]
        listed = {each["schema"]: each for each in resource_type.get("schemaExtensions") or ()}
        for each in self._types.values():
            if each.get("name") == name:
                listed |= {
                    entry["schema"]: {"required": False, **entry} for entry in each.get("schemaExtensions") or ()
                }
        for schema in self._schemas.values():
            if schema["id"].lower() not in self._cores and schema["id"].rpartition(":")[2] == name:
                listed.setdefault(schema["id"], {"schema": schema["id"], "required": False})
        return {"schemaExtensions": list(listed.values())} if listed else {}

    def _wrong_names(self) -> Iterator[str]:
        """Yield what is named twice, or in a way that cannot be."""
        urns = {each["id"].lower(): "the service" for each in self._served.schemas}
        names = {each["name"].lower(): "the service" for each in self._served.schemas}
        for path, schema in self._schemas.items():
            urn, name = str(schema.get("id")), str(schema.get("name"))
            if not URN.fullmatch(urn):
                yield f'{path}: needs an "id" such as urn:example:params:scim:schemas:extension:badges:2.0:User.'
            for known, word in ((urns, urn), (names, name)):
                if word.lower() in known:
                    yield f"{path}: a schema {word} is declared by {known[word.lower()]} already."
                known[word.lower()] = path

    def _wrong_schemas(self) -> Iterator[str]:
        used = {entry["schema"].lower() for entry in self._entries()} | self._cores
        names = {each.get("name") for each in self._types.values()} | self._ours
        for path, schema in self._schemas.items():
            urn = str(schema.get("id"))
            for why in wrong_in_schema(schema, extension=urn.lower() not in self._cores):
                yield f"{path}: {why}."
            if urn.lower() not in used and urn.rpartition(":")[2] not in names:
                yield (
                    f"{path}: no resource type has this schema. End its id with :User or :Group to extend those, "
                    "or name it in the file of a resource type."
                )

    def _wrong_types(self) -> Iterator[str]:
        declared = {str(each.get("id")).lower() for each in (*self._served.schemas, *self._schemas.values())}
        taken = {word.lower() for each in self._served.resource_types for word in (each["name"], each["endpoint"])}
        for path, resource_type in self._types.items():
            for why in self._wrong_type(resource_type, declared):
                yield f"{path}: {why}."
            if resource_type.get("name") in self._ours:
                continue
            for word in (str(resource_type.get("name")), str(resource_type.get("endpoint"))):
                if word.lower() in taken:
                    yield f"{path}: {word} is taken by another resource type."
                taken.add(word.lower())

    def _wrong_type(self, resource_type: Mapping[str, Any], declared: set[str]) -> Iterator[str]:
        entries = resource_type.get("schemaExtensions", [])
        if not isinstance(entries, list) or not all(isinstance(each, dict) and "schema" in each for each in entries):
            yield 'schemaExtensions is a list of objects with a "schema"'
            return
        yield from (
            f"extension {each['schema']}: no file declares this schema"
            for each in entries
            if str(each["schema"]).lower() not in declared
        )
        if resource_type.get("name") in self._ours:
            return
        yield from wrong_in_type(resource_type)
        own = {str(each.get("id")).lower() for each in self._schemas.values()}
        if str(resource_type.get("schema")).lower() not in own:
            yield f'needs the "schema" of a file in this folder, not {resource_type.get("schema")!r}'

    def _entries(self) -> Iterator[dict[str, Any]]:
        for each in self._types.values():
            entries = each.get("schemaExtensions", [])
            if isinstance(entries, list):
                yield from (entry for entry in entries if isinstance(entry, dict) and "schema" in entry)
