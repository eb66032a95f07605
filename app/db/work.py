"""One transaction, one tenant: the only place that commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property
from time import perf_counter
from typing import TypeVar

from sqlalchemy import Connection, Engine
from uuid_utils import uuid7

from app.db.access import Access
from app.db.audit import Audit, Outbox
from app.db.collisions import repeated
from app.db.connections import Connections, Credentials
from app.db.entitlements import Entitlements
from app.db.estate import TenantEstate
from app.db.governance import Governance
from app.db.groups import Groups
from app.db.happenings import Happenings
from app.db.keeping import Keeping
from app.db.listings import Listings
from app.db.memberships import Memberships
from app.db.pending import Pending
from app.db.policies import Policies, Remembered
from app.db.precheck import Answers, Prechecking, Prechecks
from app.db.prepared import forget_ahead
from app.db.resources import Resources
from app.db.sessions import Sessions
from app.db.sign_ons import SignOns
from app.db.signing_keys import SigningKeys
from app.db.tenants import ACTIVE, Tenants
from app.db.transactions import savepoint, transaction
from app.db.trusts import SeenJtis, Trusts
from app.db.unique_keys import UniqueKeys
from app.db.users import Users
from app.db.waiting import forget
from app.db.work_items import WorkItems
from app.lifecycle.journal import SESSIONS_REVOKED

T = TypeVar("T")


class Work(Happenings, Governance):
    """Give the repositories of one tenant, all on one database connection."""

    def __init__(self, connection: Connection, tenant_id: int, remembered: Remembered) -> None:
        """Bind the repositories to ``connection`` and ``tenant_id``; ``remembered`` are policies that were read."""
        self.connection = connection
        self.tenant_id = tenant_id
        self._remembered = remembered
        self._pending = Pending(connection)
        self._opened = perf_counter()
        self.answers: Answers = {}
        self.held: dict[str, None] = {}

    @cached_property
    def txn(self) -> str:
        """Return the id that all rows of this change share."""
        return self.new_id()

    @cached_property
    def users(self) -> Users:
        """Return the users of the tenant."""
        return Users(self.connection, self.tenant_id, self._pending)

    @cached_property
    def listings(self) -> Listings:
        """Return the users of the tenant as people look through them."""
        return Listings(self.connection, self.tenant_id)

    @cached_property
    def groups(self) -> Groups:
        """Return the groups of the tenant."""
        return Groups(self.connection, self.tenant_id)

    @cached_property
    def memberships(self) -> Memberships:
        """Return who is in which group."""
        return Memberships(self.connection, self.tenant_id)

    @cached_property
    def resources(self) -> Resources:
        """Return the resources of the operator's types."""
        return Resources(self.connection, self.tenant_id)

    @cached_property
    def unique_keys(self) -> UniqueKeys:
        """Return the values that one resource has at most."""
        return UniqueKeys(self.connection, self.tenant_id)

    @cached_property
    def sessions(self) -> Sessions:
        """Return the sessions of the tenant's users."""
        return Sessions(self.connection, self.tenant_id)

    @cached_property
    def access(self) -> Access:
        """Return what decides whether users may go on."""
        return Access(self.connection, self.tenant_id)

    @cached_property
    def sign_ons(self) -> SignOns:
        """Return where users of the tenant sign in."""
        return SignOns(self.connection, self.tenant_id)

    @cached_property
    def connections(self) -> Connections:
        """Return the identity providers' links to the tenant."""
        return Connections(self.connection, self.tenant_id)

    @cached_property
    def credentials(self) -> Credentials:
        """Return the bearer tokens of the tenant."""
        return Credentials(self.connection, self.tenant_id)

    @cached_property
    def trusts(self) -> Trusts:
        """Return whose JWTs the tenant trusts."""
        return Trusts(self.connection, self.tenant_id)

    @cached_property
    def seen_jtis(self) -> SeenJtis:
        """Return the ids of JWTs that were used."""
        return SeenJtis(self.connection, self.tenant_id)

    @cached_property
    def signing_keys(self) -> SigningKeys:
        """Return the keys with which the tenant's tokens and events are signed."""
        return SigningKeys(self.connection, self.tenant_id)

    @cached_property
    def policies(self) -> Policies:
        """Return the versions of the tenant's policy."""
        return Policies(self.connection, self.tenant_id, self._remembered)

    @cached_property
    def entitlements(self) -> Entitlements:
        """Return the seats and licences of the tenant."""
        return Entitlements(self.connection, self.tenant_id)

    @cached_property
    def work_items(self) -> WorkItems:
        """Return the work that users own at the host application."""
        return WorkItems(self.connection, self.tenant_id)

    @cached_property
    def prechecks(self) -> Prechecks:
        """Return where the host application is asked before a user leaves."""
        return Prechecks(self.connection, self.tenant_id)

    @property
    def estate(self) -> TenantEstate:
        """Return what guards ask of what users hold and own."""
        return TenantEstate(self.connection, self.tenant_id, Prechecking(self.prechecks, self.answers))

    @cached_property
    def audit(self) -> Audit:
        """Return the audit trail of the tenant."""
        return Audit(self.connection, self.tenant_id, self._pending)

    @cached_property
    def outbox(self) -> Outbox:
        """Return the events of the tenant that wait to be told."""
        return Outbox(self.connection, self.tenant_id, self._pending)

    def new_id(self) -> str:
        """Return an id that sorts behind those made before (RFC 9562 §5.7)."""
        return str(uuid7())

    def lock(self) -> None:
        """Let no other transaction of this tenant pass a decision that looks at several users."""
        Tenants(self.connection).lock(self.tenant_id)

    @property
    def suspended(self) -> bool:
        """Tell whether the tenant is suspended, as it is at this moment."""
        return Tenants(self.connection).state(self.tenant_id) != ACTIVE

    def turn(self, state: str) -> bool:
        """Let the tenant be active or suspended; tell whether it was the other before."""
        return Tenants(self.connection).turn(self.tenant_id, state)

    def flush(self) -> None:
        """Write what waits for the commit."""
        self._pending.write()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is done inside as one, or undo all of it on any exception."""
        with self._unlearned(), transaction(self.connection), self._journalled():
            yield
            ended = self._pending.count(SESSIONS_REVOKED)
            self.flush()
        if ended:
            # servers say where their processes count together before the library of counts is imported
            from app.db.measures import revoked  # noqa: PLC0415

            revoked(ended, perf_counter() - self._opened)

    def transact(self, change: Callable[[], T], wait: Callable[[float], object]) -> T:
        """Carry out a change as one transaction, and anew where another made the database undo it."""

        def attempt() -> T:
            with self.transaction():
                return change()

        return repeated(attempt, wait)

    @contextmanager
    def savepoint(self, *, patient: bool = False) -> Iterator[None]:
        """Enclose changes that may be undone without undoing the whole transaction.

        Unless ``patient``, whoever makes them hears of each at once whether the database takes it.
        """
        with savepoint(self.connection), self._journalled(), self._pending.patience(patient):
            yield

    @contextmanager
    def _unlearned(self) -> Iterator[None]:
        """Let nothing stay known that was read in what is undone: others may have changed it by the next attempt."""
        try:
            yield
        except BaseException:
            for name in [name for name in vars(self) if isinstance(getattr(type(self), name, None), cached_property)]:
                delattr(self, name)
            raise

    @contextmanager
    def _journalled(self) -> Iterator[None]:
        """Let nothing be told of what is undone."""
        mark = self._pending.mark()
        try:
            yield
            self._pending.settle()
        except BaseException:
            self._pending.forget(mark)
            raise


class Database:
    """Open units of work on one engine."""

    def __init__(self, engine: Engine) -> None:
        """Use ``engine`` for all units of work."""
        self.engine = engine
        self._keeping = Keeping(engine)
        self._remembered: Remembered = {}
        self._isolates = engine.dialect.name == "postgresql"

    @contextmanager
    def reading(self, tenant_id: int) -> Iterator[Work]:
        """Open a unit of work in which each statement stands alone; only `Work.transaction` may write in it."""
        connection = self._keeping.take()
        try:
            forget_ahead(connection)
            forget(connection)
            self._bind(connection, tenant_id)
            yield Work(connection, tenant_id, self._remembered)
        except BaseException:
            connection.close()
            raise
        self._keeping.keep(connection)

    @contextmanager
    def unit_of_work(self, tenant_id: int, *, locked: bool = False) -> Iterator[Work]:
        """Open a transaction for a tenant; commit it at the end, undo all of it on any exception."""
        with self.reading(tenant_id) as work, work.transaction():
            if locked:
                work.lock()
            yield work

    @contextmanager
    def tenants(self, *, reading: bool = False) -> Iterator[Tenants]:
        """Open a transaction on the table of tenants, which belongs to no tenant; reading needs none."""
        with self.engine.connect() as connection, nullcontext() if reading else transaction(connection):
            yield Tenants(connection)

    def _bind(self, connection: Connection, tenant_id: int) -> None:
        """Tell PostgreSQL whose rows this connection may see (row-level security)."""
        if self._isolates and connection.info.get("tenant_id") != tenant_id:
            connection.exec_driver_sql("SELECT set_config('scim_lifecycle.tenant', %s, false)", (str(tenant_id),))
            connection.info["tenant_id"] = tenant_id

    def scrub(self) -> None:
        """Leave nothing of deleted rows in the file of SQLite, nor in its log; PostgreSQL cleans up by itself."""
        if self._isolates:
            return
        with self.engine.connect() as connection:
            for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                connection.exec_driver_sql(statement)

    def close(self) -> None:
        """Close the idle connections of the pool."""
        self._keeping.close()
        self.engine.dispose()
