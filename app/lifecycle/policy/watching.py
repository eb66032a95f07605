"""The knobs of watching: when many changes at once are too many, and how often access is reviewed."""

from typing import Annotated, Literal

from pydantic import Field

from app.lifecycle.policy.knobs import Knobs


class MassChangeRule(Knobs):
    """When identity providers take away too many users in a short while."""

    percent: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=10, description="Share of the live users that may be taken away in a window; null sets no share."
    )
    count: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="How many users may be taken away in a window; null sets no number."
    )
    at_least: int = Field(
        default=50, ge=0, description="How many are never too many by their share, however few users there are."
    )
    window_minutes: int = Field(default=60, ge=1, le=10_080, description="Length of the window.")
    deletions: Literal["hold", "off"] = Field(
        default="hold", description="Whether deletions beyond the limit wait until somebody has decided about them."
    )
    deactivations: Literal["alert", "off"] = Field(
        default="alert", description="Whether deactivations beyond the limit are told of; none is ever delayed."
    )


class Review(Knobs):
    """How often people look at who has access."""

    every_days: Annotated[int, Field(ge=1, le=3_660)] | None = Field(
        default=90, description="Days between two reviews of access; null begins none by itself."
    )
    days_to_decide: int = Field(
        default=14, ge=1, le=365, description="Days after which a review that is not closed is overdue."
    )
