"""The URNs clients still send in place of the ones RFC 7643 registered."""

from collections.abc import Mapping
from typing import Final

PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

_CORE: Final = (
    "urn:scim:schemas:core:1.0",
    "urn:scim:schemas:core:1.0:{kind}",
    "urn:scim:schemas:core:2.0",
    "urn:scim:schemas:core:2.0:{kind}",
    "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/{kind}",
)

_LEGACY: Final[Mapping[str, tuple[str, ...]]] = {
    "urn:ietf:params:scim:schemas:core:2.0:user": tuple(name.format(kind="User") for name in _CORE),
    "urn:ietf:params:scim:schemas:core:2.0:group": tuple(name.format(kind="Group") for name in _CORE),
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user": (
        "urn:scim:schemas:extension:enterprise:1.0",
        "urn:scim:schemas:extension:enterprise:1.0:User",
        "urn:scim:schemas:extension:enterprise:2.0",
        "urn:scim:schemas:extension:enterprise:2.0:User",
    ),
}


def legacy_names(urn: str) -> tuple[str, ...]:
    """List the lower-cased URNs that stood for a schema before RFC 7643."""
    return tuple(name.lower() for name in _LEGACY.get(urn.lower(), ()))
