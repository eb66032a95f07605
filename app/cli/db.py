"""Look after the database."""

from __future__ import annotations

from pathlib import Path

import click

from app.cli.desk import bring_up, opened
from app.cli.faults import CommandError
from app.cli.output import json_option, print_json
from app.config import load


@click.group(help="Upgrade and back up the database.")
def command() -> None:
    """Hold the commands about the database."""


@command.command("upgrade")
@json_option
def upgrade(*, as_json: bool) -> None:
    """Bring the database to the schema of this version; two that run at once wait for each other."""
    bring_up(load())
    if as_json:
        print_json({"current": True})
    else:
        click.echo("The database has the schema of this version.")


@command.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def backup(file: Path, *, as_json: bool) -> None:
    """Write a consistent copy of a SQLite database to FILE, while the server runs."""
    settings = load()
    if not settings.on_sqlite:
        raise CommandError("Only SQLite is backed up from here; for PostgreSQL use pg_dump.")
    with opened(settings) as runtime:
        _reserve(file)
        with runtime.database.engine.connect() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(file),))
    if as_json:
        print_json({"file": str(file), "bytes": file.stat().st_size})
    else:
        click.echo(f"Backed up to {file}.")


def _reserve(file: Path) -> None:
    """Create the file for its owner alone; SQLite fills an empty one, and we overwrite none."""
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError as error:
        raise CommandError(f"{file} exists already; choose another name.") from error
