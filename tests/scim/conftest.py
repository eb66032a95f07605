"""Let tests of SCIM speak to the whole application, in any dialect."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.runtime import EXTENSION
from tests.scim_client import ScimClient
from tests.service import TenantUnderTest

Connect = Callable[..., ScimClient]


@pytest.fixture
def connect(client: FlaskClient, acme: TenantUnderTest) -> Connect:
    """Connect another identity provider, to acme unless said otherwise."""

    def connect(dialect: str = "strict", tenant: TenantUnderTest = acme, scopes: str = "scim") -> ScimClient:
        return ScimClient(client, tenant, tenant.scim_token(dialect, scopes))

    return connect


@pytest.fixture
def scim(connect: Connect) -> ScimClient:
    """Return a connection that keeps to the RFCs."""
    return connect("strict")


@pytest.fixture
def okta(connect: Connect) -> ScimClient:
    """Return a connection of Okta."""
    return connect("okta")


@pytest.fixture
def entra(connect: Connect) -> ScimClient:
    """Return a connection of Entra ID."""
    return connect("entra")


@pytest.fixture
def waits(app: Flask) -> list[float]:
    """Let nobody wait before a transaction is begun anew, and return for how long they would have."""
    waits: list[float] = []
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], wait=waits.append)
    return waits
