"""Answer polls (RFC 8936 §2).

A long poll would occupy one of the few threads of a server for as long as it lasts. So it is short: it waits a few
seconds at most, without a database connection in its hand, and only some may wait at once; any other is answered at
once, as §2.4 allows, and its receiver asks again.
"""

from threading import BoundedSemaphore
from time import monotonic, sleep
from typing import Any

from flask import Response

from app.events.streams.polling import MOST_AT_ONCE, Asked, Handed, Polling
from app.events.streams.refusing import invalid
from app.ssf.door import answer, reader, said

LONGEST_WAIT_S = 5.0
LOOK_EVERY_S = 0.25
WAITING = BoundedSemaphore(4)
MOST_IDS = 1000


def poll(tenant: str, stream_id: str) -> Response:
    """Take what the receiver acknowledges, and hand out what waits."""
    office, document = reader(tenant), said()
    asked, at_once = _asked(document), _flag(document)
    polling = Polling(office, tenant, stream_id)
    polling.acknowledge(asked)
    handed = polling.look(asked.most)
    if not at_once and not handed.sets:
        handed = _patient(polling, asked.most)
    return answer(200, {"sets": dict(handed.sets), "moreAvailable": handed.more})


def _patient(polling: Polling, most: int) -> Handed:
    """Look again for a while, unless too many do."""
    handed, end = Handed({}, more=False), monotonic() + LONGEST_WAIT_S
    if not WAITING.acquire(blocking=False):
        return handed
    try:
        while not handed.sets and not handed.more and monotonic() < end:
            sleep(LOOK_EVERY_S)
            handed = polling.look(most)
    finally:
        WAITING.release()
    return handed


def _flag(document: dict[str, Any]) -> bool:
    at_once = document.get("returnImmediately", False)
    if not isinstance(at_once, bool):
        raise invalid("returnImmediately must be true or false.")
    return at_once


def _asked(document: dict[str, Any]) -> Asked:
    most, taken, wrong = document.get("maxEvents", MOST_AT_ONCE), document.get("ack", []), document.get("setErrs", {})
    if not isinstance(most, int) or isinstance(most, bool) or most < 0:
        raise invalid("maxEvents must be a whole number of 0 or more.")
    if not isinstance(taken, list) or len(taken) > MOST_IDS or not all(map(_is_jti, taken)):
        raise invalid(f"ack must be an array of at most {MOST_IDS} jti values.")
    if not isinstance(wrong, dict) or len(wrong) > MOST_IDS or not all(map(_is_jti, wrong)):
        raise invalid(f"setErrs must be an object with at most {MOST_IDS} members, each named by a jti.")
    return Asked(min(most, MOST_AT_ONCE), taken, {jti: _reason(said_of) for jti, said_of in wrong.items()})


def _is_jti(one: Any) -> bool:
    return isinstance(one, str) and len(one) <= 255 and one.isprintable()


def _reason(error: Any) -> str:
    """Return what a receiver says was wrong, as far as it is worth keeping."""
    code = error.get("err", "") if isinstance(error, dict) else ""
    about = error.get("description", "") if isinstance(error, dict) else ""
    return f"{code}: {about}".replace("\0", "")[:1000]
