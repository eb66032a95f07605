"""RFC 7643 and RFC 7644 to the letter: conformance suites, and clients that keep to them."""

from typing import Final

from app.scim.dialects.dialect import Dialect

STRICT: Final = Dialect(name="strict")
