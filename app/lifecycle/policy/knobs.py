"""What all knobs share: their types, their strictness, and sentences for what is wrong."""

from collections.abc import Hashable, Mapping
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

Problem: TypeAlias = tuple[str, str]
Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Name: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""The name of a pool or of a type of work, as URLs, events and knobs spell it."""


class PolicyInvalid(ValueError):  # noqa: N818
    """List what is wrong with a policy document, as pairs of knob and message."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(message for _, message in problems))


class Knobs(BaseModel):
    """A group of knobs: immutable, and without room for unknown ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


H = TypeVar("H", bound=Hashable)


def _each_once(values: tuple[H, ...]) -> tuple[H, ...]:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"must not name {value!r} twice")
    return values


Distinct: TypeAlias = Annotated[tuple[H, ...], AfterValidator(_each_once)]
"""A list in which nothing stands twice."""

_SENTENCES = {
    "extra_forbidden": "is not a knob of this policy",
    "literal_error": "must be {expected}",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "string_too_long": "must be at most {max_length} characters long",
    "string_pattern_mismatch": "must be a name of a-z, 0-9 and _ that starts with a letter",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "missing": "must be given",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "model_type": "must be an object of knobs",
    "json_invalid": "is not valid JSON: {error}",
    "value_error": "{error}",
}


def problem(item: Mapping[str, Any]) -> Problem:
    """Return the knob and the sentence of a validation error."""
    path = ".".join(str(part) for part in item["loc"])
    sentence = _SENTENCES.get(item["type"])
    said = sentence.format(**item.get("ctx", {})) if sentence else f"is not accepted: {item['msg']}"
    return path, f"{path or 'The policy'} {said}."
