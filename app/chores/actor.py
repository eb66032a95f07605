"""Say who does what is due by time."""

from __future__ import annotations

from app.lifecycle.commands import Actor

SELF = Actor("system", None, "scim-lifecycle", "worker")
