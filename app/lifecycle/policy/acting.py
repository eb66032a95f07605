"""The knobs of acting: who may act on whom, what asks twice, and where changes come from."""

from collections.abc import Collection
from typing import Literal, TypeAlias
from unicodedata import normalize

from pydantic import Field

from app.lifecycle.policy.knobs import Distinct, Knobs, Text
from app.lifecycle.policy.watching import MassChangeRule

Guarded: TypeAlias = Literal["deactivate", "delete"]
Action: TypeAlias = Literal["deactivate", "reactivate", "delete", "restore", "purge", "release"]
EVERYBODY = "*"


def display_key(display_name: str) -> str:
    """Return a displayName of a group in the form in which it compares."""
    return normalize("NFC", normalize("NFC", display_name).lower())


class Actors(Knobs):
    """Who may act on whom, by roles, which compare without regard to case."""

    order: Distinct[Text] = Field(
        default=("Owner", "Admin"),
        description=(
            "Roles from the highest down; all others rank equally below. A person acts on nobody above itself; "
            "an empty list ranks all the same."
        ),
    )
    may_act_on: dict[Text, Distinct[Text]] | None = Field(
        default=None,
        description=(
            "For each role, the roles it may act on, '*' for all; then nobody else acts, the order counts no more, "
            "and an identity provider acts as scim.actor_role."
        ),
    )


class LastHolder(Knobs):
    """Which roles and groups never lose their last active holder."""

    roles: Distinct[Text] = Field(default=("Owner",), description="Protected roles, compared without regard to case.")
    groups: Distinct[Text] = Field(
        default=(),
        description="Groups that keep an active direct member, by displayName, compared without regard to case.",
    )
    on: Distinct[Guarded] = Field(
        default=("deactivate", "delete"),
        description="What the last holder is protected from; losing the role or group counts as a deactivation.",
    )
    message: Text | None = Field(
        default=None, description="What the administrator reads instead of the built-in sentence."
    )
    scim: bool = Field(
        default=True,
        description="Whether identity providers are refused too; without it, only people at the host application are.",
    )

    @property
    def group_keys(self) -> frozenset[str]:
        """Return the keys of the displayNames of the protected groups."""
        return frozenset(map(display_key, self.groups))

    def named(self, keys: Collection[str]) -> tuple[str, ...]:
        """Return those of the protected groups whose displayNames have these keys."""
        return tuple(group for group in self.groups if display_key(group) in keys)


class Bulk(Knobs):
    """What may be selected together."""

    selection: Literal["single", "homogeneous", "any"] = Field(
        default="homogeneous", description="Whether one user, users of one state, or any users are acted on together."
    )


class Groups(Knobs):
    """What groups may look like."""

    duplicate_display_name: Literal["refuse", "allow"] = Field(
        default="refuse", description="Whether two groups may share a displayName."
    )


class Precheck(Knobs):
    """When the host application is asked for facts of the last moment."""

    on: Distinct[Guarded] = Field(
        default=(),
        description="Commands before which it is asked; without an answer a deactivation goes on, a deletion does not.",
    )


class Scim(Knobs):
    """How the rules appear to an identity provider."""

    delete: Literal["policy", "absorb"] = Field(
        default="absorb",
        description="Whether a blocked DELETE is refused, or answered 204 and carried out when it may be.",
    )
    on_block: Literal["refuse", "hold"] = Field(
        default="hold",
        description="Whether a blocked deactivation is refused, or cuts access now and leaves an open obligation.",
    )
    actor_role: Text = Field(
        default="Admin", description="The role an identity provider has where actors.may_act_on says who acts on whom."
    )
    mass_change: MassChangeRule = Field(
        default=MassChangeRule(), description="When identity providers take away too many users at once."
    )
