"""Both ways a request may go, side by side."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

import orjson
from scim2_models import Context, SCIMException

from app.config import Settings
from app.lifecycle.policy import SCHEMAS
from app.scim.catalogue import Catalogue
from app.scim.changes import Patched, Stored
from app.scim.dialects import DIALECTS
from app.scim.fast import Common
from app.scim.rules import Rules

POST: Final = Context.RESOURCE_CREATION_REQUEST
PUT: Final = Context.RESOURCE_REPLACEMENT_REQUEST
CATALOGUE: Final = Catalogue.load(SCHEMAS / "scim")
LIMIT: Final = 8
Read = tuple[Any, ...]


class Ways:
    """Read requests of one dialect by compiled readers, and by models."""

    def __init__(self, catalogue: Catalogue, dialect: str, settings: Settings) -> None:
        """Serve ``catalogue`` to connections of ``dialect``."""
        self.rules = Rules(catalogue, DIALECTS[dialect], settings)
        self.common = Common(catalogue, DIALECTS[dialect], LIMIT)
        self.types = {str(each.name): each for each in self.rules.provider.resource_types}

    @classmethod
    def of(cls, catalogue: Catalogue, dialect: str) -> "Ways":
        """Serve ``catalogue`` with the usual settings."""
        return cls(catalogue, dialect, Settings(database_url="sqlite://", secret_keys=("k" * 32,)))

    def draft(self, name: str, body: Any, context: Context, current: Any = None) -> tuple[Read | None, Read | None]:
        """Return what a POST or PUT says, both ways; None if a way refuses it."""
        return (
            self._draft(lambda: self.common.draft(name, body, replacing=context is PUT), current),
            self._draft(lambda: self.rules.validated_draft(self.types[name], body, context), current),
        )

    def patch(self, name: str, body: Any, document: Any, *, active: bool | None) -> tuple[Read | None, Read | None]:
        """Return what a PATCH makes of a document, both ways."""
        text = orjson.dumps(document).decode()
        return (
            self._patched(lambda: self.common.patch(name, body), name, text, active=active),
            self._patched(lambda: self.rules.validated_patch(self.types[name], body), name, text, active=active),
        )

    def stored(self, name: str, body: Any) -> Any:
        """Return the document of a resource that the service made."""
        with self.rules.provider:
            return self.rules.validated_draft(self.types[name], body, POST)[0].document

    def _draft(self, read: Callable[[], Any], current: Any) -> Read | None:
        with self.rules.provider:
            try:
                draft, tolerances = read()
                document = draft.document if current is None else draft.over(current)
                return deepcopy(document), draft.active, draft.members, frozenset(tolerances)
            except (LookupError, SCIMException):
                return None

    def _patched(self, read: Callable[[], Any], name: str, text: str, *, active: bool | None) -> Read | None:
        with self.rules.provider:
            try:
                patch, tolerances = read()
                current = (lambda _: ()) if name == "Group" else None
                patched: Patched = patch.apply(Stored(text, active, members=current))
                return patched.document, patched.active, patched.roster, frozenset(tolerances)
            except (LookupError, SCIMException):
                return None
