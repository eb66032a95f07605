"""Believe an identity provider that a user has signed out there: its keys, its name, its one-time tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from app.db.sign_ons import SignOn
from app.db.work import Work
from app.identity.jwts import Expected, InvalidJwt, peek, single_use, verified
from app.identity.trusting import keys_of

LONGEST_VALIDITY = timedelta(minutes=10)
UNKNOWN = "The issuer of the token is not one of this tenant's identity providers."
Demand: TypeAlias = Callable[[SignOn], Expected]
"""Say what a token must be to speak for a single sign-on."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """A token that speaks for an identity provider, once."""

    sign_on: SignOn
    claims: Mapping[str, Any]
    jti: str
    until: datetime

    def claim(self, work: Work) -> None:
        """Use the token up, in the transaction that it serves."""
        if not work.seen_jtis.add(self.sign_on.issuer, self.jti, self.until):
            raise InvalidJwt("The jti of the token was used before; sign a new one for each request.")


def vouched(work: Work | None, token: str, demand: Demand, now: datetime) -> Vouched:
    """Return the identity provider that speaks by a token, and what it says, or raise InvalidJwt.

    Without a unit of work there is no such tenant, and nobody to speak for.
    """
    shown, failure = peek(token), InvalidJwt(UNKNOWN)
    if work is None:
        raise failure
    for sign_on in work.sign_ons.of_issuer(shown.text("iss")):
        try:
            claims = verified(token, keys_of(sign_on, shown), demand(sign_on), now)
            return Vouched(sign_on, claims, *single_use(claims))
        except InvalidJwt as invalid:
            failure = invalid
    raise failure


def demanding(sign_on: SignOn, audience: str, types: frozenset[str | None], claims: Mapping[str, Any]) -> Expected:
    """Return what is demanded of every token that ends access: ours alone to read, fresh, and of a known kind."""
    wanted = {"iat": None, **claims}
    algorithms = tuple(sign_on.algorithms.split())
    return Expected(sign_on.issuer, audience, types, algorithms=algorithms, lifetime=LONGEST_VALIDITY, claims=wanted)
