"""Conditional requests on the version of a resource (RFC 7644 §3.14)."""

from __future__ import annotations

from scim2_models import PreconditionFailedException
from scim2_server.conditions import Conditions

from app.scim.render import etag

__all__ = ["Conditions", "check_write", "unchanged"]


def check_write(conditions: Conditions, version: int, method: str) -> None:
    """Let a write pass, or raise 412 naming the version that is current."""
    try:
        conditions.check(etag(version), method)
    except PreconditionFailedException as error:
        detail = f"The resource is at version {etag(version)} now; read it again, then repeat the change."
        raise PreconditionFailedException(detail=detail) from error


def unchanged(conditions: Conditions, version: int) -> bool:
    """Tell whether a read is answered with 304, or raise 412."""
    return not conditions.check(etag(version), "GET")
