"""Write an event in the form that an endpoint wants: ours, or that of WorkOS or Polis for hosts from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from app.db.deliveries import Delivery
from app.db.relay import Placed
from app.db.work import Work
from app.events.webhooks.people import Person, Team, person, team
from app.lifecycle.clock import iso

Mode: TypeAlias = Literal["standard", "workos", "polis"]
Body: TypeAlias = dict[str, Any]
LONGEST_LIST = 200
MEMBERSHIPS = {"group.member_added": "group.user_added", "group.member_removed": "group.user_removed"}
# what is no creation and no deletion is a change of an attribute there
SYNCED = {
    "user.created": "user.created",
    "user.updated": "user.updated",
    "user.deactivated": "user.updated",
    "user.reactivated": "user.updated",
    "user.restored": "user.created",
    "user.deleted": "user.deleted",
    "group.created": "group.created",
    "group.updated": "group.updated",
    "group.deleted": "group.deleted",
    **MEMBERSHIPS,
}
BEFORE = {"user.deactivated": "active", "user.reactivated": "inactive"}


def forms(mode: Mode, event: Placed) -> Sequence[str]:
    """Return the forms of an event: one, or one for each member where a product tells of each, or none."""
    if mode == "standard" or event.type == "webhook.test":
        return ("",)
    if event.type in MEMBERSHIPS:
        return tuple(event.payload["members"])
    return ("",) if event.type in SYNCED else ()


def standard(tenant: str, delivery: Delivery) -> Body:
    """Return the thin event: ids alone; a list too long for a message is left to the API."""
    data = dict(delivery.payload)
    for name in [name for name, value in data.items() if isinstance(value, list) and len(value) > LONGEST_LIST]:
        data[name], data[f"{name}_total"] = data[name][:LONGEST_LIST], len(data[name])
    return {
        "type": delivery.type,
        "timestamp": iso(delivery.created_at),
        "tenant": tenant,
        "txn": delivery.txn,
        "seq": delivery.position,
        "data": data,
    }


def cloud_event(source: str, tenant: str, delivery: Delivery) -> Body:
    """Return the thin event as a structured CloudEvent 1.0."""
    plain = standard(tenant, delivery)
    return {
        "specversion": "1.0",
        "id": delivery.event_id,
        "source": source,
        "type": delivery.type,
        "subject": f"{delivery.subject_type}/{delivery.subject_id}",
        "time": plain["timestamp"],
        "datacontenttype": "application/json",
        "dataschema": f"urn:scim-lifecycle:event:{delivery.type}",
        "sequence": str(delivery.position),
        "txn": delivery.txn,
        "data": plain["data"],
    }


def workos(work: Work, tenant: str, delivery: Delivery) -> Body:
    """Return the event as WorkOS Directory Sync tells it."""
    name = SYNCED.get(delivery.type, delivery.type)
    return {
        "object": "event",
        "id": message_id(delivery),
        "event": f"dsync.{name}" if delivery.type in SYNCED else name,
        "data": _about(work, tenant, delivery, _workos_user, _workos_group),
        "created_at": iso(delivery.created_at),
    }


def polis(work: Work, tenant: str, delivery: Delivery) -> Body:
    """Return the event as Polis (BoxyHQ Directory Sync) tells it."""
    about = _about(work, tenant, delivery, _polis_user, _polis_group)
    if delivery.type in MEMBERSHIPS:
        about = {**about["user"], "group": about["group"]}
    return {
        "event": SYNCED.get(delivery.type, delivery.type),
        "tenant": tenant,
        "product": "scim-lifecycle",
        "directory_id": tenant,
        "data": about,
    }


def message_id(delivery: Delivery) -> str:
    """Return the id that stays the same however often a message is sent."""
    return f"{delivery.event_id}_{delivery.form}" if delivery.form else delivery.event_id


def _about(
    work: Work,
    tenant: str,
    delivery: Delivery,
    user: Callable[[str, str, Person | None], Body],
    group: Callable[[str, Team], Body],
) -> Body:
    """Describe the subject as it is now."""
    if delivery.type in MEMBERSHIPS:
        told = group(tenant, team(work, delivery.subject_id))
        return {"directory_id": tenant, "user": user(tenant, delivery.form, person(work, delivery.form)), "group": told}
    if delivery.subject_type == "Group":
        return group(tenant, team(work, delivery.subject_id))
    if delivery.subject_type != "User":
        return {"id": delivery.subject_id}
    body = user(tenant, delivery.subject_id, person(work, delivery.subject_id))
    if (before := BEFORE.get(delivery.type)) and "object" in body:
        return {**body, "previous_attributes": {"state": before}}
    return body


def _workos_user(tenant: str, user_id: str, found: Person | None) -> Body:
    body: Body = {"object": "directory_user", "id": user_id, "directory_id": tenant, "organization_id": tenant}
    if found is None:
        return body
    return {
        **body,
        "idp_id": found.external_id,
        "email": found.email,
        "first_name": found.named("givenName"),
        "last_name": found.named("familyName"),
        "state": "active" if found.active else "inactive",
        "roles": [{"slug": role} for role in found.roles],
        "custom_attributes": {},
        "raw_attributes": dict(found.document),
        "created_at": found.created_at,
        "updated_at": found.updated_at,
    }


def _workos_group(tenant: str, found: Team) -> Body:
    return {
        "object": "directory_group",
        "id": found.id,
        "directory_id": tenant,
        "organization_id": tenant,
        "idp_id": found.external_id,
        "name": found.name,
        "raw_attributes": dict(found.document),
        "created_at": found.created_at,
        "updated_at": found.updated_at,
    }


def _polis_user(_tenant: str, user_id: str, found: Person | None) -> Body:
    if found is None:
        return {"id": user_id}
    return {
        "id": user_id,
        "first_name": found.named("givenName"),
        "last_name": found.named("familyName"),
        "email": found.email,
        "active": found.active,
        "roles": found.roles,
        "raw": {**found.document, "id": user_id, "active": found.active},
    }


def _polis_group(_tenant: str, found: Team) -> Body:
    return {"id": found.id, "name": found.name, "raw": {**found.document, "id": found.id}}


def body_of(mode: Mode, work: Work, tenant: str, delivery: Delivery) -> Mapping[str, Any]:
    """Return the body in a mode that describes people."""
    return workos(work, tenant, delivery) if mode == "workos" else polis(work, tenant, delivery)
