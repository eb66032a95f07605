"""Legal holds, and open obligations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, insert, select, update
from uuid_utils import uuid7

from app.db.records import Hold, Obligation
from app.db.rows import HoldRow, ObligationRow
from app.db.rows.duties import OPEN, STANDING
from app.lifecycle.effects import Owe

_HOLD = tuple(HoldRow.__table__.c[name] for name in Hold.__slots__)
_OBLIGATION = tuple(ObligationRow.__table__.c[name] for name in Obligation.__slots__)


class Holds:
    """Place, find and release legal holds."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def add(self, hold: Hold) -> None:
        """Place a hold."""
        values = {name: getattr(hold, name) for name in hold.__slots__}
        self._connection.execute(insert(HoldRow), {**values, "tenant_id": self._tenant_id})

    def standing(self, user_id: str) -> bool:
        """Tell whether the data of a user has to stay."""
        query = select(HoldRow.id).where(self._of(user_id), STANDING).limit(1)
        return self._connection.scalar(query) is not None

    def of(self, user_id: str) -> list[Hold]:
        """Return the holds on a user, also those released, the oldest first."""
        return [
            Hold(*row) for row in self._connection.execute(select(*_HOLD).where(self._of(user_id)).order_by(HoldRow.id))
        ]

    def lock(self, hold_id: str) -> Hold | None:
        """Return a hold and keep it from being released by somebody else."""
        query = select(*_HOLD).where(HoldRow.tenant_id == self._tenant_id, HoldRow.id == hold_id)
        row = self._connection.execute(query.with_for_update()).one_or_none()
        return None if row is None else Hold(*row)

    def release(self, hold_id: str, at: datetime, by: str | None, reason: str) -> None:
        """Release a hold."""
        query = update(HoldRow).where(HoldRow.tenant_id == self._tenant_id, HoldRow.id == hold_id)
        self._connection.execute(query.values(released_at=at, released_by=by, release_reason=reason))

    def forget(self, user_id: str) -> int:
        """Erase what the holds on a user refer to, and return how many did."""
        referring = self._of(user_id) & HoldRow.reference.is_not(None)
        return self._connection.execute(update(HoldRow).where(referring).values(reference=None)).rowcount

    def _of(self, user_id: str) -> Any:
        return (HoldRow.tenant_id == self._tenant_id) & (HoldRow.user_id == user_id)


class Obligations:
    """Open, find, hand over and settle obligations."""

    def __init__(self, connection: Connection, tenant_id: int) -> None:
        """Work on ``connection`` for one tenant."""
        self._connection = connection
        self._tenant_id = tenant_id

    def open(self, user_id: str, owed: Sequence[Owe], at: datetime) -> list[str]:
        """Keep obligations of a user in sight, each code once, and return those that are new."""
        query = select(ObligationRow.code).where(self._of(user_id), OPEN)
        known = set(self._connection.scalars(query))
        new = [each for each in owed if each.code not in known]
        if new:
            self._connection.execute(insert(ObligationRow), [self._row(user_id, each, at) for each in new])
        return [str(each.code) for each in new]

    def settle(self, user_id: str, at: datetime, codes: Collection[str] | None = None) -> list[str]:
        """Close open obligations of a user, of these codes or all of them, and return their codes."""
        query = update(ObligationRow).where(self._of(user_id), OPEN)
        if codes is not None:
            query = query.where(ObligationRow.code.in_(codes))
        return sorted(self._connection.scalars(query.values(settled_at=at).returning(ObligationRow.code)))

    def of(self, user_id: str) -> list[Obligation]:
        """Return the obligations of a user, also those settled, the oldest first."""
        query = select(*_OBLIGATION).where(self._of(user_id)).order_by(ObligationRow.id)
        return [_obligation(row) for row in self._connection.execute(query)]

    def page(self, after: str, limit: int) -> list[Obligation]:
        """Return open obligations of the tenant, the oldest first, from behind an id on."""
        mine = ObligationRow.tenant_id == self._tenant_id, ObligationRow.id > after, OPEN
        query = select(*_OBLIGATION).where(*mine).order_by(ObligationRow.id).limit(limit)
        return [_obligation(row) for row in self._connection.execute(query)]

    def find(self, obligation_id: str) -> Obligation | None:
        """Return an obligation."""
        mine = ObligationRow.tenant_id == self._tenant_id, ObligationRow.id == obligation_id
        row = self._connection.execute(select(*_OBLIGATION).where(*mine)).one_or_none()
        return None if row is None else _obligation(row)

    def hand_over(self, obligation_id: str, owner: str | None, due: datetime | None) -> None:
        """Say who has to clear an obligation, and until when."""
        query = update(ObligationRow).where(
            ObligationRow.tenant_id == self._tenant_id, ObligationRow.id == obligation_id
        )
        self._connection.execute(query.values(owner=owner, due=due))

    def _of(self, user_id: str) -> Any:
        return (ObligationRow.tenant_id == self._tenant_id) & (ObligationRow.user_id == user_id)

    def _row(self, user_id: str, owed: Owe, at: datetime) -> dict[str, Any]:
        return {
            "tenant_id": self._tenant_id,
            "id": str(uuid7()),
            "user_id": user_id,
            "code": str(owed.code),
            "guard": owed.guard,
            "detail": orjson.dumps(owed.detail).decode(),
            "since": at,
            "due": owed.due,
            "owner": None,
            "settled_at": None,
        }


def _obligation(row: Row[Any]) -> Obligation:
    return Obligation(**{**row._mapping, "detail": orjson.loads(row.detail)})  # noqa: SLF001
