"""Flask as this service needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, Flask, Request
from werkzeug.routing import MapAdapter


class Application(Flask):
    """Do without what no route here asks for, and every request would pay for."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view or hook as it is: none of ours is a coroutine."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Find routes by path alone: none knows a host or a subdomain, and links start with the public URL."""
        if request is None:
            return super().create_url_adapter(None)
        environ = request.environ
        return MapAdapter(
            self.url_map,
            server_name=environ.get("HTTP_HOST") or environ["SERVER_NAME"],
            script_name=f"{environ.get('SCRIPT_NAME', '').rstrip('/')}/",
            subdomain="",
            url_scheme=environ["wsgi.url_scheme"],
            path_info=request.path,
            default_method=environ["REQUEST_METHOD"],
            query_args=environ.get("QUERY_STRING", ""),
        )


def mount(blueprint: Blueprint, routes: Iterable[tuple[str, str, Callable[..., Any]]]) -> None:
    """Serve each view under its method and path, named after its module and itself."""
    for method, path, view in routes:
        endpoint = f"{view.__module__.rpartition('.')[2]}-{view.__name__}"
        blueprint.add_url_rule(path, endpoint, view, methods=[method])
