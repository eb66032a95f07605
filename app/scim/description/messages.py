"""The JSON Schemas of the messages of the protocol (RFC 7644 §3): requests, lists, errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from app.scim.description.shapes import Shape

API: Final = "urn:ietf:params:scim:api:messages:2.0:"
CONFIG: Final = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
SCIM_TYPES: Final = (
    "invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget",
    "invalidValue", "invalidVers", "sensitive", "invalidCursor", "expiredCursor", "invalidCount",
)  # fmt: skip
POLICY_ERROR: Final = "urn:scim-lifecycle:params:scim:api:messages:2.0:PolicyError"
TEXT: Final[Shape] = {"type": "string"}
COUNT: Final[Shape] = {"type": "integer", "minimum": 0}
PATHS: Final[Shape] = {
    "anyOf": [
        {"type": "array", "items": {"type": "string", "format": "scim-attribute"}},
        {"type": "string", "format": "scim-attributes"},
    ]
}
FILTER: Final[Shape] = {"type": "string", "format": "scim-filter", "description": "RFC 7644 §3.4.2.2"}
SORT_BY: Final[Shape] = {"type": "string", "format": "scim-attribute"}
SORT_ORDER: Final[Shape] = {"enum": ["ascending", "descending"]}
ERROR: Final[Shape] = {
    "type": "object",
    "properties": {
        "schemas": {"type": "array", "items": TEXT, "contains": {"const": f"{API}Error"}},
        "status": {"type": "string", "pattern": "^[45][0-9][0-9]$"},
        "scimType": {"enum": list(SCIM_TYPES)},
        "detail": {"type": "string", "minLength": 1},
        POLICY_ERROR: {"type": "object", "description": "Which guard of the tenant's policy refused, and remedies."},
    },
    "required": ["schemas", "status", "detail"],
    "additionalProperties": False,
}
ASKED: Final[Mapping[str, Shape]] = {
    "filter": FILTER,
    "sortBy": SORT_BY,
    "sortOrder": SORT_ORDER,
    "startIndex": {"type": "integer"},
    "count": {"type": "integer"},
    "cursor": TEXT,
    "attributes": PATHS,
    "excludedAttributes": PATHS,
}
SEARCH_REQUEST: Final[Shape] = {
    "type": "object",
    "properties": {
        "schemas": {"type": "array", "items": TEXT, "minItems": 1, "contains": {"const": f"{API}SearchRequest"}},
        **{name: {"anyOf": [shape, {"type": "null"}]} for name, shape in ASKED.items()},
    },
    "required": ["schemas"],
}
PATCH_OP: Final[Shape] = {
    "type": "object",
    "properties": {
        "schemas": {"type": "array", "items": TEXT, "contains": {"const": f"{API}PatchOp"}},
        "Operations": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"op": {"enum": ["add", "remove", "replace"]}, "path": TEXT, "value": {}},
                "required": ["op"],
            },
        },
    },
    "required": ["schemas", "Operations"],
}
BULK_REQUEST: Final[Shape] = {
    "type": "object",
    "properties": {
        "schemas": {"type": "array", "items": TEXT, "contains": {"const": f"{API}BulkRequest"}},
        "failOnErrors": COUNT,
        "Operations": {"type": "array", "items": {"$ref": "#/components/schemas/BulkOperation"}},
    },
    "required": ["schemas", "Operations"],
}
BULK_OPERATION: Final[Shape] = {
    "type": "object",
    "description": "One that is wrong is answered as such among the others.",
    "properties": {
        "method": {"enum": ["POST", "PUT", "PATCH", "DELETE"]},
        "path": TEXT,
        "bulkId": TEXT,
        "version": TEXT,
        "data": {"type": "object"},
    },
    "required": ["method", "path"],
}
BULK_RESPONSE: Final[Shape] = {
    "type": "object",
    "properties": {
        "schemas": {"const": [f"{API}BulkResponse"]},
        "Operations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "method": {},
                    "bulkId": TEXT,
                    "location": {"type": "string", "format": "uri"},
                    "version": TEXT,
                    "status": {"type": "string", "pattern": "^[2-5][0-9][0-9]$"},
                    "response": {"$ref": "#/components/schemas/Error"},
                },
                "required": ["status"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["schemas", "Operations"],
    "additionalProperties": False,
}
DISCOVERED: Final[Shape] = {
    "type": "object",
    "properties": {"schemas": {"type": "array", "items": TEXT, "minItems": 1}, "id": TEXT, "meta": {"type": "object"}},
    "required": ["schemas", "id", "meta"],
}
SUPPORTED_PARTS: Final = ("patch", "bulk", "filter", "changePassword", "sort", "etag")
CAPABILITIES: Final[Shape] = {
    "type": "object",
    "properties": {
        "schemas": {"const": [CONFIG]},
        "authenticationSchemes": {"type": "array", "items": {"type": "object"}, "minItems": 1},
        "meta": {"type": "object"},
        "pagination": {"type": "object"},
        "securityEvents": {
            "type": "object",
            "properties": {
                "asyncRequest": {"enum": ["none", "request"]},
                "eventUris": {"type": "array", "items": {"type": "string", "pattern": "^urn:ietf:params:scim:event:"}},
            },
            "required": ["asyncRequest", "eventUris"],
        },
        **{
            name: {"type": "object", "properties": {"supported": {"type": "boolean"}}, "required": ["supported"]}
            for name in SUPPORTED_PARTS
        },
    },
    "required": [
        "schemas",
        "patch",
        "bulk",
        "filter",
        "changePassword",
        "sort",
        "etag",
        "authenticationSchemes",
    ],
}
MESSAGES: Final[dict[str, Shape]] = {
    "Error": ERROR,
    "SearchRequest": SEARCH_REQUEST,
    "PatchOp": PATCH_OP,
    "BulkRequest": BULK_REQUEST,
    "BulkOperation": BULK_OPERATION,
    "BulkResponse": BULK_RESPONSE,
    "ServiceProviderConfig": CAPABILITIES,
    "Discovered": DISCOVERED,
}


def list_of(items: Iterable[str]) -> Shape:
    """Return the schema of a ListResponse of some components (RFC 7644 §3.4.2, RFC 9865 §2)."""
    shapes: list[dict[str, Any]] = [{"$ref": f"#/components/schemas/{name}"} for name in items]
    properties = {
        "schemas": {"const": [f"{API}ListResponse"]},
        "totalResults": COUNT,
        "startIndex": {"type": "integer", "minimum": 1},
        "itemsPerPage": COUNT,
        "nextCursor": {"type": "string", "pattern": "^[A-Za-z0-9._~-]+$"},
        "Resources": {"type": "array", "items": shapes[0] if len(shapes) == 1 else {"anyOf": shapes}},
    }
    return {
        "type": "object",
        "properties": properties,
        "required": ["schemas", "itemsPerPage", "Resources"],
        "additionalProperties": False,
    }
