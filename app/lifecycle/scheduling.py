"""Say when access is to end by itself, what is told of it, and what stays open when it could not end."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.lifecycle.clock import iso
from app.lifecycle.commands import Schedule
from app.lifecycle.decide import SHOWN
from app.lifecycle.effects import Emit, Owe
from app.lifecycle.ports import UserRecord, Work
from app.lifecycle.refusals import Refusal

OVERDUE = "SCHEDULED_DEACTIVATION"
"""The obligation of whoever has to clear what keeps a user active beyond the moment at which access should end."""


class NoTimeZoneError(ValueError):
    """The IANA database does not know a time zone of that name."""


def midnight(day: date, time_zone: str) -> datetime:
    """Return the midnight at which a day begins somewhere: of two the first, of none the moment clocks jump over it.

    Raises NoTimeZoneError for a zone that the IANA database does not know, OverflowError for a moment beyond all years.
    """
    try:
        zone = ZoneInfo(time_zone)
    except (OSError, LookupError, ValueError) as error:
        raise NoTimeZoneError(time_zone) from error
    return datetime.combine(day, time(), zone).astimezone(UTC)


def announced(work: Work, record: UserRecord, schedule: Schedule | None, now: datetime) -> list[Emit]:
    """Return what is told where another moment is set or none any more; close what was open about the one before."""
    if schedule is None or schedule.at == record.deactivate_at:
        return []
    late = Schedule(record.deactivate_at).due(now)
    closed = work.obligations.settle(record.id, now, [OVERDUE]) if late else []
    return [*(Emit("obligation.settled", {"code": code}) for code in closed), *told(schedule, now)]


def told(schedule: Schedule | None, now: datetime) -> list[Emit]:
    """Return what is told of a schedule; one that is due is told as the deactivation that it is."""
    if schedule is None or schedule.due(now):
        return []
    if schedule.at is None:
        return [Emit("user.deactivation_cancelled")]
    return [Emit("user.deactivation_scheduled", {"at": iso(schedule.at)})]


def owed(refusals: Sequence[Refusal], due: datetime | None) -> Owe:
    """Return what has to be cleared before access can end as scheduled."""
    blocking = [
        {name: each[name] for name in SHOWN if each.get(name) is not None}
        for refusal in refusals
        for each in refusal.blocking
    ]
    remedies = dict.fromkeys(remedy for refusal in refusals for remedy in refusal.remedies)
    said = {"refused": [str(refusal.code) for refusal in refusals], "blocking": blocking, "remedies": list(remedies)}
    return Owe(OVERDUE, refusals[0].guard, said, due)
