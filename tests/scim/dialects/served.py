"""The schemas, models and people the dialects are tried on."""

import json
from pathlib import Path
from typing import Any, Final

from scim2_models import Context, PatchOp, ResourceType, Schema, ScimProvider

from app.scim.dialects import Dialect, SchemaIndex

SERVED: Final = Path(__file__).parents[3] / "schemas" / "scim"
CORE: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

SCHEMAS: Final = [
    json.loads((SERVED / f"{name}.json").read_text()) for name in ("user", "group", "enterprise-user", "lifecycle-user")
]
RESOURCE_TYPES: Final = json.loads((SERVED / "resource-types.json").read_text())
INDEX: Final = SchemaIndex.from_schemas(SCHEMAS, RESOURCE_TYPES)
PROVIDER: Final = ScimProvider.from_discovery(
    map(Schema.model_validate, SCHEMAS), map(ResourceType.model_validate, RESOURCE_TYPES)
)
MODELS: Final[dict[str, Any]] = {name: PROVIDER.model_for(name) for name in ("User", "Group")}
PATCH_MESSAGES: Final[dict[str, Any]] = {name: PatchOp.__class_getitem__(model) for name, model in MODELS.items()}

ANN: Final[dict[str, Any]] = {
    "schemas": [CORE, ENTERPRISE],
    "userName": "ann",
    "name": {"givenName": "Ann", "familyName": "Lee"},
    "title": "Clerk",
    "active": True,
    "emails": [{"value": "ann@old.example", "type": "work"}],
    ENTERPRISE: {"department": "Ops", "manager": {"value": "m-0"}},
}


def message(*operations: Any) -> dict[str, Any]:
    """Wrap operations in a PATCH message."""
    return {"schemas": [PATCH], "Operations": list(operations)}


def read(dialect: Dialect, resource_type: str, body: dict[str, Any], context: Context) -> dict[str, Any]:
    """Tidy and validate a body as a POST or PUT would, and give the document."""
    tidied, _ = dialect.tidy_resource(INDEX, resource_type, body)
    assert not dialect.misread_resource(INDEX, resource_type, tidied)
    model = MODELS[resource_type].model_validate(tidied, scim_ctx=context, scim_policy=dialect.policy)
    document: dict[str, Any] = model.model_dump()
    return document


def patched(dialect: Dialect, body: dict[str, Any], person: dict[str, Any] = ANN) -> dict[str, Any]:
    """Tidy and apply a PATCH to a person, and give the document."""
    tidied, _ = dialect.tidy_patch(INDEX, "User", body)
    assert not dialect.misread_patch(INDEX, "User", tidied)
    user = MODELS["User"].model_validate(person)
    if tidied["Operations"]:
        with dialect.policy:
            PATCH_MESSAGES["User"].model_validate(tidied, scim_ctx=Context.RESOURCE_PATCH_REQUEST).patch(user)
    document: dict[str, Any] = user.model_dump()
    return document
