"""The description of the endpoints in OpenAPI: valid, served, kept beside the code, and about what is in force."""

import json
from typing import Any

from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.lifecycle.policy import SCHEMAS
from app.scim.catalogue import Catalogue
from app.scim.description import openapi
from tests.scim_client import ENTERPRISE, ScimClient, refused

COPY = SCHEMAS / "openapi" / "scim.json"
SHIFT = "urn:example:params:scim:schemas:extension:shift:2.0:User"


def described() -> dict[str, Any]:
    """Return the description of what the files declare."""
    catalogue = Catalogue.load(SCHEMAS / "scim")
    return openapi(catalogue.schemas, catalogue.resource_types)


def test_the_copy_is_what_is_generated() -> None:
    """The file in schemas/ can be read by people and tools who run nothing."""
    assert COPY.read_text(encoding="utf-8") == json.dumps(described(), indent=2, ensure_ascii=False) + "\n", (
        "python -m tests.scim.test_description writes it anew"
    )


def test_anyone_is_served_what_is_valid(client: FlaskClient) -> None:
    """It needs no token, since it tells of no tenant, and is OpenAPI 3.1."""
    answer = client.get("/openapi/scim.json")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.get_json() == described()
    OpenAPIV31SpecValidator(answer.get_json()).validate()


def test_an_extension_appears() -> None:
    """What an operator adds is described by its characteristics."""
    catalogue = Catalogue.load(SCHEMAS / "scim")
    attributes = [
        {"name": "starts", "type": "dateTime", "required": True},
        {"name": "secret", "type": "string", "returned": "never"},
        {"name": "length", "type": "integer", "mutability": "readOnly"},
    ]
    shift = {"id": SHIFT, "attributes": attributes}
    users, groups = catalogue.resource_types
    users = {**users, "schemaExtensions": [*users["schemaExtensions"], {"schema": SHIFT, "required": True}]}
    shapes = openapi([*catalogue.schemas, shift], [users, groups])["components"]["schemas"]
    sent, answered = shapes["UserBody"], shapes["User"]
    assert sent["required"] == ["schemas", "userName", SHIFT]
    assert sent["properties"][SHIFT]["required"] == ["starts"]
    assert sent["properties"][SHIFT]["properties"]["length"] == {"type": ["integer", "null"], "readOnly": True}
    assert answered["properties"][SHIFT]["properties"] == {
        "starts": {"type": "string", "format": "date-time"},
        "length": {"type": "integer"},
    }
    assert {ENTERPRISE, SHIFT} <= answered["properties"].keys()


def test_no_path_slips_past(scim: ScimClient) -> None:
    """A path with a line break is answered in SCIM like any other."""
    for path in ("/%0A", "/Users/%0A", "/Users/a%0Ab", "/a%0D%0Ab/c"):
        refused(scim.get(path), 404)


if __name__ == "__main__":
    COPY.write_text(json.dumps(described(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
