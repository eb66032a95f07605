"""Show the policy of the tenant and its versions, preview a change on the tenant's own users, and put it in force."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Self, TypeAlias

import orjson
from flask import Response, request
from pydantic import Field, StringConstraints, model_validator

from app.api.door import answer, caller
from app.api.problems import BadRequest
from app.api.requests import Said, said_in_body, said_in_query
from app.db.records import PolicyVersion
from app.db.work import Work
from app.identity.principals import Principal
from app.identity.scopes import POLICY
from app.lifecycle.clock import iso
from app.lifecycle.legislation import Legislation
from app.lifecycle.policy import PRESETS, PolicyInvalid, TenantPolicy, differences
from app.lifecycle.service import policy_of
from app.lifecycle.whatif import Comparison
from app.runtime import runtime

Line: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Version: TypeAlias = Annotated[int, Field(ge=1, strict=False)]


class Authored(Said):
    """Who changes the policy, and why."""

    author: Line
    reason: Line


class NewPolicy(Authored):
    """The whole document, or a preset."""

    policy: dict[str, Any]


class Turned(Authored):
    """Knobs to be turned, as nested as in the document; all others stay."""

    knobs: dict[str, Any]


class Back(Authored):
    """Which version is to be in force again."""

    version: Version


class Proposal(Said):
    """Knobs that might be turned, or a whole document that might be put in force."""

    knobs: dict[str, Any] | None = None
    policy: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.knobs is None) is (self.policy is None):
            raise ValueError("needs either knobs or policy")
        return self

    def after(self, before: TenantPolicy) -> TenantPolicy:
        """Return the policy that would be in force."""
        return TenantPolicy.load(self.policy) if self.policy is not None else before.turned(self.knobs or {})


class Searched(Proposal):
    """Which users are looked at: so many, from behind one on."""

    behind: Annotated[str, StringConstraints(max_length=64)] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Two(Said):
    """Which versions are compared."""

    from_: Annotated[Version, Field(alias="from")]
    to: Version


class Listing(Said):
    """Below which version a list goes on."""

    before: Version | None = None


def current() -> Response:
    """Return the policy in force; its version is the entity tag."""
    principal = caller(POLICY)
    with runtime().database.reading(principal.tenant_id) as work:
        version, _ = work.policies.current()
        return _shown(_found(work, version))


def versions() -> Response:
    """Return who changed the policy, when and why, the latest first."""
    principal, said = caller(POLICY), said_in_query(Listing)
    with runtime().database.reading(principal.tenant_id) as work:
        found = work.policies.history(said.before)
    return answer(200, {"versions": [_told(each) for each in found]})


def version(number: int) -> Response:
    """Return one version."""
    principal = caller(POLICY)
    with runtime().database.reading(principal.tenant_id) as work:
        return _shown(_found(work, number))


def presets() -> Response:
    """Return the presets."""
    caller(POLICY)
    return answer(200, {"presets": {name: TenantPolicy.preset(name).model_dump(mode="json") for name in PRESETS}})


def diff() -> Response:
    """Return which knobs differ between two versions."""
    principal, said = caller(POLICY), said_in_query(Two)
    with runtime().database.reading(principal.tenant_id) as work:
        before, after = (policy_of(_found(work, number).document) for number in (said.from_, said.to))
    return answer(200, {"knobs": differences(before, after)})


def replace() -> Response:
    """Put another document in force."""
    principal, said = caller(POLICY), said_in_body(NewPolicy)
    return _changed(principal, said, lambda _work, _before: TenantPolicy.load(said.policy))


def turn() -> Response:
    """Turn some knobs."""
    principal, said = caller(POLICY), said_in_body(Turned)
    return _changed(principal, said, lambda _work, before: before.turned(said.knobs))


def revert() -> Response:
    """Put an earlier version in force again, as a new one."""
    principal, said = caller(POLICY), said_in_body(Back)
    return _changed(principal, said, lambda work, _before: policy_of(_found(work, said.version).document))


def preview() -> Response:
    """Say what would change for the users there are, if some knobs were turned; nothing is changed."""
    principal, said, here = caller(POLICY), said_in_body(Proposal), runtime()
    with here.database.reading(principal.tenant_id) as work:
        before = policy_of(work.policies.current()[1])
        after = _valid(lambda: said.after(before))
        now, found = here.clock.now(), {}
        for name, policy in (("before", before), ("after", after)):
            found[name] = work.listings.forecast(policy, now, work.entitlements.totals(policy.entitlements))
    return answer(200, {"knobs": differences(before, after), **found})


def preview_users() -> Response:
    """Say for which users something would change, and what; a page looks at so many of them, and ``next`` goes on."""
    principal, said, here = caller(POLICY), said_in_body(Searched), runtime()
    with here.database.reading(principal.tenant_id) as work:
        before = policy_of(work.policies.current()[1])
        comparison = Comparison(work, here.clock, before, _valid(lambda: said.after(before)))
        records = work.users.walk(said.behind, said.limit)
        told = comparison.of(records)
    following = records[-1].id if len(records) == said.limit else None
    return answer(200, {**told, "looked_at": len(records), "next": following})


def _changed(principal: Principal, said: Authored, wanted: Any) -> Response:
    """Write a version, if nobody has written one since the caller looked."""
    here, seen = runtime(), _if_match()
    with here.database.unit_of_work(principal.tenant_id, locked=True) as work:
        legislation = Legislation(work, work.policies, here.clock, principal.actor("api"))
        draft = partial(wanted, work)
        number = legislation.change(seen, lambda before: _valid(lambda: draft(before)), said.author, said.reason)
        return _shown(_found(work, number))


def _if_match() -> int:
    """Return the version that the caller has seen."""
    said = request.headers.get("If-Match", "")
    if not said:
        raise BadRequest(428, "PRECONDITION_REQUIRED", "Send If-Match with the version that you have seen.")
    number = said.removeprefix("W/").strip('"')
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise BadRequest(412, "CHANGED", "If-Match must be the number of a version in quotes.")
    return int(number)


def _valid(wanted: Any) -> TenantPolicy:
    """Return a policy, or say what is wrong with each knob."""
    try:
        policy: TenantPolicy = wanted()
    except PolicyInvalid as invalid:
        errors = tuple({"field": knob, "detail": said} for knob, said in invalid.problems)
        raise BadRequest(400, "INVALID_POLICY", str(invalid), errors) from invalid
    return policy


def _found(work: Work, number: int) -> PolicyVersion:
    found = work.policies.find(number)
    if found is None:
        raise BadRequest(404, "UNKNOWN_VERSION", f"There is no version {number} of this policy.")
    return found


def _shown(found: PolicyVersion) -> Response:
    shown = answer(200, {**_told(found), "policy": orjson.loads(found.document)})
    shown.headers["ETag"] = f'"{found.version}"'
    return shown


def _told(found: PolicyVersion) -> Mapping[str, Any]:
    return {
        "version": found.version,
        "author": found.author,
        "reason": found.reason,
        "created_at": iso(found.created_at),
    }
