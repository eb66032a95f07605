"""Run commands for the tenant acme."""

import json
from typing import Any

from click.testing import CliRunner

from app.cli import main


def run(*arguments: str, fails: int = 0) -> Any:
    """Run a command, and return the JSON it prints, or what it complains of."""
    result = CliRunner().invoke(main, [*arguments, "--tenant", "acme", "--json"])
    assert result.exit_code == fails, result.stderr
    return result.stderr if fails else json.loads(result.stdout)
