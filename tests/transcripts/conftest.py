"""Serve the whole application to transcripts."""

from tests.scim.conftest import app

__all__ = ["app"]
