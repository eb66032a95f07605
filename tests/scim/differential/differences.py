"""The written list of differences between the service and scim2-server's in-memory application."""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.scim.differential.exchange import Request
from tests.scim_client import BULK, ENTERPRISE, GROUP, PATCH, USER

DATA = Path(__file__).with_name("differences.toml")
PAGE = Path(__file__).parents[3] / "docs" / "differences.md"
SCHEMAS = {"/Users": USER, "/Groups": GROUP}
WORDS = {"patch": PATCH, "bulk": BULK, "enterprise": ENTERPRISE}
HEAD = """# Differences from scim2-server

The rules of SCIM come from the library scim2-server; storage, speed and what a tenant's policy decides are ours. Random
streams of requests get the same status, scimType and body from the service, on a `strict` connection, as from the
library's in-memory application, but for what this list says. Details of errors are worded for administrators and not
compared. `python -m pytest tests/scim/differential` shows both: that nothing else differs, and that each of these does.

| difference | here | in scim2-server's in-memory application | why |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Difference:
    """One thing that is meant to differ, why, and requests that show it."""

    name: str
    here: str
    there: str
    reason: str
    request: str
    answer: str
    example: list[str]

    def explains(self, request: Request, divergence: str) -> bool:
        """Tell whether a divergence is this difference."""
        return bool(re.fullmatch(self.answer, divergence) and re.search(self.request, str(request)))

    @property
    def row(self) -> str:
        """Return the row of the published list."""
        return f"| {self.name} | {self.here} | {self.there} | {self.reason} |\n"


DIFFERENCES = [Difference(**entry) for entry in tomllib.loads(DATA.read_text(encoding="utf-8"))["difference"]]


def unexplained(request: Request, divergences: list[str]) -> list[str]:
    """Return the divergences of one exchange that no listed difference explains."""
    return [each for each in divergences if not any(known.explains(request, each) for known in DIFFERENCES)]


def request_of(line: str, ids: list[str]) -> Request:
    """Read one request of an example: method, path, and a body or none; ``ids`` are of what those before it made."""
    words = WORDS | {str(number): id_ for number, id_ in enumerate(ids, 1)}
    method, target, *rest = re.sub(r"⟨(\w+)⟩", lambda found: words[found[1]], line).split(" ", 2)
    if method == "GET":
        target, rest = " ".join([target, *rest]), []
    path, _, query = target.partition("?")
    asked = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
    return Request(method, path, _with_schemas(path, json.loads(rest[0])) if rest else None, asked)


def _with_schemas(path: str, body: dict[str, Any]) -> dict[str, Any]:
    core = next((urn for endpoint, urn in SCHEMAS.items() if path.startswith(endpoint)), None)
    return body if core is None or "schemas" in body else {"schemas": [core], **body}


def page() -> str:
    """Return the published list."""
    return HEAD + "".join(difference.row for difference in DIFFERENCES)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
