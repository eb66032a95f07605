"""Reports on who has access."""

from datetime import timedelta
from typing import Annotated

from flask import Response
from pydantic import Field, StringConstraints

from app.api.door import answer, caller
from app.api.requests import Said, said_in_query
from app.identity.scopes import LIFECYCLE
from app.lifecycle.clock import iso
from app.runtime import runtime

PAGE = 200


class Inactivity(Said):
    """For how many days, and from behind which id on."""

    days: Annotated[int, Field(ge=1, le=36_500, strict=False)] = 90
    after: Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00]*$")] = ""


def inactivity() -> Response:
    """Return a page of the users who have access and were not seen for some days."""
    principal, said, here = caller(LIFECYCLE), said_in_query(Inactivity), runtime()
    since = here.clock.now() - timedelta(days=said.days)
    with here.database.reading(principal.tenant_id) as work:
        found = work.dormancy.page(since, said.after, PAGE)
    users = [
        {
            "id": each.id,
            "user_name": each.user_name,
            "display_name": each.display_name,
            "created_at": iso(each.created_at),
            "last_signed_in": each.last_signed_in and iso(each.last_signed_in),
            "last_seen": each.last_seen and iso(each.last_seen),
        }
        for each in found
    ]
    return answer(200, {"since": iso(since), "users": users, "after": found[-1].id if len(found) == PAGE else None})
