"""A wrong file of an operator's stops the start, and is named with the attribute and the reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.config import ConfigurationError
from app.scim.operator_files import RESOURCE_TYPE, SCHEMA, load
from tests.scim.operator.conftest import FILES

URN = "urn:example:params:scim:schemas:extension:badges:2.0:User"


def schema(*attributes: Any, **more: Any) -> dict[str, Any]:
    """Return an extension of users."""
    return {"schemas": [SCHEMA], "id": URN, "name": "Badges", "attributes": list(attributes), **more}


def resource_type(**more: Any) -> dict[str, Any]:
    """Return a resource type."""
    return {"schemas": [RESOURCE_TYPE], "name": "Badge", "endpoint": "/Badges", "schema": URN, **more}


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ({"name": "1st"}, "attribute 1: needs a"),
        ({"type": "string"}, "attribute 1: needs a"),
        ({"name": "a", "type": "text"}, "attribute a: type is one of string, boolean"),
        ({"name": "a", "mutability": "once"}, "attribute a: mutability is one of"),
        ({"name": "a", "returned": "maybe"}, "attribute a: returned is one of"),
        ({"name": "a", "uniqueness": "local"}, "attribute a: uniqueness is one of"),
        ({"name": "a", "required": "yes"}, "attribute a: required is true or false"),
        ({"name": "a", "canonicalValues": []}, "attribute a: canonicalValues is a list"),
        ({"name": "a", "colour": "red"}, "attribute a: colour is no characteristic"),
        ({"name": "a", "type": "complex"}, "attribute a: a complex attribute needs"),
        ({"name": "a", "subAttributes": [{"name": "b"}]}, "attribute a: only a complex"),
        (
            {"name": "a", "type": "complex", "subAttributes": [{"name": "b", "type": "complex"}]},
            "a.b: a complex",
        ),
        (
            {"name": "a", "type": "complex", "subAttributes": [{"name": "b"}, {"name": "B"}]},
            "a.B: is declared",
        ),
        ({"name": "a", "mutability": "writeOnly", "returned": "default"}, "attribute a: what is writeOnly"),
        ({"name": "a", "mutability": "readOnly", "required": True}, "attribute a: what is readOnly"),
        ({"name": "a", "type": "boolean", "uniqueness": "server"}, "attribute a: a boolean attribute cannot"),
        ({"name": "a", "type": "integer", "canonicalValues": ["1"]}, "attribute a: only a string"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_wrong_attribute(tmp_path: Path, attribute: Any, said: str) -> None:
    """The attribute is named, and what it may be."""
    told = wrong(tmp_path, badges=schema(attribute))
    assert "badges.json: attribute " in told
    assert said in told


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a": [1]}, 'a.json: needs "schemas"'),
        ({"a": schema({"name": "x"}, id="badges")}, 'a.json: needs an "id" such as urn:'),
        ({"a": schema({"name": "x"}, id="urn:example:badges")}, "a.json: no resource type has this schema"),
        ({"a": schema({"name": "x"}, name="no name")}, 'a.json: needs a "name"'),
        ({"a": schema({"name": "x"}, name="EnterpriseUser")}, "EnterpriseUser is declared by the service already"),
        ({"a": schema({"name": "x"}), "b": schema({"name": "x"})}, "is declared by"),
        ({"a": schema()}, 'a.json: needs a list of "attributes"'),
        ({"a": schema({"name": "id"}), "b": resource_type()}, "attribute id: is an attribute of every resource"),
        ({"b": resource_type()}, 'b.json: needs the "schema" of a file'),
        ({"a": schema({"name": "x"}), "b": resource_type(endpoint="/Bulk")}, 'b.json: needs an "endpoint"'),
        ({"a": schema({"name": "x"}), "b": resource_type(endpoint="/users")}, "/users is taken"),
        (
            {"a": schema({"name": "x"}), "b": resource_type(schemaExtensions=[{"schema": "urn:x:y"}])},
            "extension urn:x:y",
        ),
        ({"a": schema({"name": "x"}), "b": resource_type(schemaExtensions=3)}, "schemaExtensions is a list"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_wrong_file(tmp_path: Path, files: dict[str, Any], said: str) -> None:
    """The file is named, and what it needs."""
    assert said in wrong(tmp_path, **files)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """A folder that is none and a file that is no JSON are named."""
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"a\.json: cannot be read as JSON"):
        load(tmp_path)
    with pytest.raises(ConfigurationError, match="SCIM_LIFECYCLE_SCHEMAS_DIR takes a folder"):
        load(tmp_path / "none")


def test_an_extension_may_be_required(tmp_path: Path) -> None:
    """A file with the name of a type that is served adds extensions to it."""
    listed = [{"schema": URN, "required": True}]
    users = {"schemas": [RESOURCE_TYPE], "name": "User", "schemaExtensions": listed}
    served = put(tmp_path, badges=schema({"name": "x"}), users=users)
    assert load(served).resource_types[0]["schemaExtensions"][-1] == listed[0]
    assert len(load(FILES).operated) == 4


def put(folder: Path, **files: Any) -> Path:
    """Write files into a folder."""
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


def wrong(folder: Path, **files: Any) -> str:
    """Return what is said of wrong files."""
    with pytest.raises(ConfigurationError) as caught:
        load(put(folder, **files))
    return str(caught.value)
