"""Read who acts, and whether a command is meant."""

from dataclasses import replace
from typing import Annotated, Literal, TypeAlias

from pydantic import StringConstraints

from app.api.requests import Said
from app.db.work import Work
from app.identity.principals import Principal
from app.lifecycle.commands import Actor
from app.lifecycle.consent import Consent
from app.lifecycle.refusals import Refused, unknown_actor
from app.lifecycle.states import State

UserId: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
Revision: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Meant(Said):
    """What may be said beside any command.

    ``actor`` is the id of the user in whose name the application acts, whose roles then count; ``confirm`` says that
    the command is meant; ``revision`` is that of a preflight, which confirms as long as nothing has changed since.
    """

    actor: UserId | None = None
    confirm: bool | Literal["true", "false"] = False
    revision: Revision | None = None

    def consent(self) -> Consent:
        """Return the same in the words of the domain."""
        return Consent(self.confirm in {True, "true"}, self.revision)


class Unsaid(Meant):
    """A command that is said by its address alone."""


def acting(principal: Principal, work: Work, said: Meant) -> Actor:
    """Return who acts: the application itself, or one of its users, who has to be active."""
    actor = principal.actor("api")
    if said.actor is None:
        return actor
    user = work.users.find(said.actor)
    if user is None or user.state is not State.ACTIVE:
        raise Refused([unknown_actor(said.actor)])
    return replace(actor, user_id=user.id, roles=user.roles)
