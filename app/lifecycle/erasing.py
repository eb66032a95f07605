"""Destroy what is kept of a person, and count what was destroyed."""

from collections.abc import Mapping
from dataclasses import replace

from app.lifecycle.decide import Verdict
from app.lifecycle.effects import Anonymise, Emit
from app.lifecycle.ports import UserRecord, Work

PURGED = "user.purged"


def erase(work: Work, record: UserRecord, verdict: Verdict) -> Verdict:
    """Erase what the verdict says, and return the verdict with what there was to erase, by table."""
    shown_as = next((each.shown_as or record.shown_as for each in verdict.effects if isinstance(each, Anonymise)), None)
    if shown_as is None:
        return verdict
    erased = {
        "users": 1,
        "user_lookups": work.users.anonymise(record.id, shown_as),
        "sessions": work.sessions.forget(record.id),
        "holds": work.holds.forget(record.id),
        "attempts": work.deliveries.redact(record.id),
    }
    return _told(verdict, erased)


def _told(verdict: Verdict, erased: Mapping[str, int]) -> Verdict:
    effects = (
        Emit(PURGED, {**each.data, "erased": dict(erased)}) if isinstance(each, Emit) and each.type == PURGED else each
        for each in verdict.effects
    )
    return replace(verdict, effects=tuple(effects))
