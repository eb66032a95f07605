"""Say what the provisioning events of RFC 9967 say: which attributes, in which version, of the resource where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from app.db.deliveries import Delivery
from app.db.records import View
from app.db.work import Work
from app.events.catalogue import SCIM
from app.lifecycle.ports import UserRecord

CREATE_NOTICE = SCIM + "prov:create:notice"
PATCH_NOTICE = SCIM + "prov:patch:notice"
PUT_NOTICE = SCIM + "prov:put:notice"
ASYNC_RESPONSE = SCIM + "misc:asyncresp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
ACTIVE = ["active"]
COMPLETED = "request.completed"
ENDPOINTS = {"Group": "Groups", "User": "Users"}
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
    if delivery.type == COMPLETED:
        return _asked_for(work, delivery.payload)
    endpoint = ENDPOINTS.get(delivery.subject_type, "Users")
    if type_ := delivery.payload.get("resource_type"):
        # events of before it was told have the name of the type alone
        endpoint = delivery.payload.get("endpoint", f"{type_}s")
    return _named(endpoint, id_, _document(work, id_, delivery))


def _asked_for(work: Work, said: Payload) -> dict[str, str]:
    """Name what a request was about: a resource, or the endpoint where none was made."""
    id_ = said.get("resource")
    if id_ is None:
        return {"format": "scim", "uri": f"/{said['endpoint']}"}
    return _named(said["endpoint"], id_, _found(work, id_, said["resource_type"]))


def _named(endpoint: str, id_: str, document: Payload) -> dict[str, str]:
    external_id = document.get("externalId")
    external = {"externalId": external_id} if external_id else {}
    return {"format": "scim", "uri": f"/{endpoint}/{id_}", **external}


def _document(work: Work, id_: str, delivery: Delivery) -> dict[str, Any]:
    """Return the resource of an event, which is a user where its subject is a stream."""
    type_ = "Group" if delivery.subject_type == "Group" else "User"
    return _found(work, id_, delivery.payload.get("resource_type", type_))


def _found(work: Work, id_: str, type_: str) -> dict[str, Any]:
    """Return a resource as it is now; of one that is gone nothing is known."""
    found: View | UserRecord | None
    match type_:
        case "User":
            found = work.users.find(id_)
        case "Group":
            found = work.groups.view(id_)
        case _:
            found = work.resources.view(type_, id_)
    document: dict[str, Any] = orjson.loads(found.document) if found else {}
    return document


def _version(delivery: Delivery) -> dict[str, str]:
    version = delivery.payload.get("version")
    return {} if version is None else {"version": f'W/"{version}"'}


def completed(_work: Work, _id: str, delivery: Delivery) -> dict[str, Any]:
    """Return the operation of a bulk response that tells what became of a request (RFC 9967 §2.5, RFC 7644 §3.7)."""
    said = delivery.payload
    bulk = {"bulkId": said["bulk_id"]} if "bulk_id" in said else {}
    told = {"method": said["method"], **bulk, **_version(delivery), "status": str(said["status"])}
    if (error := said.get("error")) is None:
        return told
    scim_type = {"scimType": error["scim_type"]} if "scim_type" in error else {}
    return {**told, "response": {"schemas": [ERROR], "status": told["status"], **scim_type, "detail": error["detail"]}}
