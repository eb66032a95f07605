"""The desk at which an operator works: the database opened and checked, and the operator's name."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from app.cli.faults import CommandError
from app.config import Settings, load
from app.db.migrate import is_current, upgrade
from app.identity.onboarding import Onboarding
from app.lifecycle.commands import Actor
from app.runtime import Runtime
from app.wiring import open_runtime


def operator() -> Actor:
    """Return whoever runs this command."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # a container's user has no name
        name = "operator"
    return Actor("operator", None, name, "cli")


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Runtime]:
    """Open the configured database, which must have the schema of this version."""
    settings = settings or load()
    file = settings.sqlite_file
    if file is not None and not file.exists():
        raise CommandError(
            f"There is no database {file} here. Make one with: scim-lifecycle db upgrade; "
            "or name another in SCIM_LIFECYCLE_DATABASE_URL."
        )
    runtime = open_runtime(settings)
    try:
        if not is_current(runtime.database.engine):
            raise CommandError("The database has the schema of another version; run: scim-lifecycle db upgrade")
        yield runtime
    finally:
        runtime.close()


@contextmanager
def onboarding() -> Iterator[tuple[Runtime, Onboarding]]:
    """Open the configured database to take somebody in."""
    with opened() as runtime:
        yield runtime, Onboarding(runtime.database, runtime.clock, operator())


def prepare(settings: Settings) -> None:
    """Bring a SQLite database to the schema of this version; others are upgraded by hand, at a chosen moment."""
    if settings.on_sqlite and settings.sqlite_file is None:
        raise CommandError("A server of several processes needs a database file: sqlite:///FILE.")
    if settings.on_sqlite:
        bring_up(settings)
    with opened(settings):
        pass


def bring_up(settings: Settings) -> None:
    """Apply the missing migrations; a new SQLite file is its owner's alone, since it will hold personal data."""
    if settings.sqlite_file is not None:
        settings.sqlite_file.touch(mode=0o600)
    upgrade(settings.database_url)
