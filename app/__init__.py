"""SCIM Lifecycle: a SCIM 2.0 service provider that decides what a leaver means."""
# ruff: noqa: PLC0415 - the domain and `--help` must not load the framework

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.config import Settings
    from app.lifecycle.clock import Clock


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> Flask:
    """Return the application; without ``settings`` it reads the environment and raises ConfigurationError."""
    from app.application import Application
    from app.config import load
    from app.problems import install as answer_problems
    from app.runtime import EXTENSION
    from app.telemetry import install as observe
    from app.wiring import open_runtime

    settings = settings or load()
    app = Application(__name__, static_folder=None, template_folder=None)
    app.extensions[EXTENSION] = open_runtime(settings, clock)
    _trust_proxies(app, settings.proxy_hops)
    observe(app, settings)
    answer_problems(app)
    _open_doors(app)
    return app


def _trust_proxies(app: Flask, hops: int) -> None:
    """Believe as many proxies as the operator runs about the client's address, and about nothing else."""
    from werkzeug.middleware.proxy_fix import ProxyFix

    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=0)  # type: ignore[method-assign]


def _open_doors(app: Flask) -> None:
    """Register what answers requests."""
    from app.api import blueprint as api
    from app.api.access import blueprint as access
    from app.api.access import metadata
    from app.health import blueprint as health
    from app.identity.oauth.views import blueprint as authorization
    from app.scim.views import blueprint as scim
    from app.scim.views import description as scim_description
    from app.sessions.doors import blueprint as logouts
    from app.sessions.views import blueprint as oauth
    from app.ssf import blueprint as ssf

    for blueprint in (scim, scim_description, api, access, metadata, oauth, authorization, logouts, ssf, health):
        app.register_blueprint(blueprint)
