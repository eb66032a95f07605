"""Chain the audit trail, so that nobody alters, removes, inserts or reorders an entry without being found out."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any, Literal, TypeAlias

GENESIS = "0" * 64
"""What the first entry is chained to."""
SEALED = (
    "id", "at", "txn", "actor_type", "actor_id", "actor_name", "action", "subject_type", "subject_id", "reason",
    "policy_version", "detail",
)  # fmt: skip
"""What of an entry is sealed, as it is stored, in this order."""
MOST_EXAMINED = 200
"""Of how many wrong places it is told what happened to them; the others are told as altered."""

Wrong: TypeAlias = Literal["altered", "removed", "inserted", "reordered", "rewritten", "cut"]


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the chain; ``entry`` is what now stands there, None where it is gone."""

    position: int
    entry_id: str
    hash: str
    entry: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends; ``at`` is when it got there."""

    position: int = 0
    hash: str = GENESIS
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is not as it was sealed."""

    wrong: Wrong
    position: int | None
    entry_id: str | None


@dataclass(frozen=True, slots=True)
class _Doubt:
    previous: str
    link: Link

    @property
    def entry(self) -> Mapping[str, Any]:
        return self.link.entry or {}


def sealed(previous: str, entry: Mapping[str, Any]) -> str:
    """Return the hash of an entry behind ``previous``, the hash of the one before."""
    text = json.dumps([previous, *(entry.get(name) for name in SEALED)], separators=(",", ":"), default=str)
    return sha256(text.encode()).hexdigest()


def flaws(links: Iterable[Link], known: Sequence[Head]) -> Iterator[Flaw]:
    """Walk a whole chain, and yield where it is not as it was sealed, or not as it is known to have been."""
    last, previous, doubts, ahead = 0, GENESIS, list[_Doubt](), {(head.position, head.hash) for head in known}
    for link in links:
        yield from (Flaw("removed", position, None) for position in range(last + 1, link.position)[:MOST_EXAMINED])
        if link.entry is None:
            yield Flaw("removed", link.position, link.entry_id)
        elif link.position == last + 1 and sealed(previous, link.entry) != link.hash:
            doubts.append(_Doubt(previous, link))
        if any(position == link.position and hash_ != link.hash for position, hash_ in ahead):
            yield Flaw("rewritten", link.position, link.entry_id)
        last, previous = link.position, link.hash
    yield from _explained(doubts[:MOST_EXAMINED])
    yield from (Flaw("altered", each.link.position, each.link.entry_id) for each in doubts[MOST_EXAMINED:])
    yield from (
        Flaw("cut", position, None) for position in sorted({head.position for head in known}) if position > last
    )


def _explained(doubts: Sequence[_Doubt]) -> Iterator[Flaw]:
    """Tell what happened where a hash does not fit."""
    inserted = {each.link.position for each, behind in pairwise(doubts) if _follows(each, behind)}
    for each in doubts:
        if each.link.position - 1 in inserted:
            continue
        moved = any(sealed(each.previous, other.entry) == each.link.hash for other in doubts)
        wrong: Wrong = "inserted" if each.link.position in inserted else "reordered" if moved else "altered"
        yield Flaw(wrong, each.link.position, each.link.entry_id)


def _follows(each: _Doubt, behind: _Doubt) -> bool:
    """Tell whether the chain fits again once the first of two places is left out."""
    adjacent = behind.link.position == each.link.position + 1
    return adjacent and sealed(each.previous, behind.entry) == behind.link.hash
