"""Serve the schemas of an operator, which have every characteristic."""

from pathlib import Path

import pytest

from app.config import Settings

FILES = Path(__file__).parent / "files"
DEVICE = "urn:example:params:scim:schemas:core:2.0:Device"
LEASE = "urn:example:params:scim:schemas:extension:lease:2.0:Device"
TRAITS = "urn:example:params:scim:schemas:extension:traits:2.0:User"
TEAM = "urn:example:params:scim:schemas:extension:team:2.0:Group"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Return the settings of a server with the folder of an operator."""
    return settings.model_copy(update={"schemas_dir": FILES})
