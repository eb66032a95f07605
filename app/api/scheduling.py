"""Say when the access of a user is to end by itself."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, TypeAlias

from flask import Response
from pydantic import StringConstraints

from app.api.door import caller
from app.api.meaning import Meant, Unsaid
from app.api.problems import BadRequest
from app.api.requests import said_in_body, said_in_query
from app.api.users import carried_out
from app.identity.scopes import LIFECYCLE
from app.lifecycle.commands import Schedule
from app.lifecycle.scheduling import NoTimeZoneError, midnight

Moment: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}[Tt][0-9:.]{5,15}([Zz]|[+-]\d{2}:\d{2})$")
]
Day: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Zone: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+/-]{1,64}$")]
FORMS = "Send at, or time_zone with either date, at whose beginning access ends, or last_day, at whose end it does."


class Leaving(Meant):
    """When access ends: ``at`` an instant, or at the midnight of a time zone before ``date`` or after ``last_day``."""

    at: Moment | None = None
    date: Day | None = None
    last_day: Day | None = None
    time_zone: Zone | None = None


def schedule(user_id: str) -> Response:
    """Let access end at a moment; one that has passed ends it at once."""
    caller(LIFECYCLE)
    said = said_in_body(Leaving)
    return carried_out(said, lambda users: users.change(users.find(user_id), schedule=Schedule(_moment(said))))


def cancel(user_id: str) -> Response:
    """Let access not end by itself."""
    said = said_in_query(Unsaid)
    return carried_out(said, lambda users: users.change(users.find(user_id), schedule=Schedule(None)))


def _moment(said: Leaving) -> datetime:
    forms = {"at": said.at, "date": said.date, "last_day": said.last_day}
    given = {name: text for name, text in forms.items() if text is not None}
    if len(given) != 1 or (said.time_zone is None) is not ("at" in given):
        raise BadRequest(400, "INVALID_REQUEST", FORMS)
    ((name, text),) = given.items()
    try:
        if said.time_zone is None:
            return _cut(datetime.fromisoformat(text.upper()).astimezone(UTC))
        return midnight(date.fromisoformat(text) + timedelta(days=name == "last_day"), said.time_zone)
    except NoTimeZoneError as error:
        raise _wrong("time_zone", "time_zone must be a name of the IANA database, such as Europe/Berlin.") from error
    except (ValueError, OverflowError) as error:
        raise _wrong(name, f"{name} must be a moment that there is, between the years 1 and 9999.") from error


def _wrong(field: str, detail: str) -> BadRequest:
    return BadRequest(400, "INVALID_REQUEST", detail, ({"field": field, "detail": detail},))


def _cut(moment: datetime) -> datetime:
    """Return a moment in the milliseconds that a row can hold."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
