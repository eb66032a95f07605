"""Tell whether somebody means a command, having seen what it would do."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from app.lifecycle.clock import iso
from app.lifecycle.commands import Command
from app.lifecycle.subject import Subject


@dataclass(frozen=True, slots=True)
class Consent:
    """What was said beside a command: that it is meant, or the revision of the preflight that it follows."""

    confirmed: bool = False
    revision: str | None = None


UNASKED = Consent()


def revision(commands: Sequence[Command], subject: Subject, version: int, policy_version: int) -> str:
    """Return a token that is the same as long as these commands would be judged on the same facts and rules."""
    facts = [[type(command).__name__ for command in commands], asdict(subject), version, policy_version]
    digest = sha256(json.dumps(facts, default=_plain, sort_keys=True).encode()).digest()
    return urlsafe_b64encode(digest[:18]).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no fact.")
