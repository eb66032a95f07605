"""Rows gathered into one JSON text, so that what belongs to a resource comes with it."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Text

NOTHING = "[]"


class Gathered(FunctionElement[str]):
    """Gather columns of all rows as a JSON array: of values, or of arrays where there are several columns."""

    name = "gathered"
    type = Text()
    inherit_cache = True


def gathered(text: str | None) -> list[Any]:
    """Return what was gathered, in the order of its values."""
    return sorted(orjson.loads(text)) if text and text != NOTHING else []


@compiles(Gathered, "sqlite")
def _(node: Gathered, compiler: SQLCompiler, **kw: Any) -> str:
    columns = compiler.process(node.clauses, **kw)
    return f"json_group_array({columns if len(node.clauses) == 1 else f'json_array({columns})'})"


@compiles(Gathered, "postgresql")
def _(node: Gathered, compiler: SQLCompiler, **kw: Any) -> str:
    columns = compiler.process(node.clauses, **kw)
    return f"json_agg({columns if len(node.clauses) == 1 else f'json_build_array({columns})'})::text"
