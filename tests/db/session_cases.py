"""How the repositories of sessions, and of whom they belong to, are tried across tenants."""

from collections.abc import Callable
from typing import Any

from app.db.work import Work
from tests.db import twins
from tests.db.twins import NOW

MINE, OTHERS = "only-beta", "only-alpha"
Case = Callable[[Work], Any]


def hashed(sid: str) -> str:
    """Return the hash that a session of that id was registered with."""
    return sid.rjust(64, "0")


READS: dict[str, Case] = {
    "sessions.standing": lambda w: [
        w.sessions.standing(sid="s1"),
        w.sessions.standing(sid=OTHERS),
        w.sessions.standing(token_hash=hashed(OTHERS)),
    ],
    "sessions.by_token": lambda w: [w.sessions.by_token(hashed(id_)).rows(w.connection) for id_ in ("s1", OTHERS)],
    "sessions.of": lambda w: [w.sessions.of("u1", NOW), w.sessions.of(OTHERS, NOW)],
    "sessions.ended": lambda w: [w.sessions.ended("u1", NOW), w.sessions.ended(OTHERS, NOW)],
    "sessions.by_ids": lambda w: list(w.sessions.by_ids(["s1", OTHERS]).values()),
    "sessions.by_hashes": lambda w: [
        standing.session.client for standing in w.sessions.by_hashes([hashed("s1"), hashed(OTHERS)]).values()
    ],
    "sessions.knows_of_provider": lambda w: [
        name for name in ("beta", MINE, "alpha", OTHERS) if w.sessions.knows_of_provider("issuer", name)
    ],
    "access.everybody": lambda w: w.access.everybody("", 50),
    "access.find": lambda w: w.access.find([MINE, OTHERS]),
    "access.hold": lambda w: w.access.hold([MINE, OTHERS]),
    "access.by_name": lambda w: [
        found
        for name in (f"name-{MINE}", f"name-{OTHERS}", f"name-{OTHERS}@alpha")
        for found in w.access.by_name(name, None)
    ],
    "access.by_id": lambda w: [w.access.by_id(MINE, "c1"), w.access.by_id(OTHERS, None)],
    "access.by_external_id": lambda w: w.access.by_external_id("ext", None),
    "access.by_subject": lambda w: [w.access.by_subject("issuer", sid, None) for sid in ("s1", MINE, OTHERS)],
    "sign_ons.of_connection": lambda w: [w.sign_ons.of_connection("c1"), w.sign_ons.of_connection(OTHERS)],
    "sign_ons.of_issuer": lambda w: w.sign_ons.of_issuer("issuer"),
}

CHANGES: dict[str, Case] = {
    "sessions.add": lambda w: w.sessions.add(twins.session(OTHERS, "u1", "beta"), hashed(OTHERS)),
    "sessions.add_all": lambda w: w.sessions.add_all([(twins.session("new", "u1", "beta"), hashed("new"))]),
    "sessions.seen": lambda w: w.sessions.seen(["s1", OTHERS], NOW.replace(year=2027)),
    "sessions.end": lambda w: [w.sessions.end(sid, NOW, "x") for sid in ("s1", OTHERS)],
    "sessions.end_all": lambda w: [w.sessions.end_all(id_, NOW, "x") for id_ in ("u1", OTHERS)],
    "sessions.end_of": lambda w: w.sessions.end_of(["u1", OTHERS], NOW, "x", ()),
    "sessions.end_at_provider": lambda w: [
        w.sessions.end_at_provider("issuer", sid, None, NOW, "x") for sid in ("s1", OTHERS)
    ],
    "sessions.forget": lambda w: [*map(w.sessions.forget, ("u1", OTHERS))],
    "access.revoke": lambda w: w.access.revoke(["u1", OTHERS], NOW),
    "sign_ons.put": lambda w: w.sign_ons.put(twins.sign_on("c1", "new beta")),
    "sign_ons.remove": lambda w: [w.sign_ons.remove(id_) for id_ in ("c1", OTHERS)],
}
