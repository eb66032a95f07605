"""What the guides say must be true."""

import re
import shlex
from pathlib import Path

import click
import pytest

from app.cli import main
from app.config import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")])


def test_every_setting_is_documented_with_its_default() -> None:
    """The table of settings names each setting of the code, and no other, with the default it has."""
    _, table = (ROOT / "docs/operations.md").read_text().split("## Settings")
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \| ([^|]*) \|", table, re.MULTILINE)
    documented: dict[str, str] = {}
    for names, defaults in rows:
        values = re.findall(r"`([^`]*)`", defaults) or [defaults.strip()]
        documented |= dict(zip(re.findall(r"`([A-Z_]+)`", names), values, strict=True))
    assert documented.keys() == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, str | int):
            assert documented[name.upper()] == str(field.default).replace("True", "true").replace("False", "false")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of the project leads to one."""
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


SPOKEN = [
    (page.relative_to(ROOT), line)
    for page in PAGES
    for line in re.findall(r"scim-lifecycle ([a-z-]+(?: [a-z-]+)* ?(?:--[^`\n#|…]*)?)(?=[`\n#]|$)", page.read_text())
    if line.split()[0] in main.list_commands(click.Context(main))
]


@pytest.mark.parametrize(("page", "line"), SPOKEN, ids=str)
def test_commands_are_spoken_as_they_are_understood(page: Path, line: str) -> None:
    """Every command in the guides is one of the command line, with options that it takes."""
    words = shlex.split(line)
    command: click.Command = main
    while isinstance(command, click.Group) and words:
        found = command.get_command(click.Context(command), words.pop(0))
        assert found is not None, f"{page}: {line}"
        command = found
    options = {name for parameter in command.params for name in parameter.opts}
    assert [word for word in words if word.startswith("--") and word not in options] == [], f"{page}: {line}"
    if page.name in {"okta.md", "entra.md"}:
        assert command.make_context(line, words).params
