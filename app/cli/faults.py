"""Say what went wrong, and with which exit code."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from app.config import ConfigurationError
from app.identity.onboarding import OnboardingError
from app.lifecycle.refusals import Refused

EXIT_CODES = {"failed": 1, "forbidden": 1, "invalid": 2, "missing": 3, "not_found": 3, "conflict": 4}


class CommandError(Exception):
    """Say why a command cannot do its work, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in words; ``code`` is for scripts."""

    code: str
    message: str
    exit_code: int

    def as_json(self) -> str:
        """Return the fault as one JSON object."""
        return json.dumps({"error": {"code": self.code, "message": self.message}})

    def as_text(self) -> str:
        """Return the fault for people."""
        return f"Error: {self.message}"


FAULTS = (CommandError, ConfigurationError, OnboardingError, Refused, SQLAlchemyError, OSError)


def fault_of(error: Exception) -> Fault:
    """Translate what the domain, the settings or the database say."""
    match error:
        case ConfigurationError():
            return Fault("configuration", str(error), 2)
        case OnboardingError():
            return Fault(error.fault, str(error), EXIT_CODES[error.fault])
        case Refused():
            return Fault(error.first.code, error.first.detail, EXIT_CODES[error.first.kind])
        case SQLAlchemyError():
            cause = getattr(error, "orig", None) or type(error).__name__
            return Fault("database", f"The database does not do this: {str(cause).splitlines()[0]}", 1)
        case _:
            return Fault("failed", str(error), 1)
