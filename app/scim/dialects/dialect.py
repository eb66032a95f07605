"""What a connection's identity provider is allowed to get wrong, and how it likes its answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from scim2_models import ScimPolicy

from app.scim.dialects.misread import Misread, misread_in_patch, misread_in_resource
from app.scim.dialects.patch import tidy_patch
from app.scim.dialects.resource import tidy_resource
from app.scim.dialects.schema_index import SchemaIndex
from app.scim.dialects.tolerance import Leniency, Tolerance

RFC_POLICY: Final = ScimPolicy()
LENIENT_POLICY: Final = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)

Tidied = tuple[dict[str, Any], tuple[str, ...]]
Refused = tuple[Misread, ...]


@dataclass(frozen=True, slots=True)
class Dialect:
    """Hold the leniency of one kind of client; the defaults are the RFCs'.

    `tidy_resource` and `tidy_patch` never raise and never change their argument. They give the payload to validate
    and the names of the tolerances used; an empty `Operations` where the client sent some means there is nothing to do.
    """

    name: str
    policy: ScimPolicy = RFC_POLICY
    tolerances: frozenset[Tolerance] = frozenset()
    bare_token: bool = False
    empty_patch_answers: frozenset[str] = frozenset()
    put_keeps_members: bool = False
    unknown_members: Literal["refuse", "drop"] = "refuse"
    relaxed_filters: bool = False

    def patch_answer(self, resource_type: str) -> Literal["resource", "empty"]:
        """Say whether a PATCH is answered with 200 and the resource, or with 204 (RFC 7644 §3.5.2)."""
        return "empty" if resource_type in self.empty_patch_answers else "resource"

    def tidy_resource(self, schema: SchemaIndex, resource_type: str, payload: Mapping[str, Any]) -> Tidied:
        """Mend the body of a POST or PUT."""
        if not self.tolerances:
            return dict(payload), ()
        lax = Leniency(self.tolerances)
        return tidy_resource(schema.shape(resource_type), payload, lax), lax.names()

    def tidy_patch(self, schema: SchemaIndex, resource_type: str, payload: Mapping[str, Any]) -> Tidied:
        """Mend the body of a PATCH."""
        if not self.tolerances:
            return dict(payload), ()
        lax = Leniency(self.tolerances, patching=True)
        return tidy_patch(schema.shape(resource_type), payload, lax), lax.names()

    def misread_resource(self, schema: SchemaIndex, resource_type: str, payload: Mapping[str, Any]) -> Refused:
        """Name what must be refused with 400 invalidValue in a tidied POST or PUT body."""
        return misread_in_resource(schema.shape(resource_type), payload, strict=not self.tolerances)

    def misread_patch(self, schema: SchemaIndex, resource_type: str, payload: Mapping[str, Any]) -> Refused:
        """Name what must be refused with 400 invalidValue in a tidied PATCH body."""
        return misread_in_patch(schema.shape(resource_type), payload, strict=not self.tolerances)
