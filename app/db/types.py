"""Column types that read the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, Integer, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from app.lifecycle.clock import iso, parse_iso


class Instant(TypeDecorator[datetime]):
    """Keep a moment as fixed-width UTC text, so that text order is time order on both databases."""

    impl = String(24)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], str | None]:  # noqa: ARG002
        """Write an aware moment as ``2026-11-23T00:25:00.123Z``."""
        return _written

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read the text back as an aware moment in UTC."""
        return None if value is None else parse_iso(value)


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


class Key(TypeDecorator[str]):
    """Keep a comparison key, ordered by code point whatever the locale of the database."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Ask PostgreSQL for the C collation; SQLite compares bytes as it is."""
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(String(collation=collation))


SearchJson = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""The mirror document that filters are compiled against."""

Sequence = BigInteger().with_variant(Integer, "sqlite")
"""An ever growing number; SQLite only counts in INTEGER."""
