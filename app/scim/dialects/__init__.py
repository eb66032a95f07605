"""The dialects a connection may speak, by the name stored on it; never guessed from a request."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.scim.dialects.dialect import Dialect
from app.scim.dialects.entra import ENTRA
from app.scim.dialects.okta import OKTA
from app.scim.dialects.onelogin import ONELOGIN
from app.scim.dialects.schema_index import SchemaIndex
from app.scim.dialects.strict import STRICT
from app.scim.dialects.tolerance import Tolerance

__all__ = ["DIALECTS", "Dialect", "SchemaIndex", "Tolerance"]

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {dialect.name: dialect for dialect in (STRICT, OKTA, ENTRA, ONELOGIN)}
)
