"""The OpenAPI 3.1 document: what a strict connection may ask, and every answer that it may get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from app.scim.description.answers import (
    CONDITIONS,
    HEADERS,
    PROJECTION,
    SEARCH,
    headed,
    operation,
    parameters,
    refusals,
    response,
)
from app.scim.description.messages import MESSAGES, list_of
from app.scim.description.shapes import Definition, Shape, Shapes

TEXT: Final = (
    "SCIM 2.0 (RFC 7643, RFC 7644, RFC 9865) as a connection of the strict dialect meets it; other dialects forgive "
    "more, and may answer a PATCH with 204. Names of attributes have no case. A method that a path does not have is "
    "405 with Allow, an unknown path 404. application/json is answered where Accept asks for it."
)
WRITTEN: Final = ("ETag", "Content-Location")
Paths = dict[str, dict[str, Any]]


def openapi(schemas: Iterable[Definition], resource_types: Iterable[Definition]) -> dict[str, Any]:
    """Return the description of the endpoints that serve these resource types."""
    schemas, resource_types = list(schemas), list(resource_types)
    names = [str(each["name"]) for each in resource_types]
    paths: Paths = {}
    for each in resource_types:
        paths |= _resources(str(each["name"]), str(each["endpoint"]))
    return {
        "openapi": "3.1.0",
        "info": {"title": "SCIM", "version": "2.0", "description": TEXT, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": "../t/{tenant}/scim/v2", "variables": {"tenant": {"default": "acme"}}}],
        "security": [{"bearer": []}],
        "paths": _with_heads({**paths, **_root(), **_discovery(), "/Me": _me()}),
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "parameters": parameters(),
            "headers": HEADERS,
            "responses": refusals(),
            "schemas": _components(schemas, resource_types, names),
        },
    }


def _components(schemas: list[Definition], resource_types: list[Definition], names: list[str]) -> dict[str, Shape]:
    components = {**MESSAGES, "List": list_of(names), "DiscoveredList": list_of(["Discovered"])}
    for each in resource_types:
        name, shapes = str(each["name"]), Shapes(schemas, each)
        components |= {name: shapes.answered, f"{name}Body": shapes.sent, f"{name}List": list_of([name])}
    return components


def _resources(name: str, endpoint: str) -> Paths:
    found, listed = response("Found.", name, WRITTEN), response("Those that match.", f"{name}List")
    return {
        endpoint: {
            "get": operation(f"list{name}", {200: listed}, refused=(400,), asks=SEARCH),
            "post": operation(
                f"create{name}",
                {201: response("Created.", name, ("Location", *WRITTEN))},
                refused=(409,),
                asks=PROJECTION,
                body=f"{name}Body",
            ),
        },
        f"{endpoint}/.search": {"post": operation(f"search{name}", {200: listed}, body="SearchRequest")},
        f"{endpoint}/{{id}}": {
            "get": operation(
                f"read{name}",
                {200: found, 304: response("Not modified.", headers=("ETag",))},
                refused=(400, 404, 412),
                asks=("id", *PROJECTION, *CONDITIONS),
            ),
            "put": _change(name, "replace", f"{name}Body", {200: found}),
            "patch": _change(name, "modify", "PatchOp", {200: found, 204: response("Modified.", headers=("ETag",))}),
            "delete": operation(
                f"delete{name}",
                {204: response("Deleted.")},
                refused=(404, 409, 412),
                asks=("id", *CONDITIONS),
            ),
        },
    }


def _change(name: str, deed: str, body: str, answers: Mapping[int, Shape]) -> dict[str, Any]:
    asked, refused = ("id", *PROJECTION, *CONDITIONS), (404, 409, 412)
    return operation(f"{deed}{name}", answers, refused=refused, asks=asked, body=body)


def _root() -> Paths:
    listed = response("Those that match, of all types.", "List")
    done = response("What became of each operation.", "BulkResponse")
    return {
        "/": {"get": operation("list", {200: listed}, refused=(400,), asks=SEARCH)},
        "/.search": {"post": operation("search", {200: listed}, body="SearchRequest")},
        "/Bulk": {"post": operation("bulk", {200: done}, body="BulkRequest")},
    }


def _discovery() -> Paths:
    config = response("What is supported.", "ServiceProviderConfig")
    paths: Paths = {"/ServiceProviderConfig": {"get": operation("config", {200: config})}}
    for name in ("ResourceTypes", "Schemas"):
        listed, found = response("All.", "DiscoveredList"), response("Found.", "Discovered", ("Content-Location",))
        paths[f"/{name}"] = {"get": operation(f"list{name}", {200: listed})}
        paths[f"/{name}/{{id}}"] = {"get": operation(f"read{name}", {200: found}, refused=(404,), asks=("id",))}
    return paths


def _me() -> dict[str, Any]:
    """Return the alias that no connection has (RFC 7644 §3.11)."""
    methods = ("get", "post", "put", "patch", "delete")
    return {each: operation(f"{each}Me", {}, refused=(501,)) for each in methods}


def _with_heads(paths: Paths) -> Paths:
    return {
        path: {**item, "head": headed(item["get"])} if "get" in item else item for path, item in sorted(paths.items())
    }
