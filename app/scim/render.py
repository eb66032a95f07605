"""Render resources from their stored documents: text is spliced, nothing is parsed and no model is built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson
from scim2_server.responses import ScimResponse

from app.db.records import Shown, View

LIST = (
    b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],'
    b'"totalResults":%d,"startIndex":%d,"itemsPerPage":%d,"Resources":['
)
WALK = b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],%b"itemsPerPage":%d,%b"Resources":['
END = b"]}"
Json = bytes | Iterator[bytes]
"""JSON as a whole, or what is too long for that, in pieces."""
Groups = Sequence[tuple[str, str]]
"""Groups as ``(id, displayName)``."""
ACTIVE = {None: "", True: '"active":true,', False: '"active":false,'}


def quoted(text: str | None) -> str:
    """Return a text as a JSON string."""
    return orjson.dumps(text).decode()


def etag(version: int) -> str:
    """Return the weak entity tag of a version (RFC 7644 §3.14)."""
    return f'W/"{version}"'


@dataclass(kw_only=True)
class Rendered(ScimResponse):
    """An answer whose body is JSON already."""

    json: Json


class Renderer:
    """Render what lies under one base URL."""

    def __init__(self, base_url: str, endpoints: Mapping[str, str]) -> None:
        """Let locations start with ``base_url``; ``endpoints`` are by the name of the resource type."""
        self.base_url = base_url
        self._bases = {name: f"{base_url}/{endpoint}/" for name, endpoint in endpoints.items()}

    def location(self, resource_type: str, resource_id: str) -> str:
        """Return the URL of a resource."""
        return self._bases[resource_type] + resource_id

    def user(self, view: View, direct: Groups, indirect: Groups = ()) -> bytes:
        """Return a user as JSON, with the groups that it is in directly, and through others."""
        groups = self._groups(direct, indirect) if direct else ""
        return self._resource("User", view, ACTIVE[view.active] + groups).encode()

    def group(self, view: View, members: Sequence[Shown]) -> bytes:
        """Return a group as JSON, without members where there are none, or they were not asked for."""
        rendered = self._resource("Group", view, "").encode()
        return b'%b,"members":%b}' % (rendered[:-1], orjson.dumps(self.members(members))) if members else rendered

    def resource(self, resource_type: str, view: View) -> bytes:
        """Return a resource of an operator's type as JSON."""
        return self._resource(resource_type, view, "").encode()

    def page(self, total: int, start: int, resources: Sequence[Json]) -> Json:
        """Return a ListResponse (RFC 7644 §3.4.2)."""
        return _listed(LIST % (total, start, len(resources)), resources)

    def walk(self, total: int | None, cursor: str | None, resources: Sequence[Json]) -> Json:
        """Return a ListResponse with the cursor of the next page, if there is one (RFC 9865 §2)."""
        counted = b"" if total is None else b'"totalResults":%d,' % total
        following = b"" if cursor is None else b'"nextCursor":"%b",' % cursor.encode()
        return _listed(WALK % (counted, len(resources), following), resources)

    def _resource(self, resource_type: str, view: View, apart: str) -> str:
        id_, version, document, created, updated, *_ = view
        return (
            f'{{"id":"{id_}",{document[1:-1]},{apart}"meta":{{"resourceType":"{resource_type}","created":"{created}",'
            f'"lastModified":"{updated}","location":"{self._bases[resource_type]}{id_}","version":"W/\\"{version}\\""}}}}'
        )

    def _groups(self, direct: Groups, indirect: Groups) -> str:
        listed = ",".join(
            f'{{"value":"{id_}","$ref":"{self.location("Group", id_)}","display":{quoted(name)},"type":"{kind}"}}'
            for kind, groups in (("direct", direct), ("indirect", indirect))
            for id_, name in groups
        )
        return f'"groups":[{listed}],'

    def members(self, members: Sequence[Shown]) -> list[dict[str, str]]:
        """Return what a group says of its members."""
        bases = self._bases
        return [
            {"value": id_, "$ref": bases[kind] + id_, "type": kind}
            if display is None
            else {"value": id_, "$ref": bases[kind] + id_, "type": kind, "display": display}
            for id_, kind, display in members
        ]


def _listed(head: bytes, resources: Sequence[Json]) -> Json:
    """Return a list as a whole, unless one of its resources is too long for that."""
    whole = [each for each in resources if isinstance(each, bytes)]
    return head + b",".join(whole) + END if len(whole) == len(resources) else _pieces(head, resources)


def _pieces(head: bytes, resources: Iterable[Json]) -> Iterator[bytes]:
    for place, resource in enumerate(resources):
        yield b"," if place else head
        yield from (resource,) if isinstance(resource, bytes) else resource
    yield END
