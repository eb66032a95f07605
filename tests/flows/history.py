"""Judge what was seen of sessions while their user was switched on and off by many at once.

Nobody knows at which moment between its asking and its answer a request took effect. What is claimed holds for every
possible moment, so that a violation is always a fault of the server: a session lives after a deactivation only if it
began after it, and it began after it only if a reactivation may have come in between.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Span:
    """The moments between which a request took effect."""

    asked: float
    answered: float


@dataclass(frozen=True)
class Seen:
    """What an introspection said of a session."""

    sid: str
    alive: bool
    span: Span


@dataclass
class History:
    """Everything that happened to one user, in whatever order."""

    sign_ins: dict[str, Span] = field(default_factory=dict)
    deactivations: list[Span] = field(default_factory=list)
    reactivations: list[Span] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)

    def survivors(self) -> Iterator[str]:
        """Yield the sessions that were seen alive though they must have been dead."""
        for seen in self.seen:
            if seen.alive and not self._may_live(self.sign_ins[seen.sid], seen.span.asked):
                yield seen.sid

    def intruders(self) -> Iterator[str]:
        """Yield the sessions that began though the user must have been inactive."""
        for sid, sign_in in self.sign_ins.items():
            if not self._may_live(sign_in, sign_in.asked):
                yield sid

    def _may_live(self, sign_in: Span, moment: float) -> bool:
        """Tell whether a session may be alive, given the deactivations answered before a moment.

        Of these the one asked last leaves the fewest reactivations to explain it.
        """
        before = [span for span in self.deactivations if span.answered <= moment]
        if not before:
            return True
        last = max(span.asked for span in before)
        return last < sign_in.answered and any(
            span.answered > last and span.asked < sign_in.answered for span in self.reactivations
        )
