"""Say what went wrong, and with which exit code."""

from __future__ import annotations

import json
from dataclasses import dataclass

import click
from sqlalchemy.exc import SQLAlchemyError

from app.config import ConfigurationError
from app.events.catalogue import WrongTypeError
from app.events.streams.refusing import StreamRefused
from app.identity.terms import OnboardingError
from app.lifecycle.policy import PolicyInvalid
from app.lifecycle.refusals import Refused
from app.outbound import DestinationRefusedError

EXIT_CODES = {
    "configuration": 2,
    "failed": 1,
    "forbidden": 1,
    "invalid": 2,
    "missing": 3,
    "not_found": 3,
    "conflict": 4,
    "stale": 4,
    "held": 4,
    "too_fast": 1,
}


class CommandError(Exception):
    """Say why a command cannot do its work, and what to do about it."""


PLAIN: dict[type[Exception], str] = {
    ConfigurationError: "configuration",
    CommandError: "failed",
    DestinationRefusedError: "invalid",
    PolicyInvalid: "invalid",
    WrongTypeError: "invalid",
    OSError: "failed",
    click.ClickException: "failed",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in words; ``code`` is for scripts."""

    code: str
    message: str
    exit_code: int
    usage: str = ""

    def tell(self, *, as_json: bool) -> None:
        """Print the fault to standard error, as one JSON object or for people."""
        told = {"error": {"code": self.code, "message": self.message}}
        click.echo(json.dumps(told) if as_json else f"{self.usage}Error: {self.message}", err=True)


def fault_of(error: Exception) -> Fault | None:
    """Translate what click, the settings, the domain or the database say; None is a bug."""
    match error:
        case click.UsageError():
            return _misuse(error)
        case OnboardingError() | StreamRefused():
            return Fault(error.fault, str(error), EXIT_CODES[error.fault])
        case Refused():
            return Fault(error.first.code, error.first.detail, EXIT_CODES[error.first.kind])
        case SQLAlchemyError():
            cause = getattr(error, "orig", None) or type(error).__name__
            return Fault("database", f"The database does not do this: {str(cause).splitlines()[0]}", 1)
    for kind, code in PLAIN.items():
        if isinstance(error, kind):
            return Fault(code, str(error), EXIT_CODES[code])
    return None


def _misuse(error: click.UsageError) -> Fault:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return Fault("usage", "Say which command.", 2, error.format_message() + "\n\n")
    return Fault("usage", error.format_message(), 2, error.ctx.get_usage() + "\n" if error.ctx else "")
