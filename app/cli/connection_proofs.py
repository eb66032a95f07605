"""Say on the command line how a connection proves itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import click

from app.identity.proofs import AUTHS, Auth, Proof
from app.identity.terms import invalid

_OPTIONS = (
    click.option("--auth", type=click.Choice(AUTHS), default="token", show_default=True, help="How it proves itself."),
    click.option("--jwks", type=click.File("rb"), help="A file with its public keys, as a JWK Set."),
    click.option("--jwks-uri", help="The address that publishes its public keys."),
    click.option("--issuer", help="external-jwt, transmitter: who issues its tokens."),
    click.option("--audience", help="external-jwt, transmitter: whom its tokens are meant for."),
    click.option("--algorithm", "algorithms", multiple=True, help="A signature algorithm to accept; repeatable."),
    click.option("--claim", "claims", multiple=True, help="external-jwt: NAME=VALUE that its tokens have; repeatable."),
)


@dataclass(frozen=True, slots=True)
class Given:
    """What was given on the command line."""

    auth: Auth = "token"
    jwks: Any = None
    jwks_uri: str | None = None
    issuer: str | None = None
    audience: str | None = None
    algorithms: tuple[str, ...] = ()
    claims: tuple[str, ...] = field(default_factory=tuple)

    def proof(self) -> Proof:
        """Return the same in the words of the domain."""
        claims = dict(_pair(claim) for claim in self.claims)
        return Proof(
            self.auth, self.issuer, self.audience, self.algorithms, claims or None, self.document(), self.jwks_uri
        )

    def document(self) -> Any:
        """Return the JWK Set of the file, None where no file was named."""
        if self.jwks is None:
            return None
        try:
            return json.load(self.jwks)
        except ValueError as error:
            raise invalid("The file given with --jwks holds no JSON.") from error


def proof_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options about proofs, and hand them over as one argument ``given``."""

    @wraps(function)
    def gathered(**options: Any) -> Any:
        given = Given(**{name: options.pop(name) for name in Given.__slots__})
        return function(**options, given=given)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals or not value:
        raise invalid(f"A claim is given as NAME=VALUE, not {text!r}.")
    return name, value
