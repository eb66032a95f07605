"""A user model with one attribute of every type, for tests of filters."""

from typing import Any, Union

from scim2_models import EnterpriseUser, Extension, Schema, User

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CUSTOM = "urn:example:params:scim:schemas:Custom:2.0:User"

CUSTOM_SCHEMA = {
    "id": CUSTOM,
    "name": "Custom",
    "attributes": [
        {"name": "badge", "type": "string", "caseExact": True},
        {"name": "floor", "type": "integer"},
        {"name": "rate", "type": "decimal"},
        {"name": "hired", "type": "dateTime"},
        {"name": "remote", "type": "boolean"},
        {"name": "photo", "type": "binary"},
        {"name": "page", "type": "reference", "referenceTypes": ["external"]},
        {"name": "skills", "type": "string", "multiValued": True},
        {"name": "marks", "type": "integer", "multiValued": True},
        {
            "name": "desks",
            "type": "complex",
            "multiValued": True,
            "subAttributes": [
                {"name": "value", "type": "string"},
                {"name": "level", "type": "integer"},
                {"name": "since", "type": "dateTime"},
            ],
        },
    ],
}
Custom = Extension.from_schema(Schema.model_validate(CUSTOM_SCHEMA))
Model: Any = User[Union[EnterpriseUser, Custom]]  # type: ignore[valid-type]  # noqa: UP007
