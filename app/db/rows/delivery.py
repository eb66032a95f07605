"""Who is told of events, and what became of each telling."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.rows.row import Row
from app.db.types import Key, Sequence

PENDING = text("state = 'pending'")


class RelayRow(Row):
    """How many events of a tenant have been handed to those who asked; the lock under which that is done."""

    __tablename__ = "relays"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(Sequence)


class EndpointRow(Row):
    """Somebody who is told of events; ``fence`` counts the leases, so that who lost one writes nothing more."""

    __tablename__ = "endpoints"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    url: Mapped[str]
    types: Mapped[str]
    options: Mapped[str]
    sealed: Mapped[str | None]
    state: Mapped[str]
    state_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    fence: Mapped[int]
    lease_until: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    refused: Mapped[int]


class DeliveryRow(Row):
    """One event on its way to one endpoint, in one form; ``position`` is its place in the order of the tenant."""

    __tablename__ = "deliveries"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(Key, primary_key=True)
    position: Mapped[int] = mapped_column(Sequence, primary_key=True)
    form: Mapped[str] = mapped_column(Key, primary_key=True)
    id: Mapped[str] = mapped_column(Key)
    event_seq: Mapped[int] = mapped_column(Sequence)
    state: Mapped[str]
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        Index(
            "ix_deliveries_pending",
            "tenant_id",
            "endpoint_id",
            "position",
            "form",
            sqlite_where=PENDING,
            postgresql_where=PENDING,
        ),
        Index("ix_deliveries_created_at", "tenant_id", "created_at"),
        ForeignKeyConstraint(["tenant_id", "endpoint_id"], ["endpoints.tenant_id", "endpoints.id"], ondelete="CASCADE"),
    )


class AttemptRow(Row):
    """One try of a delivery, and what came of it."""

    __tablename__ = "attempts"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[str] = mapped_column(Key, primary_key=True)
    id: Mapped[str] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    outcome: Mapped[str]
    status: Mapped[int | None]
    error: Mapped[str | None]
    duration_ms: Mapped[int]
    answer: Mapped[str]
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "delivery_id"], ["deliveries.tenant_id", "deliveries.id"], ondelete="CASCADE"
        ),
    )


class ChoreRow(Row):
    """When a chore of a tenant is due, and who is at it."""

    __tablename__ = "chores"
    tenant_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    fence: Mapped[int]
