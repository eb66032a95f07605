"""Give the command line a database with a tenant in it."""

import pytest
from click.testing import CliRunner

from app.cli import main


@pytest.fixture
def at_acme(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Create the tenant acme in the database of this test."""
    monkeypatch.setenv("SCIM_LIFECYCLE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("SCIM_LIFECYCLE_SECRET_KEYS", "k" * 32)
    assert CliRunner().invoke(main, ["tenant", "create", "acme"]).exit_code == 0
