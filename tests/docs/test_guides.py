"""What the guides say must be true."""

import re
from pathlib import Path

import pytest

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
