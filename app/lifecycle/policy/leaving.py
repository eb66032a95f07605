"""The knobs of leaving and coming back: deletion, access, what inactivity stops, and identity."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from app.lifecycle.policy.knobs import Distinct, Knobs, Text

Days: TypeAlias = Annotated[int, Field(ge=0, le=36_500)]
When: TypeAlias = Literal["now", "at_expiry"]
Permission: TypeAlias = Literal["login", "notify", "email", "invite", "assign"]


class Attribution(Knobs):
    """What a purged user leaves behind in names."""

    audit: Literal["keep", "label"] = Field(
        default="label", description="Whether the audit trail keeps showing the display name, or shows the label."
    )
    content: Literal["keep", "label", "blank"] = Field(
        default="label", description="What the host application is told to show as the author of what remains."
    )
    label: Text = Field(default="Deleted user", description="The name shown where a purged user's name stood.")


class Deletion(Knobs):
    """Whether and when users are deleted."""

    mode: Literal["never", "inactive_only", "any"] = Field(
        default="inactive_only", description="Which users may be deleted; with 'never', no deleted user is ever purged."
    )
    min_days_inactive: Days = Field(default=30, description="Days between deactivation and purging; 0 purges at once.")
    attribution: Attribution = Field(default=Attribution(), description="What a purged user leaves behind in names.")
    reason: Literal["off", "optional", "required"] = Field(
        default="required",
        description="Whether the API has to say why a user is deleted; an identity provider's reason is 'scim'.",
    )
    scope: Literal["membership", "account"] = Field(
        default="membership",
        description="What the host application is told to remove: the membership of this tenant, or the account too.",
    )
    approvals: int = Field(
        default=0, ge=0, le=5, description="How many other persons have to approve before a user is purged."
    )


class SessionEnd(Knobs):
    """When sessions end, by the kind of authentication; no new session starts in either case."""

    local: When = Field(default="now", description="When sessions end that began with a password of the host's.")
    sso: When = Field(default="now", description="When sessions end that began at an identity provider.")


class Sessions(Knobs):
    """How long sessions last, and what becomes of them when access ends."""

    end: SessionEnd = Field(default=SessionEnd(), description="When sessions end, by the kind of authentication.")
    end_on: Distinct[Literal["roles", "groups"]] = Field(
        default=(), description="Changes after which a user has to sign in anew; others are only announced."
    )
    logout_ends: Literal["sessions", "everything"] = Field(
        default="sessions",
        description="Whether a logout at the identity provider ends sessions and refresh tokens, or API keys too.",
    )
    idle_minutes: Annotated[int, Field(ge=1, le=527_040)] | None = Field(
        default=None, description="After how long without a question about it a session is over; null never."
    )
    absolute_minutes: Annotated[int, Field(ge=1, le=527_040)] | None = Field(
        default=None, description="How long a session may last, however short it is idle; null sets no limit."
    )


class Credentials(Knobs):
    """What becomes of credentials at the host application when access ends."""

    tokens: Literal["suspend", "revoke"] = Field(
        default="suspend", description="Whether tokens work again after a reactivation."
    )


def _login_among(blocked: tuple[Permission, ...]) -> tuple[Permission, ...]:
    """Keep the invariant: whoever is inactive never signs in."""
    if "login" not in blocked:
        raise ValueError("must name 'login': an inactive user never signs in")
    return blocked


class Inactive(Knobs):
    """What an inactive user looks like, and what it may not do."""

    listing: Literal["mixed", "separate", "filtered"] = Field(
        default="separate",
        description="Lists show inactive users among the others, in a list of their own, or only when asked for.",
    )
    blocks: Annotated[Distinct[Permission], AfterValidator(_login_among)] = Field(
        default=("login", "notify", "email", "invite", "assign"),
        description="What an inactive user may not do; 'login' is always among it.",
    )


class Reactivation(Knobs):
    """Whether and how an inactive user comes back."""

    window_days: Days = Field(
        default=0, description="Days after deactivation in which a user may be reactivated; 0 is any time."
    )
    restore: Distinct[Literal["roles", "groups"]] = Field(
        default=("roles", "groups"), description="What a user has again after coming back; the rest is taken away then."
    )


class Notify(Knobs):
    """What the host application is asked to send."""

    on_activate: Literal["none", "welcome", "reset"] = Field(
        default="none", description="What is sent when a user becomes active; 'none' leaves it to a person."
    )


class Identity(Knobs):
    """When a returning person is the same user."""

    email_reuse: Literal["reactivate_only", "after_delete", "free"] = Field(
        default="after_delete",
        description=(
            "Creating again with the same externalId brings back an inactive user unless 'reactivate_only'; "
            "the same userName alone brings back a deleted user unless 'free'."
        ),
    )
