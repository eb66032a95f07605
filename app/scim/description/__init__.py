"""Describe the SCIM endpoints in OpenAPI 3.1, from the schemas and resource types in force."""

from app.scim.description.document import openapi

__all__ = ["openapi"]
