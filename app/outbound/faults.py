"""Say why another server could not be spoken to.

OutboundError
├── DestinationRefusedError     it is not one we may speak to
├── UnreachableError            no name, no connection, no trusted certificate
├── TimedOutError               it took too long
├── NoAnswerError               it hung up, or does not speak HTTP
└── UnusableAnswerError         it answered, but not with what was asked for

The message is for the operator's log, and names addresses. A tenant is shown ``told``, from which nobody can learn
what the names and ports of our network are.
"""

from __future__ import annotations

from typing import ClassVar


class OutboundError(Exception):
    """Name what went wrong: in the message for the operator, in ``code`` and ``told`` for a tenant."""

    code: ClassVar[str] = "unreachable"
    told: ClassVar[str] = "The server cannot be reached."


class DestinationRefusedError(OutboundError):
    """The destination is not one that this server may speak to."""


class UnreachableError(OutboundError):
    """There is no such name, no connection to it, or no certificate that proves it."""


class TimedOutError(OutboundError):
    """The server did not answer in time."""

    code = "timeout"
    told = "The server did not answer in time."


class NoAnswerError(OutboundError):
    """The server hung up, or answered something that is not HTTP."""

    code = "no_answer"
    told = "The server gave no HTTP answer."


class UnusableAnswerError(OutboundError):
    """The server answered, but not with the document that was asked for."""

    code = "unusable_answer"
    told = "The server did not answer with the document that was asked for."
