"""The service as a storage of scim2-server: each method is the request that it stands for."""

from dataclasses import dataclass
from typing import Any

from scim2_models import (
    Context,
    Error,
    Resource,
    ResourceType,
    ResponseParameters,
    SCIMException,
    ScimProvider,
    SearchRequest,
)
from scim2_server.storage import ScimStorage, SearchPage
from werkzeug.test import TestResponse

from tests.scim_client import SEARCH, ScimClient


@dataclass
class ServiceStorage(ScimStorage):
    """Read and write resources through HTTP, as one connection."""

    scim: ScimClient
    provider: ScimProvider
    supports_cursors = True

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        """Read a resource."""
        asked = response_parameters.model_dump(exclude_none=True) if response_parameters else {}
        query = {name: ",".join(map(str, paths)) for name, paths in asked.items()}
        return self._resource(self.scim.get(f"{resource_type.endpoint}/{resource_id}", **query))

    def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        """Search one type at its endpoint, several at the root."""
        endpoint = resource_types[0].endpoint if len(resource_types) == 1 else ""
        body = {"schemas": [SEARCH], **search_request.model_dump(scim_ctx=Context.SEARCH_REQUEST)}
        if position is not None:
            body["cursor"] = position
        answer = self.scim.post(f"{endpoint}/.search", body)
        page = _sound(answer)
        found = [self._read(entry) for entry in page["Resources"]]
        return SearchPage(page.get("totalResults"), found, page.get("nextCursor"), page.get("previousCursor"))

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """Create a resource."""
        body = resource.model_dump(scim_ctx=Context.RESOURCE_CREATION_REQUEST)
        return self._resource(self.scim.post(str(resource_type.endpoint), body))

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """Replace a resource."""
        body = resource.model_dump(scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
        path = f"{resource_type.endpoint}/{resource.id}"
        return self._resource(self.scim.put(path, body, headers=_expecting(expected_version)))

    def delete(self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None) -> None:
        """Delete a resource."""
        _sound(self.scim.delete(f"{resource_type.endpoint}/{resource_id}", headers=_expecting(expected_version)))

    def _resource(self, answer: TestResponse) -> Resource[Any]:
        return self._read(_sound(answer))

    def _read(self, entry: dict[str, Any]) -> Resource[Any]:
        """Return a resource; its location is the server's, of which a storage knows nothing."""
        entry.get("meta", {}).pop("location", None)
        by_schema = {str(each.schema_): self.provider.model_for(each) for each in self.provider.resource_types}
        model: Any = next(by_schema[urn] for urn in entry["schemas"] if urn in by_schema)
        resource: Resource[Any] = model.model_validate(entry, scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
        return resource


def _expecting(version: str | None) -> dict[str, str]:
    return {} if version is None else {"If-Match": version}


def _sound(answer: TestResponse) -> dict[str, Any]:
    """Return the body of an answer, or raise the exception that its error stands for."""
    body: dict[str, Any] = answer.get_json(force=True) if answer.data else {}
    if answer.status_code >= 400:
        raise SCIMException.from_error(
            Error(status=body["status"], scim_type=body.get("scimType"), detail=body["detail"])
        )
    return body
