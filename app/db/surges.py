"""Count what identity providers take away, and keep what was held of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, text, union, update

from app.db.pending import Pending
from app.db.prepared import Prepared
from app.db.rows import AuditRow, HeldDeletionRow, SurgeRow, UserRow
from app.db.rows.journal import DEACTIVATED_BY_PROVIDER, DELETED_BY_PROVIDER
from app.db.rows.surges import UNDECIDED
from app.db.rows.users import LIVE
from app.db.upsert import Upsert
from app.lifecycle.surges import Lately, SurgeKind, SurgeRecord, SurgeState

PAGE = 100


@dataclass(frozen=True, slots=True)
class HeldDeletion:
    """A user whose deletion waits."""

    user_id: str
    connection_id: str | None
    asked_at: datetime


_COLUMNS = tuple(SurgeRow.__table__.c[name] for name in SurgeRecord.__slots__)
_MINE = SurgeRow.tenant_id == bindparam("of_tenant")
_DELETIONS = SurgeRow.kind == "deletions"
_DONE = (AuditRow.tenant_id == bindparam("of_tenant"), AuditRow.at > bindparam("since"))
_SOME = select(AuditRow.id).where(*_DONE, DELETED_BY_PROVIDER).limit(bindparam("most")).subquery()
_LATEST = (
    select(SurgeRow.state, SurgeRow.decided_at)
    .join_from(
        HeldDeletionRow,
        SurgeRow,
        (SurgeRow.tenant_id == HeldDeletionRow.tenant_id) & (SurgeRow.id == HeldDeletionRow.surge_id),
    )
    .where(HeldDeletionRow.tenant_id == bindparam("of_tenant"), HeldDeletionRow.user_id == bindparam("user_id"))
    .order_by(SurgeRow.id.desc())
    .limit(1)
)
_LATELY = Prepared(
    select(
        select(func.count()).select_from(_SOME).scalar_subquery(),
        select(SurgeRow.began_at).where(_MINE, _DELETIONS, UNDECIDED).scalar_subquery(),
        select(func.max(SurgeRow.let_until))
        .where(_MINE, _DELETIONS, SurgeRow.let_until > bindparam("since"))
        .scalar_subquery(),
        _LATEST.with_only_columns(SurgeRow.state).scalar_subquery(),
        _LATEST.with_only_columns(SurgeRow.decided_at).scalar_subquery(),
    )
)
_COUNTS = {
    "deletions": Prepared(select(func.count()).select_from(AuditRow).where(*_DONE, DELETED_BY_PROVIDER)),
    "deactivations": Prepared(select(func.count()).select_from(AuditRow).where(*_DONE, DEACTIVATED_BY_PROVIDER)),
}
_ALIVE = select(UserRow.id).where(UserRow.tenant_id == bindparam("of_tenant"), LIVE).limit(bindparam("most")).subquery()
_LIVE_UP_TO = Prepared(select(func.count()).select_from(_ALIVE))
# the index of the window is meant, not that of subjects, which leads through the whole trail
_BEHIND = func.coalesce(AuditRow.subject_id, "") > bindparam("after")
_WINDOW = (*_DONE, AuditRow.at <= bindparam("until"), _BEHIND)
_TAKEN = union(
    *(select(AuditRow.subject_id).where(*_WINDOW, each) for each in (DELETED_BY_PROVIDER, DEACTIVATED_BY_PROVIDER))
)
_HOLD = Upsert(HeldDeletionRow, ("tenant_id", "surge_id", "user_id"), {"asked_at": HeldDeletionRow.asked_at})


class Surges:
    """Count, hold and decide for one tenant."""

    def __init__(self, connection: Connection, tenant_id: int, pending: Pending) -> None:
        """Work on ``connection`` for one tenant; ``pending`` is what this transaction has not written yet."""
        self._connection = connection
        self._tenant_id = tenant_id
        self._pending = pending

    def lately(self, user_id: str, since: datetime, most: int) -> Lately:
        """Return what is known of deletions since a moment, counting so many at most."""
        parameters = {"of_tenant": self._tenant_id, "user_id": user_id, "since": since, "most": most}
        ((count, *known),) = _LATELY.rows(self._connection, parameters)
        return Lately(count + self._pending.caused("user.deleted", "connection"), *known)

    def deletions(self, since: datetime) -> int:
        """Return how many users identity providers deleted since a moment, those in this transaction too."""
        return self.counted("deletions", since) + self._pending.caused("user.deleted", "connection")

    def counted(self, kind: SurgeKind, since: datetime) -> int:
        """Return how many changes of a kind were committed since a moment."""
        ((count,),) = _COUNTS[kind].rows(self._connection, {"of_tenant": self._tenant_id, "since": since})
        return int(count)

    def as_many_live(self, number: int) -> bool:
        """Tell whether there are so many live users."""
        ((count,),) = _LIVE_UP_TO.rows(self._connection, {"of_tenant": self._tenant_id, "most": number})
        return bool(count >= number)

    def undecided(self) -> SurgeRecord | None:
        """Return the surge of deletions about which nobody has decided."""
        query = select(*_COLUMNS).where(_MINE, _DELETIONS, UNDECIDED)
        row = self._connection.execute(query, {"of_tenant": self._tenant_id}).one_or_none()
        return None if row is None else SurgeRecord(*row)

    def alerted(self, since: datetime) -> bool:
        """Tell whether deactivations were told of since a moment."""
        query = select(SurgeRow.id).where(_MINE, SurgeRow.kind == "deactivations", SurgeRow.began_at > since).limit(1)
        return self._connection.execute(query, {"of_tenant": self._tenant_id}).first() is not None

    def add(self, surge: SurgeRecord) -> None:
        """Keep a surge."""
        values = {name: getattr(surge, name) for name in surge.__slots__}
        self._connection.execute(insert(SurgeRow), {**values, "tenant_id": self._tenant_id})

    def hold(self, surge_id: str, users: Collection[str], connection_id: str | None, at: datetime) -> None:
        """Keep that deletions of users wait; one that waits already is kept as it is."""
        common = {"tenant_id": self._tenant_id, "surge_id": surge_id, "connection_id": connection_id, "asked_at": at}
        _HOLD.run(self._connection, [{**common, "user_id": user_id} for user_id in users])

    def find(self, surge_id: str, *, lock: bool = False) -> SurgeRecord | None:
        """Return a surge, and if wanted hold it until the transaction ends."""
        query = select(*_COLUMNS).where(_MINE, SurgeRow.id == surge_id)
        query = query.with_for_update() if lock else query
        row = self._connection.execute(query, {"of_tenant": self._tenant_id}).one_or_none()
        return None if row is None else SurgeRecord(*row)

    def page(self, state: SurgeState | None = None, before: str | None = None) -> list[SurgeRecord]:
        """Return some surges, the latest first, in a state and from below an id on."""
        query = select(*_COLUMNS).where(_MINE).order_by(SurgeRow.id.desc()).limit(PAGE)
        query = query if state is None else query.where(SurgeRow.state == state)
        query = query if before is None else query.where(SurgeRow.id < before)
        return [SurgeRecord(*row) for row in self._connection.execute(query, {"of_tenant": self._tenant_id})]

    def held(self, surge_id: str, after: str = "", limit: int = PAGE) -> list[HeldDeletion]:
        """Return users whose deletion a surge holds or held, from behind an id on."""
        mine = HeldDeletionRow.tenant_id == self._tenant_id, HeldDeletionRow.surge_id == surge_id
        columns = (HeldDeletionRow.user_id, HeldDeletionRow.connection_id, HeldDeletionRow.asked_at)
        query = select(*columns).where(*mine, HeldDeletionRow.user_id > after).order_by(HeldDeletionRow.user_id)
        return [HeldDeletion(*row) for row in self._connection.execute(query.limit(limit))]

    def holds(self, surge_id: str) -> int:
        """Return how many deletions a surge holds or held."""
        mine = HeldDeletionRow.tenant_id == self._tenant_id, HeldDeletionRow.surge_id == surge_id
        query = select(func.count()).select_from(HeldDeletionRow).where(*mine)
        return int(self._connection.execute(query).scalar_one())

    def decide(self, surge_id: str, **decision: Any) -> None:
        """Keep what was decided: ``state``, ``let_until``, ``decided_at``, ``decided_by`` and ``reason``."""
        query = update(SurgeRow).where(SurgeRow.tenant_id == self._tenant_id, SurgeRow.id == surge_id)
        self._connection.execute(query.values(**decision))

    def taken(self, since: datetime, until: datetime, after: str, limit: int) -> list[str]:
        """Return the ids, behind ``after``, of users that identity providers deleted or deactivated in a while."""
        parameters = {"of_tenant": self._tenant_id, "since": since, "until": until, "after": after}
        query = _TAKEN.order_by(text("subject_id")).limit(limit)
        return list(self._connection.execute(query, parameters).scalars())
