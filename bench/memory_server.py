"""Serve scim2-server from memory with the gunicorn of the service: `python -m bench.memory_server PORT THREADS`."""

from __future__ import annotations

import secrets
import sys

from scim2_models import ScimProvider
from scim2_server.applications.wsgi import WSGIApplication
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)

from bench.floor_server import Server

PREFIX = "/v2"


def application() -> WSGIApplication:
    """Return the library's own application, which asks nobody for a token."""
    provider = ScimProvider.from_discovery(
        load_default_schemas().values(),
        load_default_resource_types().values(),
        config=load_default_service_provider_config(),
    )
    return WSGIApplication(InMemoryStorage(), provider, ScimService(provider, secret=secrets.token_urlsafe(32)))


if __name__ == "__main__":
    _, port, threads = sys.argv
    Server(application, int(port), int(threads)).run()
