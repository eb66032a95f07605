"""What one request works with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from app.db.work import Work
from app.lifecycle.clock import Clock
from app.lifecycle.commands import Actor
from app.scim.dialects import Dialect
from app.scim.render import Renderer


@dataclass(frozen=True, slots=True)
class RequestScope:
    """The unit of work of a request, who acts in it, in which dialect, at what time, under which URLs.

    ``reopen`` opens another one for what is read while the answer is on its way already.
    """

    work: Work
    actor: Actor
    dialect: Dialect
    clock: Clock
    renderer: Renderer
    reopen: Callable[[], AbstractContextManager[Work]]
