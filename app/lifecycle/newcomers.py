"""Say what a user is before anything has happened to it and after a change, and whether it was there before."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from app.lifecycle.policy import TenantPolicy
from app.lifecycle.ports import Profile, UserRecord
from app.lifecycle.states import VISIBLE, State
from app.lifecycle.subject import Namesake, Subject, succession

PROFILED = ("user_name", "user_name_key", "external_id", "display_name", "document", "active_assigned", "roles")
"""What a record takes from its profile."""
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def newcomer(
    id_: str, connection_id: str, profile: Profile, now: datetime, facts: Mapping[str, Any] = _NOTHING
) -> UserRecord:
    """Return the first record of a user, which has access unless ``facts`` say otherwise."""
    known = {
        "id": id_,
        "connection_id": connection_id,
        "state": State.ACTIVE,
        "reason": None,
        "version": 1,
        "created_at": now,
        "updated_at": now,
        "deactivated_at": None,
        "tombstoned_at": None,
        "purge_after": None,
        "session_epoch": 0,
        "signed_in": False,
        "former_groups": (),
    }
    return UserRecord(**{**known, **{name: getattr(profile, name) for name in PROFILED}, **facts})


def predecessor_among(
    relatives: Sequence[UserRecord], connection_id: str, profile: Profile, policy: TenantPolicy
) -> UserRecord | None:
    """Return the user that a creation by a connection brings back."""
    for record in relatives:
        if record.connection_id != connection_id or record.state is State.ACTIVE:
            continue
        same_external_id = profile.external_id is not None and record.external_id == profile.external_id
        same_user_name = record.user_name_key == profile.user_name_key
        if succession(Subject(record.id, record.state), same_external_id, same_user_name, policy):
            return record
    return None


def namesake_among(relatives: Sequence[UserRecord], profile: Profile) -> Namesake | None:
    """Return the live user that has the userName."""
    key = profile.user_name_key
    live = (record for record in relatives if record.state in VISIBLE and record.user_name_key == key)
    return next((Namesake(record.id, record.state) for record in live), None)


def rewritten(record: UserRecord, facts: Mapping[str, Any], profile: Profile | None) -> UserRecord:
    """Return the record as facts and a profile leave it."""
    known = {name: value for name, value in facts.items() if name in UserRecord.__slots__}
    if profile is not None:
        known |= {name: getattr(profile, name) for name in PROFILED}
    return replace(record, **known)
