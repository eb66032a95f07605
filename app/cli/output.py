"""Print results: a JSON object for scripts, aligned text for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
tenant_option = click.option("--tenant", required=True, help="The tenant, by its name in URLs.")


def print_json(document: Any) -> None:
    """Print a document on one line."""
    click.echo(json.dumps(document))


def print_facts(facts: Mapping[str, Any]) -> None:
    """Print names and values, one a line; nothing is wrapped, so that a token can be copied."""
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        click.echo(f"{name:<{width}}  {'' if value is None else value}")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows under their headings; nothing is cut, whatever the width of the terminal."""
    lines = [list(columns), *(["" if cell is None else str(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def print_rows(columns: Sequence[str], told: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Print all that is known of several things for scripts, some columns of it for people."""
    if as_json:
        print_json(told)
    else:
        print_table(columns, [[each[name] for name in columns] for each in told])


def scopes_given(text: str | None) -> frozenset[str]:
    """Read scopes, separated by spaces or commas."""
    return frozenset((text or "").replace(",", " ").split())
