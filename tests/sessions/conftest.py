"""Lend an identity provider and a host application."""

import pytest
from flask.testing import FlaskClient

from tests.service import TenantUnderTest
from tests.sessions.providers import HostApplication, Provider


@pytest.fixture
def provider(client: FlaskClient, acme: TenantUnderTest) -> Provider:
    """Return the identity provider of acme."""
    return Provider.of(client, acme)


@pytest.fixture
def host(client: FlaskClient, acme: TenantUnderTest) -> HostApplication:
    """Return the host application of acme."""
    return HostApplication.of(client, acme)
