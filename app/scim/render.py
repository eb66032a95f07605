"""Render resources from their stored documents: text is spliced, nothing is parsed and no model is built."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson
from scim2_server.responses import ScimResponse

from app.db.records import Member, View

LIST = (
    '{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],'
    '"totalResults":%d,"startIndex":%d,"itemsPerPage":%d,"Resources":[%s]}'
)
WALK = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],%s"itemsPerPage":%d,%s"Resources":[%s]}'
Groups = Sequence[tuple[str, str]]
"""Groups as ``(id, displayName)``."""
ENDPOINTS = {"User": "Users", "Group": "Groups"}


def quoted(text: str | None) -> str:
    """Return a text as a JSON string."""
    return orjson.dumps(text).decode()


def etag(version: int) -> str:
    """Return the weak entity tag of a version (RFC 7644 §3.14)."""
    return f'W/"{version}"'


@dataclass(kw_only=True)
class Rendered(ScimResponse):
    """An answer whose body is JSON text already."""

    text: str


class Renderer:
    """Render what lies under one base URL."""

    def __init__(self, base_url: str) -> None:
        """Let locations start with ``base_url``."""
        self.base_url = base_url

    def location(self, resource_type: str, resource_id: str) -> str:
        """Return the URL of a resource."""
        return f"{self.base_url}/{ENDPOINTS[resource_type]}/{resource_id}"

    def user(self, view: View, direct: Groups, indirect: Groups = ()) -> str:
        """Return a user as JSON, with the groups that it is in directly, and through others."""
        active = "" if view.active is None else f'"active":{str(view.active).lower()},'
        return self._resource("User", view, active + self._groups(direct, indirect))

    def group(self, view: View, members: Iterable[Member] | None) -> str:
        """Return a group as JSON, without members where they were not asked for."""
        listed = "" if members is None else ",".join(map(self._member, members))
        return self._resource("Group", view, f'"members":[{listed}],' if listed else "")

    def page(self, total: int, start: int, resources: Sequence[str]) -> str:
        """Return a ListResponse (RFC 7644 §3.4.2)."""
        return LIST % (total, start, len(resources), ",".join(resources))

    def walk(self, total: int | None, cursor: str | None, resources: Sequence[str]) -> str:
        """Return a ListResponse with the cursor of the next page, if there is one (RFC 9865 §2)."""
        counted = "" if total is None else f'"totalResults":{total},'
        following = "" if cursor is None else f'"nextCursor":"{cursor}",'
        return WALK % (counted, len(resources), following, ",".join(resources))

    def _resource(self, resource_type: str, view: View, apart: str) -> str:
        return f'{{"id":"{view.id}",{view.document[1:-1]},{apart}"meta":{self._meta(resource_type, view)}}}'

    def _meta(self, resource_type: str, view: View) -> str:
        return (
            f'{{"resourceType":"{resource_type}","created":"{view.created_at}","lastModified":"{view.updated_at}",'
            f'"location":"{self.location(resource_type, view.id)}","version":"W/\\"{view.version}\\""}}'
        )

    def _groups(self, direct: Groups, indirect: Groups) -> str:
        if not direct:
            return ""
        listed = ",".join(
            f'{{"value":"{id_}","$ref":"{self.location("Group", id_)}","display":{quoted(name)},"type":"{kind}"}}'
            for kind, groups in (("direct", direct), ("indirect", indirect))
            for id_, name in groups
        )
        return f'"groups":[{listed}],'

    def _member(self, member: Member) -> str:
        name = "" if member.display is None else f',"display":{quoted(member.display)}'
        location = self.location(member.type, member.id)
        return f'{{"value":"{member.id}","$ref":"{location}","type":"{member.type}"{name}}}'
