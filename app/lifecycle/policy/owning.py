"""The knobs of owning: pools of entitlements, and the types of work that users own at the host application."""

from typing import Annotated, Literal

from pydantic import Field

from app.lifecycle.policy.knobs import Distinct, Knobs, Name, Text


class OnRelease(Knobs):
    """What becomes of one type of work when an entitlement is taken from its owner."""

    states: Distinct[Text] = Field(default=(), description="States of the work that is concerned; empty means all.")
    to: Literal["transferable", "unassign"] = Field(description="Others may claim it, or nobody owns it any more.")
    reason: Text | None = Field(default=None, description="What those who claim it read.")


class BlockedBy(Knobs):
    """What keeps the last entitlement of a scope from being taken away."""

    type: Name = Field(description="The type of work.")
    states: Distinct[Text] = Field(default=(), description="States in which it blocks; empty means all.")


class LastInScope(Knobs):
    """When the last entitlement of a scope has to stay."""

    message: Text | None = Field(
        default=None, description="What the administrator reads instead of the built-in sentence."
    )
    blocked_by: BlockedBy = Field(description="The work of the same scope that needs somebody entitled.")


class Entitlement(Knobs):
    """A pool of seats or licences."""

    capacity: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="How many there are, for each scope if there are scopes; null sets no limit."
    )
    assigned_by: Literal["everyone", "entitlements", "roles", "groups", "api"] = Field(
        default="everyone",
        description=(
            "Who holds one: every active user, those whose SCIM entitlements or roles have the value, "
            "members of the group of that displayName, or whoever the API gives one."
        ),
    )
    value: Text | None = Field(default=None, description="The value or displayName; the name of the pool unless given.")
    scope_by: Text | None = Field(
        default=None, description="The attribute that tells the scope, such as addresses.country; null has one scope."
    )
    on_deactivate: Literal["release", "hold"] = Field(
        default="release", description="Whether an inactive user gives it back."
    )
    on_reactivate: Literal["auto", "manual"] = Field(
        default="auto", description="Whether a reactivated user gets it again by itself."
    )
    over_limit: Literal["refuse", "offer_choices", "overage"] = Field(
        default="refuse", description="What happens when none is left: refused, refused with choices, or counted over."
    )
    choices: tuple[Text, ...] = Field(default=(), description="What the operator is offered when none is left.")
    separable: bool = Field(default=False, description="Whether it can be taken from a user who stays active.")
    on_release: dict[Name, OnRelease] = Field(
        default={}, description="For each type of work, what becomes of it when the entitlement is taken away."
    )
    last_in_scope: LastInScope | None = Field(
        default=None, description="When the last one of a scope has to stay; null never."
    )


class OwnedWork(Knobs):
    """What becomes of one type of work when its owner leaves, and comes back."""

    on_deactivate: Literal["retain", "transferable", "unassign", "reassign", "block"] = Field(
        default="retain", description="What a deactivation does to work of this type, or that it blocks it."
    )
    on_delete: Literal["retain", "block", "reassign", "cascade"] = Field(
        default="block", description="What a deletion does to work of this type, or that it blocks it."
    )
    on_reactivate: Literal["leave", "restore"] = Field(
        default="leave", description="Whether work that nobody took over goes back to a reactivated owner."
    )
    reassign_to: Text | None = Field(
        default=None, description="The id of the user who gets reassigned work; null leaves it to nobody."
    )
    reason: Text | None = Field(default=None, description="What those who claim transferable work read.")
    bulk_reassign: bool = Field(default=True, description="Whether all work of an owner can be given away in one go.")
