"""The OpenAPI 3.1 document: what a strict connection may ask, and every answer that it may get."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from app.scim.description.answers import (
    ASYNCHRONOUS,
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
    "SCIM 2.0 (RFC 7643, RFC 7644, RFC 9865, RFC 9967) as a connection of the strict dialect meets it; other dialects "
    "forgive more, and may answer a PATCH with 204. Names of attributes have no case. A method that a path does not "
    "have is 405 with Allow, an unknown path 404. application/json is answered where Accept asks for it."
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
    listed = response("Those that match.", f"{name}List")
    return {
        endpoint: {
            "get": operation(f"list{name}", {200: listed}, refused=(400,), asks=SEARCH),
            "post": operation(
                f"create{name}",
                {201: response("Created.", name, ("Location", *WRITTEN))},
                refused=(409,),
                asks=(*PROJECTION, ASYNCHRONOUS),
                body=f"{name}Body",
            ),
        },
        f"{endpoint}/.search": {"post": operation(f"search{name}", {200: listed}, body="SearchRequest")},
        f"{endpoint}/{{id}}": _one(name, name, ("id",)),
    }


def _me() -> dict[str, Any]:
    """Return the alias that a connection has if it stands for a user (RFC 7644 §3.11)."""
    return {"post": operation("createMe", {}, refused=(501,)), **_one("Me", "User", (), ("Location",), (501,))}


def _one(
    name: str, schema: str, asks: Sequence[str], told: Sequence[str] = (), refused: Sequence[int] = ()
) -> dict[str, Any]:
    """Return the operations on one resource, which ``asks`` leads to."""
    found, known, gone = response("Found.", schema, (*told, *WRITTEN)), ("ETag", *told), (*refused, 404, 412)
    changed, choosing = (*gone, 409), (*asks, *PROJECTION, *CONDITIONS)
    writing = (*choosing, ASYNCHRONOUS)
    modified = {200: found, 204: response("Modified.", headers=known)}
    return {
        "get": operation(
            f"read{name}",
            {200: found, 304: response("Not modified.", headers=known)},
            refused=(*gone, 400),
            asks=choosing,
        ),
        "put": operation(f"replace{name}", {200: found}, refused=changed, asks=writing, body=f"{schema}Body"),
        "patch": operation(f"modify{name}", modified, refused=changed, asks=writing, body="PatchOp"),
        "delete": operation(
            f"delete{name}",
            {204: response("Deleted.", headers=told)},
            refused=changed,
            asks=(*asks, *CONDITIONS, ASYNCHRONOUS),
        ),
    }


def _root() -> Paths:
    listed = response("Those that match, of all types.", "List")
    done = response("What became of each operation.", "BulkResponse")
    return {
        "/": {"get": operation("list", {200: listed}, refused=(400,), asks=SEARCH)},
        "/.search": {"post": operation("search", {200: listed}, body="SearchRequest")},
        "/Bulk": {"post": operation("bulk", {200: done}, asks=(ASYNCHRONOUS,), body="BulkRequest")},
    }


def _discovery() -> Paths:
    config = response("What is supported.", "ServiceProviderConfig")
    paths: Paths = {"/ServiceProviderConfig": {"get": operation("config", {200: config})}}
    for name in ("ResourceTypes", "Schemas"):
        listed, found = response("All.", "DiscoveredList"), response("Found.", "Discovered", ("Content-Location",))
        paths[f"/{name}"] = {"get": operation(f"list{name}", {200: listed})}
        paths[f"/{name}/{{id}}"] = {"get": operation(f"read{name}", {200: found}, refused=(404,), asks=("id",))}
    return paths


def _with_heads(paths: Paths) -> Paths:
    return {
        path: {**item, "head": headed(item["get"])} if "get" in item else item for path, item in sorted(paths.items())
    }
