"""Describe the policy document of a tenant as a whole, and read it."""

import json
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias, get_args

from pydantic import Field, ValidationError

from app.lifecycle.policy.acting import Action, Actors, Bulk, Groups, LastHolder, Precheck, Scim
from app.lifecycle.policy.knobs import Distinct, Knobs, Name, PolicyInvalid, Problem, problem
from app.lifecycle.policy.leaving import (
    Credentials,
    Deletion,
    Identity,
    Inactive,
    Notify,
    Reactivation,
    Sessions,
)
from app.lifecycle.policy.owning import Entitlement, OwnedWork
from app.lifecycle.policy.watching import Review

_APP = Path(__file__).resolve().parents[2]
SCHEMAS = next((path for path in (_APP.parent / "schemas", _APP / "_schemas") if path.is_dir()), _APP)

Preset: TypeAlias = Literal["default", "unifize", "helpdesk", "document360", "unifyr", "vixiees"]
PRESETS: tuple[Preset, ...] = get_args(Preset)


class TenantPolicy(Knobs):
    """The rules of one tenant."""

    delete: Deletion = Field(default=Deletion(), description="Whether and when users are deleted.")
    actors: Actors = Field(default=Actors(), description="Who may act on whom.")
    protect_last: LastHolder = Field(
        default=LastHolder(), description="Which roles and groups never lose their last active holder."
    )
    source_of_truth: Literal["local", "mixed", "external"] = Field(
        default="mixed",
        description="Who changes users: the host application alone, both, or an identity provider alone.",
    )
    bulk: Bulk = Field(default=Bulk(), description="What may be selected together.")
    confirm: Distinct[Action] = Field(
        default=("delete",), description="Commands that people have to confirm; an identity provider never has to."
    )
    sessions: Sessions = Field(default=Sessions(), description="How long sessions last, and when they end.")
    credentials: Credentials = Field(default=Credentials(), description="What becomes of credentials.")
    inactive: Inactive = Field(default=Inactive(), description="What an inactive user looks like and may not do.")
    entitlements: dict[Name, Entitlement] = Field(
        default={"seat": Entitlement()}, description="The pools of seats and licences by their names."
    )
    work: dict[Name, OwnedWork] = Field(
        default={}, description="The types of work that users own at the host application, by their names."
    )
    reactivate: Reactivation = Field(default=Reactivation(), description="Whether and how a user comes back.")
    notify: Notify = Field(default=Notify(), description="What the host application is asked to send.")
    identity: Identity = Field(default=Identity(), description="When a returning person is the same user.")
    review: Review = Field(default=Review(), description="How often people look at who has access.")
    groups: Groups = Field(default=Groups(), description="What groups may look like.")
    precheck: Precheck = Field(default=Precheck(), description="When the host application is asked first.")
    scim: Scim = Field(default=Scim(), description="How the rules appear to an identity provider.")

    @cached_property
    def tracked(self) -> Mapping[str, Entitlement]:
        """Return the pools of which rows have to be kept; that all active users hold what is unlimited needs none."""
        return {
            name: pool
            for name, pool in self.entitlements.items()
            if pool.assigned_by != "everyone" or pool.capacity is not None
        }

    @cached_property
    def obliges(self) -> bool:
        """Tell whether something may be left open for somebody to do."""
        blocking = any("block" in {work.on_deactivate, work.on_delete} for work in self.work.values())
        return blocking or bool(self.precheck.on) or any(pool.last_in_scope for pool in self.entitlements.values())

    @classmethod
    def load(cls, document: str | bytes | Mapping[str, Any]) -> Self:
        """Read a policy from JSON text or a parsed document; raise PolicyInvalid naming each wrong knob."""
        text = document if isinstance(document, str | bytes) else json.dumps(document)
        try:
            policy = cls.model_validate_json(text)
        except ValidationError as error:
            raise PolicyInvalid([problem(item) for item in error.errors(include_url=False)]) from error
        if problems := list(_contradictions(policy)):
            raise PolicyInvalid(problems)
        return policy

    @classmethod
    def default(cls) -> Self:
        """Return the preset that a new tenant starts with unless it names another."""
        return cls.preset("default")

    @classmethod
    def preset(cls, name: str, overrides: Mapping[str, Any] | None = None) -> Self:
        """Return a preset with some of its knobs turned."""
        if name not in PRESETS:
            raise PolicyInvalid([("preset", f"preset must be one of {', '.join(PRESETS)}, not {name!r}.")])
        return cls.load(_turned(json.loads(_preset(name)), overrides or {}))

    def turned(self, knobs: Mapping[str, Any]) -> Self:
        """Return this policy with some of its knobs turned."""
        return self.load(_turned(self.model_dump(mode="json"), knobs))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the contract of the document as JSON Schema; `schemas/policy/tenant-policy.json` holds the same."""
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **cls.model_json_schema()}


def differences(before: TenantPolicy, after: TenantPolicy) -> dict[str, dict[str, Any]]:
    """Return the knobs in which two policies differ, by their paths."""
    old, new = (dict(_leaves(each.model_dump(mode="json"))) for each in (before, after))
    return {
        knob: {"from": old.get(knob), "to": new.get(knob)}
        for knob in sorted(old.keys() | new.keys())
        if old.get(knob) != new.get(knob) or (knob in old) is not (knob in new)
    }


def _leaves(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _contradictions(policy: TenantPolicy) -> Iterator[Problem]:
    """Yield knobs that name types of work which the policy does not know, or that go with no other knob."""
    for pool, entitlement in policy.entitlements.items():
        if entitlement.assigned_by == "everyone" and (entitlement.scope_by or entitlement.last_in_scope):
            path = f"entitlements.{pool}.assigned_by"
            yield path, f"{path} must not be 'everyone' in a pool that has scope_by or last_in_scope."
        named = {f"on_release.{type_}": type_ for type_ in entitlement.on_release}
        if entitlement.last_in_scope is not None:
            named["last_in_scope.blocked_by.type"] = entitlement.last_in_scope.blocked_by.type
        for knob, type_ in named.items():
            if type_ not in policy.work:
                path = f"entitlements.{pool}.{knob}"
                yield path, f"{path} must be a type of work of this policy: {type_!r} is not under work."


def _turned(document: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with values replaced one by one, not group by group."""
    turned = dict(document)
    for name, value in overrides.items():
        before = turned.get(name)
        turned[name] = _turned(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return turned


@cache
def _preset(name: str) -> str:
    return (SCHEMAS / "policy" / "presets" / f"{name}.json").read_text(encoding="utf-8")
