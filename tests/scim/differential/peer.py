"""The in-memory application of scim2-server, by the rules of strict connections."""

from collections import deque
from typing import Any

from scim2_models import Resource, ResourceType
from scim2_server.applications.wsgi import WSGIApplication
from scim2_server.memory import InMemoryStorage
from scim2_server.requests import ScimRequest
from scim2_server.service import ScimService

from app.config import Settings
from app.lifecycle.clock import Clock
from app.lifecycle.policy import SCHEMAS
from app.scim.capabilities import capabilities
from app.scim.catalogue import Catalogue
from app.scim.dialects import DIALECTS

CATALOGUE = Catalogue.load(SCHEMAS / "scim")


class Storage(InMemoryStorage):
    """Keep resources in memory, under the ids that the service gave and with versions that count as its do."""

    def __init__(self, clock: Clock) -> None:
        """Tell the time by the clock of the service."""
        super().__init__(clock.now)
        self.ids: deque[str] = deque()
        self._version = 0

    def generate_id(self, resource_type: ResourceType, resource: Resource[Any]) -> str:
        """Return the id that the service gave, one of its own if the service created nothing."""
        return self.ids.popleft() if self.ids else super().generate_id(resource_type, resource)

    def next_version(self) -> str:
        """Return the version behind that of the resource being written."""
        return f'W/"{self._version + 1}"'

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """Store a resource at its first version."""
        self._version = 0
        return super().create(resource_type, resource)

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """Store a resource at the version behind."""
        meta = self._stored(resource_type, resource.id).meta
        self._version = int(str(meta and meta.version).strip('W/"'))
        return super().update(resource_type, resource, expected_version=expected_version)


class Peer(WSGIApplication):
    """Serve one tenant under the base URL of the service."""

    def __init__(self, settings: Settings, clock: Clock, base_url: str) -> None:
        """Announce what the service announces."""
        provider = CATALOGUE.provider(DIALECTS["strict"].policy, capabilities(settings))
        self.memory = Storage(clock)
        super().__init__(self.memory, provider, ScimService(provider, secret="secret"))
        self._base_url = base_url

    def read_request(self, environ: Any) -> ScimRequest:
        """Let locations lie where those of the service do."""
        request = super().read_request(environ)
        request.base_url = self._base_url
        return request

    def take_over(self, documents: list[dict[str, Any]]) -> None:
        """Hold what the service holds, and nothing else."""
        models = {str(each.name): self.service.get_model(each) for each in self.provider.resource_types}
        resources = [models[document["meta"]["resourceType"]].model_validate(document) for document in documents]
        for resource in resources:
            if resource.meta is not None:
                resource.meta.location = None
            if hasattr(resource, "groups"):
                resource.groups = None
        self.memory.resources = resources
