"""Say what the provisioning events of RFC 9967 say: which attributes, in which version, of the resource where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from app.db.deliveries import Delivery
from app.db.work import Work
from app.events.catalogue import SCIM
from app.events.webhooks.people import person, team

CREATE_NOTICE = SCIM + "prov:create:notice"
PATCH_NOTICE = SCIM + "prov:patch:notice"
PUT_NOTICE = SCIM + "prov:put:notice"
ACTIVE = ["active"]
OF_STATE = frozenset({"user.deactivated", "user.reactivated"})
LIFECYCLE = "urn:scim-lifecycle:params:scim:schemas:extension:lifecycle:2.0:User"
SPELT = {"deactivateAt": f"{LIFECYCLE}:deactivateAt", "reason": f"{LIFECYCLE}:reason"}
UNNAMED = frozenset({"schemas", "id", "meta"})

Payload = Mapping[str, Any]


def notices(payload: Payload, signal: str) -> bool:
    """Tell whether a change is told by this notice: a PUT by that of a PUT, all else by that of a PATCH."""
    if signal not in {PATCH_NOTICE, PUT_NOTICE}:
        return True
    return signal == (PUT_NOTICE if payload.get("replaced") else PATCH_NOTICE)


def changed(_work: Work, _id: str, delivery: Delivery) -> dict[str, Any]:
    """Return the names of the attributes that differ (RFC 9967 §2.4.2, §2.4.3)."""
    names = ACTIVE if delivery.type in OF_STATE else delivery.payload.get("changed", ("members",))
    return {"attributes": [SPELT.get(name, name) for name in names], **_version(delivery)}


def created(work: Work, id_: str, delivery: Delivery) -> dict[str, Any]:
    """Return the names of the attributes that are there (RFC 9967 §2.4.1)."""
    names = set(_document(work, id_, delivery)) - UNNAMED
    apart = {"active"} if delivery.subject_type == "User" else {"members"} if delivery.payload.get("added") else set()
    return {"attributes": sorted(names | apart), **_version(delivery)}


def resource(work: Work, delivery: Delivery, id_: str) -> dict[str, str]:
    """Name a resource by its place below the base of SCIM (RFC 9967 §2.1)."""
    if delivery.subject_type == "Group":
        return _named("Groups", id_, team(work, id_).external_id)
    if endpoint := _endpoint(delivery.payload):
        return _named(endpoint, id_, _document(work, id_, delivery).get("externalId"))
    found = person(work, id_)
    return _named("Users", id_, found.external_id if found else None)


def _named(endpoint: str, id_: str, external_id: str | None) -> dict[str, str]:
    external = {"externalId": external_id} if external_id else {}
    return {"format": "scim", "uri": f"/{endpoint}/{id_}", **external}


def _endpoint(payload: Payload) -> str | None:
    """Return where resources of an operator's type are; events of before this was told have its name alone."""
    type_ = payload.get("resource_type")
    endpoint: str | None = payload.get("endpoint", f"{type_}s" if type_ else None)
    return endpoint


def _document(work: Work, id_: str, delivery: Delivery) -> dict[str, Any]:
    """Return the resource as it is now; of one that is gone nothing is known."""
    type_ = delivery.payload.get("resource_type")
    found = (
        work.resources.view(type_, id_)
        if type_
        else work.groups.view(id_)
        if delivery.subject_type == "Group"
        else work.users.find(id_)
    )
    document: dict[str, Any] = orjson.loads(found.document) if found else {}
    return document


def _version(delivery: Delivery) -> dict[str, str]:
    version = delivery.payload.get("version")
    return {} if version is None else {"version": f'W/"{version}"'}
