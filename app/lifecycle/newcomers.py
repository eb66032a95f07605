"""Say what a user is before anything has happened to it."""

from datetime import datetime

from app.lifecycle.ports import Profile, UserRecord
from app.lifecycle.states import State


def newcomer(id_: str, connection_id: str, profile: Profile, now: datetime) -> UserRecord:
    """Return the first record of a user."""
    return UserRecord(
        id=id_,
        connection_id=connection_id,
        state=State.ACTIVE,
        active_assigned=profile.active_assigned,
        reason=None,
        version=1,
        user_name=profile.user_name,
        user_name_key=profile.user_name_key,
        external_id=profile.external_id,
        display_name=profile.display_name,
        document=profile.document,
        created_at=now,
        updated_at=now,
        deactivated_at=None,
        tombstoned_at=None,
        purge_after=None,
        session_epoch=0,
        signed_in=False,
        former_groups=(),
        roles=profile.roles,
    )
