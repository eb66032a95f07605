"""Speak to other servers, and never to those inside: one client for webhooks, pushed events, keys and pre-checks."""

from app.outbound.client import Answer, Limits, Outbound
from app.outbound.destinations import Destinations
from app.outbound.faults import (
    DestinationRefusedError,
    NoAnswerError,
    OutboundError,
    TimedOutError,
    UnreachableError,
    UnusableAnswerError,
)

__all__ = [
    "Answer",
    "DestinationRefusedError",
    "Destinations",
    "Limits",
    "NoAnswerError",
    "Outbound",
    "OutboundError",
    "TimedOutError",
    "UnreachableError",
    "UnusableAnswerError",
]
