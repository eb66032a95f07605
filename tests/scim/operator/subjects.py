"""What bears the attributes under test: a resource of an operator's type, or a user with an extension."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from werkzeug.test import TestResponse

from tests.scim.operator.conftest import DEVICE, TRAITS
from tests.scim_client import ScimClient, body_of, user


@dataclass
class Subject:
    """One kind of bearer; ``prefix`` leads to its attributes in paths and filters."""

    scim: ScimClient
    endpoint: str
    extension: str | None
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def prefix(self) -> str:
        """Return what paths start with."""
        return f"{self.extension}:" if self.extension else ""

    def body(self, **traits: Any) -> dict[str, Any]:
        """Return the body of one with these attributes."""
        name = f"x{next(self.numbers)}"
        if self.extension is None:
            return {"schemas": [DEVICE], "displayName": name, **traits}
        return user(name, **{self.extension: traits})

    def post(self, **traits: Any) -> TestResponse:
        """Create one."""
        return self.scim.post(self.endpoint, self.body(**traits))

    def make(self, **traits: Any) -> str:
        """Create one, and return its path."""
        return f"{self.endpoint}/{body_of(self.post(**traits), 201)['id']}"

    def traits(self, answer: TestResponse, status: int = 200) -> dict[str, Any]:
        """Return the attributes that an answer shows."""
        body = body_of(answer, status)
        found: dict[str, Any] = body.get(self.extension, {}) if self.extension else body
        return found

    def found(self, text: str) -> int:
        """Return how many a filter finds; ``@`` in it stands for the prefix."""
        answer = self.scim.get(self.endpoint, filter=text.replace("@", self.prefix))
        return int(body_of(answer)["totalResults"])


def device(scim: ScimClient) -> Subject:
    """Return resources of an operator's type."""
    return Subject(scim, "/Devices", None)


def person(scim: ScimClient) -> Subject:
    """Return users with an operator's extension."""
    return Subject(scim, "/Users", TRAITS)
