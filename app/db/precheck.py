"""Where the host application is asked before a user leaves, and what it has answered to this request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from app.db.prepared import Prepared
from app.db.rows import PrecheckRow
from app.lifecycle.estate import AnswerNeeded, Asked
from app.lifecycle.ports import UserRecord
from app.lifecycle.subject import Answer

Answers = dict[Asked, Answer]
"""What the host application said, of which version of which user."""


@dataclass(frozen=True, slots=True)
class Precheck:
    """Where the host application is asked."""

    url: str
    sealed: str = field(repr=False)
    updated_at: datetime


_MINE = PrecheckRow.tenant_id == bindparam("of_tenant")
_FIND = Prepared(select(PrecheckRow.url, PrecheckRow.sealed, PrecheckRow.updated_at).where(_MINE))


class Unanswered(AnswerNeeded):
    """Break off, and say where to ask."""

    def __init__(self, asked: Asked, precheck: Precheck) -> None:
        self.precheck = precheck
        super().__init__(asked)


class Prechecks:
    """Keep where the host application of a tenant is asked."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def find(self) -> Precheck | None:
        """Return where it is asked, if anywhere."""
        row = _FIND.row(self._connection, {"of_tenant": self._tenant_id})
        return None if row is None else Precheck(*row)

    def put(self, precheck: Precheck) -> None:
        """Ask there from now on."""
        values = {name: getattr(precheck, name) for name in precheck.__slots__}
        dialect: Any = sqlite if self._connection.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(PrecheckRow).values({**values, "tenant_id": self._tenant_id})
        self._connection.execute(statement.on_conflict_do_update(index_elements=["tenant_id"], set_=values))

    def delete(self) -> bool:
        """Ask no more; tell whether it was asked."""
        gone = self._connection.execute(delete(PrecheckRow).where(PrecheckRow.tenant_id == self._tenant_id))
        return gone.rowcount == 1


class Prechecking:
    """Return what the host application has answered, or break off until it has been asked, with no lock held."""

    def __init__(self, prechecks: Prechecks, answers: Mapping[Asked, Answer]) -> None:
        """Know the answers that were got for this request."""
        self._prechecks = prechecks
        self._answers = answers

    def ask(self, record: UserRecord, action: str) -> Answer | None:
        """Return the answer about a user as it is now; None where nobody is asked."""
        asked = Asked(record.id, record.version, action)
        if asked in self._answers:
            return self._answers[asked]
        precheck = self._prechecks.find()
        if precheck is None:
            return None
        raise Unanswered(asked, precheck)
