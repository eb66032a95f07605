"""Take in tenants, their identity providers and their host application; every deed leaves an audit entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import NoResultFound

from app.db.records import Tenant
from app.db.work import Database, Work
from app.identity.authentication import SLUG
from app.identity.connecting import Connected, Connecting, told
from app.identity.issuing import Issued, issue_to_host
from app.identity.scopes import LIFECYCLE, SESSIONS
from app.identity.terms import OnboardingError, named, offered
from app.lifecycle.clock import Clock
from app.lifecycle.commands import Actor
from app.lifecycle.journal import Journal
from app.lifecycle.policy import Preset, TenantPolicy

FIRST_POLICY = 1
HOST_SCOPES = frozenset({SESSIONS, LIFECYCLE})


@dataclass(frozen=True, slots=True)
class Onboarding:
    """Take in whoever the actor lets in."""

    database: Database
    clock: Clock
    actor: Actor

    def create_tenant(self, slug: str, name: str | None = None, preset: Preset = "default") -> Tenant:
        """Create a tenant under the policy of a preset, or finish one whose creation was cut off."""
        if not SLUG.fullmatch(slug):
            raise OnboardingError(
                "invalid", f"A tenant is named by a-z, 0-9 and inner hyphens, at most 63: not {slug!r}."
            )
        now, shown = self.clock.now(), named(name or slug)
        with self.database.tenants() as tenants:
            tenant = tenants.find(slug) or tenants.add(slug, shown, now)
        with self.database.unit_of_work(tenant.id, locked=True) as work:
            if _has_policy(work):
                raise OnboardingError("conflict", f"There is a tenant {slug} already; choose another name.")
            document = TenantPolicy.preset(preset).model_dump_json()
            work.policies.add(FIRST_POLICY, document, author="system", reason=None, created_at=now)
            self._journal(work, now).record(
                "Tenant", slug, [("tenant.created", {"name": tenant.name, "preset": preset})]
            )
        return tenant

    def tenant(self, slug: str) -> Tenant:
        """Return a tenant, or say that there is none."""
        with self.database.tenants() as tenants:
            tenant = tenants.find(slug)
        if tenant is None:
            raise OnboardingError("missing", f"There is no tenant {slug}; see: scim-lifecycle tenant list")
        return tenant

    def connect(self, tenant: Tenant, name: str, dialect: str) -> Connected:
        """Create a connection of an identity provider, with its token."""
        return Connecting(self.database, self.clock, self.actor, tenant.id).create(name, dialect)

    def create_api_token(
        self, tenant: Tenant, name: str, scopes: Iterable[str] = HOST_SCOPES, lifetime: timedelta | None = None
    ) -> Issued:
        """Issue a token to the host application, for good or for a while."""
        wanted, now = offered("api", scopes), self.clock.now()
        with self.database.unit_of_work(tenant.id) as work:
            issued = issue_to_host(work, now, named(name), wanted, lifetime)
            detail = {"name": name, "scopes": issued.credential.scopes, **told(issued)}
            self._journal(work, now).record("Credential", issued.credential.id, [("api_token.created", detail)])
        return issued

    def _journal(self, work: Work, now: datetime) -> Journal:
        return Journal(work, self.actor, now, policy_version=None)


def _has_policy(work: Work) -> bool:
    try:
        return bool(work.policies.current())
    except NoResultFound:
        return False
