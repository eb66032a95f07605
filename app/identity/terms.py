"""What can be asked for when somebody is taken in: names, dialects, scopes; and how it is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

from app.identity.scopes import OFFERED, CredentialKind

DIALECTS = ("strict", "okta", "entra", "onelogin")
NAME = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
Fault: TypeAlias = Literal["invalid", "missing", "conflict"]


class OnboardingError(Exception):
    """Say what is in the way, and what to do about it."""

    def __init__(self, fault: Fault, detail: str) -> None:
        self.fault = fault
        super().__init__(detail)


def invalid(detail: str) -> OnboardingError:
    """Refuse what cannot be asked for."""
    return OnboardingError("invalid", detail)


def named(name: str) -> str:
    """Return a name that people can read."""
    if not NAME.fullmatch(name):
        raise invalid("A name is 1 to 200 characters long, without control characters.")
    return name


def offered(kind: CredentialKind, scopes: Iterable[str]) -> frozenset[str]:
    """Return scopes that a token of this kind can carry."""
    wanted, choice = frozenset(scopes), OFFERED[kind]
    if not wanted or not wanted <= choice:
        raise invalid(f"The scopes to choose from are: {', '.join(sorted(choice))}.")
    return wanted


def spoken(dialect: str) -> str:
    """Return a dialect that is known."""
    if dialect not in DIALECTS:
        raise invalid(f"A dialect is one of {', '.join(DIALECTS)}: not {dialect!r}.")
    return dialect
