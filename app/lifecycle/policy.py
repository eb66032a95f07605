"""Describe a tenant's policy: its knobs, their defaults, and what is wrong with a document in plain words."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

_PACKAGE = Path(__file__).resolve().parents[1]
SCHEMAS = next((path for path in (_PACKAGE.parent / "schemas", _PACKAGE / "_schemas") if path.is_dir()), _PACKAGE)

Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Guarded: TypeAlias = Literal["deactivate", "delete"]


class PolicyInvalid(ValueError):  # noqa: N818
    """List what is wrong with a policy document, as pairs of knob and message."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        super().__init__("; ".join(message for _, message in problems))


class Knobs(BaseModel):
    """A group of knobs: immutable, and without room for unknown ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Attribution(Knobs):
    """What a purged user leaves behind in names."""

    label: Text = Field(default="Deleted user", description="The name shown where a purged user's name stood.")


class Deletion(Knobs):
    """Whether and when users are deleted."""

    mode: Literal["never", "inactive_only", "any"] = Field(
        default="inactive_only", description="Which users may be deleted; with 'never', no deleted user is ever purged."
    )
    min_days_inactive: int = Field(
        default=30, ge=0, le=36_500, description="Days between deactivation and purging; 0 purges at once."
    )
    attribution: Attribution = Field(default=Attribution(), description="What a purged user leaves behind in names.")


class LastHolder(Knobs):
    """Which roles never lose their last active holder."""

    roles: tuple[Text, ...] = Field(default=("Owner",), description="Protected roles, compared without regard to case.")
    on: tuple[Guarded, ...] = Field(
        default=("deactivate", "delete"),
        description="What the last holder is protected from; losing the role counts as a deactivation.",
    )
    message: Text | None = Field(
        default=None, description="What the administrator reads instead of the built-in sentence."
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


class Groups(Knobs):
    """What groups may look like."""

    duplicate_display_name: Literal["refuse", "allow"] = Field(
        default="refuse", description="Whether two groups may share a displayName."
    )


class Scim(Knobs):
    """How the rules appear to an identity provider."""

    delete: Literal["policy", "absorb"] = Field(
        default="absorb",
        description="Whether a blocked DELETE is refused, or answered 204 and carried out when it may be.",
    )


class TenantPolicy(Knobs):
    """The rules of one tenant."""

    delete: Deletion = Field(default=Deletion(), description="Whether and when users are deleted.")
    protect_last: LastHolder = Field(
        default=LastHolder(), description="Which roles never lose their last active holder."
    )
    identity: Identity = Field(default=Identity(), description="When a returning person is the same user.")
    groups: Groups = Field(default=Groups(), description="What groups may look like.")
    scim: Scim = Field(default=Scim(), description="How the rules appear to an identity provider.")

    @classmethod
    def load(cls, document: str | bytes | Mapping[str, Any]) -> Self:
        """Read a policy from JSON text or a parsed document; raise PolicyInvalid naming each wrong knob."""
        text = document if isinstance(document, str | bytes) else json.dumps(document)
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise PolicyInvalid([_problem(item) for item in error.errors(include_url=False)]) from error

    @classmethod
    def default(cls) -> Self:
        """Return the preset that a new tenant starts with."""
        return cls.load(_preset("default"))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the contract of the document as JSON Schema; `schemas/policy/tenant-policy.json` holds the same."""
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **cls.model_json_schema()}


@cache
def _preset(name: str) -> str:
    return (SCHEMAS / "policy" / "presets" / f"{name}.json").read_text(encoding="utf-8")


_SENTENCES = {
    "extra_forbidden": "is not a knob of this policy",
    "literal_error": "must be {expected}",
    "int_type": "must be a whole number",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "string_too_long": "must be at most {max_length} characters long",
    "tuple_type": "must be a list",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "model_type": "must be an object of knobs",
    "json_invalid": "is not valid JSON: {error}",
}


def _problem(item: Mapping[str, Any]) -> tuple[str, str]:
    path = ".".join(str(part) for part in item["loc"])
    sentence = _SENTENCES.get(item["type"])
    said = sentence.format(**item.get("ctx", {})) if sentence else f"is not accepted: {item['msg']}"
    return path, f"{path or 'The policy'} {said}."
