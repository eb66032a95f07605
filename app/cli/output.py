"""Print results: a JSON object for scripts, aligned text for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

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
    """Print rows under their headings."""
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(soft_wrap=True).print(table)


def scopes_given(text: str | None) -> frozenset[str]:
    """Read scopes, separated by spaces or commas."""
    return frozenset((text or "").replace(",", " ").split())
