"""Hand out what waits to those who ask for it (RFC 8936)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.db.deliveries import DEAD, DELIVERED, Attempt
from app.db.endpoints import ENABLED, Endpoint
from app.db.work import Work
from app.events.engine import place_events
from app.events.fate import Outcome
from app.events.streams.channel import POLL, Streams
from app.events.streams.office import StreamOffice
from app.events.streams.refusing import unknown_stream

MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What a poll says: what was taken, what was wrong, and how much may be sent (RFC 8936 §2.2)."""

    most: int = MOST_AT_ONCE
    taken: Sequence[str] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handed:
    """The SETs by their ``jti``, and whether there are more."""

    sets: Mapping[str, str]
    more: bool


@dataclass(frozen=True, slots=True)
class Polling:
    """Answer the polls of one stream; nothing is held between two looks."""

    office: StreamOffice
    tenant: str
    stream_id: str

    def acknowledge(self, asked: Asked) -> None:
        """Keep no longer what was taken, and give up what the receiver found wrong (RFC 8936 §2.4)."""
        office, now = self.office, self.office.clock.now()
        with office.database.reading(office.tenant_id) as work:
            self._stream(work)
            if not asked.taken and not asked.wrong:
                return
            with work.transaction():
                known = {delivery.id for delivery in work.deliveries.pending(self.stream_id, MOST_AT_ONCE * 10)}
                work.deliveries.close(self.stream_id, [*asked.taken], DELIVERED, now)
                work.deliveries.close(self.stream_id, [*asked.wrong], DEAD, now)
                work.deliveries.log(
                    [
                        Attempt(jti, work.new_id(), now, Outcome.REFUSED, None, None, 0, asked.wrong[jti])
                        for jti in sorted(known & asked.wrong.keys())
                    ]
                )

    def look(self, most: int) -> Handed:
        """Return what waits now, in order; what is new is placed first, so that no worker is needed."""
        office = self.office
        with office.database.reading(office.tenant_id) as work:
            stream = self._stream(work)
            while work.relay.waiting():
                with work.transaction():
                    place_events(work, office.kinds)
            if stream.state != ENABLED:
                return Handed({}, more=False)
            waiting = work.deliveries.pending(stream.id, most + 1)
            channel = office.kinds[POLL]
            assert isinstance(channel, Streams)  # noqa: S101 - the kind says so
            sets = {each.id: channel.signed(work, self.tenant, stream, each) for each in waiting[:most]}
            return Handed(sets, more=len(waiting) > most)

    def _stream(self, work: Work) -> Endpoint:
        stream = self.office.found(work, self.stream_id)
        if stream.kind != POLL:
            raise unknown_stream()
        return stream
