"""What every request and command needs: the settings, the database, the clock, the way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import sleep
from typing import Any

from flask import Request, current_app, g, request

from app.config import Settings
from app.db.work import Database
from app.lifecycle.clock import Clock
from app.outbound import Outbound

EXTENSION = "scim-lifecycle"


@dataclass(frozen=True)
class Runtime:
    """The parts that are opened once a process."""

    settings: Settings
    database: Database
    clock: Clock
    outbound: Outbound
    wait: Callable[[float], object] = sleep
    _tenant_ids: dict[str, int] = field(default_factory=dict)

    def tenant_id(self, slug: str) -> int | None:
        """Return the id of a tenant; slugs never change hands, so that it may be remembered."""
        known = self._tenant_ids.get(slug)
        if known is not None:
            return known
        with self.database.tenants(reading=True) as tenants:
            tenant = tenants.find(slug)
        if tenant is None:
            return None
        self._tenant_ids[slug] = tenant.id
        return tenant.id

    def close(self) -> None:
        """Close the idle connections to the database and to others."""
        self.database.close()
        self.outbound.close()


def runtime() -> Runtime:
    """Return the runtime of the application that serves this request."""
    found: Runtime = current_app.extensions[EXTENSION]
    return found


def present() -> tuple[Any, Request]:
    """Return what is known of this request so far, and the request: not their proxies, which look them up each time."""
    return g._get_current_object(), request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
