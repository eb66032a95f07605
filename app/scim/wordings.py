"""Say in an administrator's words what the libraries say in theirs: which attribute, which rule, what to do."""

from __future__ import annotations

import re
from typing import Final

LISTED: Final = "/Schemas lists those that there are"
WORDINGS: Final[tuple[tuple[str, str], ...]] = (
    (r"Field not found: (?P<name>.+)", f"There is no attribute {{name}} here; {LISTED}."),
    (
        r"'(?P<name>.+)' is not (an attribute of the schema|declared by the resource schema)",
        f"There is no attribute {{name}} here; {LISTED}.",
    ),
    (
        r"'(?P<name>.+)' is a sub-attribute, which the schema '.+' cannot qualify",
        "{name} is a sub-attribute: leave the URN of the schema out before it.",
    ),
    (r"The path is not a valid URN: .+", "The path does not begin with the URN of a schema and a colon."),
    (r"'(?P<name>.+)' is not in attribute notation", "{name} is not the path of an attribute, such as name.givenName."),
    (
        r"invalid syntax( at column (?P<place>\d+))?",
        'The path cannot be read: write it as in name.givenName or emails[type eq "work"].value.',
    ),
    (
        r"a value selection cannot apply to the sub-attribute '(?P<name>.+)'",
        '{name} is part of an attribute and takes no brackets, as emails[type eq "work"] does; leave them out.',
    ),
    (
        r"number out of range: (?P<name>.+)",
        "{name} is larger than any number that is stored; compare with a smaller one.",
    ),
    (r"the path nests more than (?P<limit>\d+) expressions", "The path nests more than {limit} conditions."),
    (
        r"the filter nests more than (?P<limit>\d+) expressions",
        "The filter nests more than {limit} conditions; simplify it.",
    ),
    (
        r"The path attribute was invalid or malformed",
        'The path cannot be used here: name one attribute, as in name.givenName or emails[type eq "work"].value.',
    ),
    (r"'(?P<name>.+)' is read-only", "{name} is read-only, since the service sets it; leave it out."),
    (r"'(?P<name>.+)' is immutable", "{name} cannot be changed once it has a value; leave it as it is."),
    (
        r"required attribute cannot be (removed|unassigned)",
        "{about} is required and cannot be removed; replace its value instead.",
    ),
    (r"required attribute '(?P<name>.+)' became unassigned", "{name} is required; replace its value instead."),
    (
        r"no value of '(?P<name>.+)' matches the path filter",
        "No value of {name} matches the filter of the path; add the value first, or correct the filter.",
    ),
    (r"Remove operation requires a path", "A remove needs a path: name the attribute to remove."),
    (r"value is required for (?P<op>\w+) operations", "An operation that is {op} needs a value."),
    (r"(?P<op>.+) is not a PATCH operation.*", "op must be add, remove or replace."),
    (
        r"operations (attribute is required|holds one or more operations)",
        "Operations is required: an array of one operation or more.",
    ),
    (
        r"a remove operation carries no value, .+",
        "A remove takes no value: select by a filter in its path what to remove.",
    ),
    (r"a remove selecting values by its value needs .+", "A remove with a value needs the path of a list."),
    (
        r"the value of a remove must be non-empty objects, .+",
        'The value of the operation remove must be objects such as {{"value": "…"}}, and its path without a filter.',
    ),
    (
        r"'(?P<name>.+)' must be compared to a single value",
        "{name} in the value of the operation remove must be a single value.",
    ),
    (r"the value written to '(?P<name>.*)' must be an object", "The value of {name} must be an object."),
    (
        r"the value contradicts the filter of '(?P<name>.+)'",
        "The value contradicts the filter of {name}; let both agree.",
    ),
    (
        r"Multiple (values marked as primary|primary values already exist)",
        "Only one value of an attribute can be primary; mark one.",
    ),
    (r"'bulkId' is reserved for bulk operations", "bulkId: stands for a resource in bulk requests only; send an id."),
    (r"'(?P<name>.+)' holds a value that cannot be compared: .+", "{name} holds a value that cannot be compared."),
    (r"value .+ is not valid for attribute '(?P<name>.+)'", "The filter compares {name} with a value of another type."),
    (r"operator '(?P<op>\w+)' cannot be applied to the .*attribute '(?P<name>.+)'", "{op} cannot compare {name}."),
    (
        r"attribute '(?P<name>.+)' is not multi-valued and holds no values to select",
        "{name} has one value at most: leave the brackets out.",
    ),
    (r"schemas must contain the base schema '(?P<name>.+)'", "schemas must list {name}."),
    (r"Unknown extension schemas: (?P<name>.+)", f"schemas lists {{name}}, which is not served; {LISTED}."),
    (
        r"(No SCIM endpoint at|No resource type found at) '(?P<name>.*)'",
        "There is no endpoint {name}; /ResourceTypes lists those that there are.",
    ),
    (r"(POST )?/Me is not supported", "/Me is nobody, since this connection stands for no user; use /Users."),
    (
        r"The endpoint does not support this method",
        "The method is not served here; the header Allow lists those that are.",
    ),
    (r"The request body must be application/scim\+json", "The Content-Type must be application/scim+json."),
    (r"Discovery endpoints do not support filtering", "A filter cannot be used here (RFC 7644 §4); leave it out."),
    (
        r"The bulkId (?P<name>.+) is not unique in the request",
        "The bulkId {name} is used twice; give each POST its own.",
    ),
    (
        r"The bulkId (?P<name>.+) is part of a circular reference",
        "The operations around bulkId {name} refer to each other; create them first, then refer.",
    ),
    (
        r"No resource was created with the bulkId (?P<name>.+)",
        "No operation before created a resource as bulkId {name}.",
    ),
    (
        r"The payload exceeds the maxPayloadSize \((?P<limit>\d+) bytes\)",
        "The request is larger than {limit} bytes (maxPayloadSize); send it in parts.",
    ),
    (
        r"A required value was missing, .+",
        "A value is missing, or does not fit its attribute; /Schemas tells its type.",
    ),
    (
        r"The specified path did not yield .+",
        "The path leads to no attribute or value; add it first, or correct the path.",
    ),
    (r"The attempted modification .+", "The attribute cannot be changed in this way; /Schemas tells its mutability."),
    (r"The specified path references a non-existent field", f"The path leads to no attribute; {LISTED}."),
    (r"The request body message structure .+", "The body is not the message that is expected here."),
)
_COMPILED: Final = tuple((re.compile(pattern, re.DOTALL), words) for pattern, words in WORDINGS)


def worded(detail: str, about: str | None = None) -> str:
    """Return a detail ``about`` an attribute in our words; one that is in none of the libraries' is ours already."""
    for pattern, words in _COMPILED:
        if found := pattern.fullmatch(detail.rstrip(".")):
            return words.format(**{"about": about or "What the path names", **found.groupdict()})
    return detail
