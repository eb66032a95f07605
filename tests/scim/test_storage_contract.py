"""The contract that scim2-server sets for a storage, kept by the whole service on both databases."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from scim2_models import ScimProvider
from scim2_server.testing import ScimStorageContract

from app import create_app
from app.config import Settings
from app.lifecycle.policy import SCHEMAS
from app.runtime import EXTENSION
from app.scim.capabilities import capabilities
from app.scim.catalogue import Catalogue
from app.scim.dialects import DIALECTS
from tests.clock import FixedClock
from tests.conftest import migrate
from tests.postgres import PostgresMissingError, Run
from tests.scim.scim_storage import ServiceStorage
from tests.scim_client import ScimClient
from tests.service import NUMBERS, TenantUnderTest

BACKWARD = {
    "test_cursor_pages_back": "previousCursor is optional (RFC 9865 §2) and not issued: no known client walks back",
    "test_cursor_pages_back_after_a_deletion": "without a previousCursor there is no page before to look at again",
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return an application on one database for all tests, since tenants are as good as databases."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('contract')}/scim.sqlite"
            migrate(url)
        elif run.source is None:
            pytest.skip(str(PostgresMissingError.__doc__))
        else:
            url = stack.enter_context(run.database(run.template(migrate)))
        app = create_app(Settings(database_url=url, secret_keys=("0123456789abcdef" * 4,)), clock=FixedClock())
        stack.callback(app.extensions[EXTENSION].database.close)
        yield app


@pytest.fixture
def acme(app: Flask) -> TenantUnderTest:
    """Return a tenant of this test alone."""
    return TenantUnderTest.create(app.extensions[EXTENSION], f"tenant-{next(NUMBERS)}")


@pytest.fixture(scope="module")
def announced(app: Flask) -> ScimProvider:
    """Return what the service announces."""
    settings = app.extensions[EXTENSION].settings
    return Catalogue.load(SCHEMAS / "scim").provider(DIALECTS["strict"].policy, capabilities(settings))


class TestTheServiceAsStorage(ScimStorageContract):
    """Every rule of the contract, through requests."""

    @pytest.fixture
    def provider(self, announced: ScimProvider) -> ScimProvider:
        """Return what the service announces, in place of the suite's own."""
        return announced

    @pytest.fixture
    def storage(self, request: pytest.FixtureRequest, scim: ScimClient, provider: ScimProvider) -> ServiceStorage:
        """Return the storage of an empty tenant."""
        if reason := BACKWARD.get(request.node.originalname):
            pytest.skip(reason)
        return ServiceStorage(scim, provider)
