"""Turn the Authorization header of a request into a principal (RFC 6750), with Authlib's resource protector.

Only the header is ever looked at: a token in a query or a body authenticates nobody.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NoReturn, cast

from authlib.oauth2 import OAuth2Error, ResourceProtector
from authlib.oauth2.rfc6749 import InvalidRequestError, MissingAuthorizationError
from authlib.oauth2.rfc6750 import BearerTokenValidator, InvalidTokenError

from app.db.prepared import Asked
from app.db.records import Holder
from app.db.tenants import ACTIVE
from app.db.work import Work
from app.identity import scopes
from app.identity.binding import has_access
from app.identity.jwts import InvalidJwt, looks_like_jwt
from app.identity.key_sets import KeysUnavailable
from app.identity.principals import Principal, principal_of
from app.identity.scopes import Door
from app.identity.throttle import Throttle, Throttled, throttle
from app.identity.tokens import token_hash
from app.identity.trusting import external
from app.identity.usage import usage
from app.runtime import runtime

REALM = "SCIM Lifecycle"
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
SCHEME = "bearer"
ADMITTED: Mapping[Door, tuple[str, ...]] = MappingProxyType(
    {"scim": ("scim", "access"), "api": ("api",), "ssf": ("access",)}
)
"""Which credentials open which door."""
Following = Callable[[Work], Asked | None]


class AuthenticationFailed(Exception):  # noqa: N818
    """Say why a request is refused: ``status`` 400, 401, 403, 429 or 503, the OAuth ``error`` code if there is one.

    ``headers`` are those that the answer must carry: the challenge (RFC 6750 §3), or when to try again, in seconds.
    """

    def __init__(
        self,
        status: int,
        error: str | None,
        description: str,
        scope: str | None = None,
        *,
        retry_after: int | None = None,
    ) -> None:
        self.status = status
        self.error = error
        self.description = description
        self.www_authenticate = _challenge(error, description, scope)
        if retry_after is None:
            self.headers = {"WWW-Authenticate": self.www_authenticate}
        else:
            self.headers = {"Retry-After": str(retry_after)}
        super().__init__(f"{status} {error or 'no credentials'}: {description}")


class DirectorySuspended(AuthenticationFailed):
    """Refuse an identity provider whose token is good while its tenant is suspended; no challenge helps."""

    def __init__(self, principal: Principal) -> None:
        super().__init__(403, "directory_suspended", "The directory is suspended. Retry once it has been resumed.")
        self.headers = {}
        self.principal = principal


@contextmanager
def admitted(
    authorization: str | None, tenant: str, *, kind: Door, following: Following | None = None
) -> Iterator[tuple[Principal, Work]]:
    """Open a unit of work of the tenant for whoever presents this header to it, or raise AuthenticationFailed.

    ``following`` says what will be read next, to be asked in the same statement; nobody sees it who is not admitted.
    The unit of work reads; what writes opens its `Work.transaction`, so that no caller unknown to us ever holds a lock.
    """
    here = runtime()
    tenant_id = here.tenant_id(tenant) if SLUG.fullmatch(tenant) else None
    counts, now = throttle(), here.clock.now()
    if counts.slows:
        _hold_back(counts, tenant_id, authorization, now)
    with nullcontext() if tenant_id is None else here.database.reading(tenant_id) as work:
        presentation = _Presentation(authorization, tenant, kind, work, now, following)
        principal = _counted(presentation, tenant_id, counts)
        usage().note(principal.tenant_id, principal.id)
        yield principal, cast("Work", work)


def authenticate(authorization: str | None, tenant: str, *, kind: Door) -> Principal:
    """Return who presents this Authorization header to this tenant, or raise AuthenticationFailed."""
    with admitted(authorization, tenant, kind=kind) as (principal, _):
        return principal


def _hold_back(counts: Throttle, tenant_id: int | None, authorization: str | None, now: datetime) -> None:
    try:
        counts.hold_back(tenant_id, authorization, now.timestamp())
    except Throttled as throttled:
        raise _too_fast(throttled) from throttled


def _too_fast(throttled: Throttled) -> AuthenticationFailed:
    """Refuse whoever asks too often (RFC 6585 §4)."""
    return AuthenticationFailed(429, "too_many_requests", str(throttled), retry_after=throttled.retry_after)


def _counted(presentation: "_Presentation", tenant_id: int | None, counts: Throttle) -> Principal:
    """Authenticate, and count: requests of connections, and the failures of everybody."""
    now = presentation.now.timestamp()
    try:
        principal = _authenticated(presentation)
        counts.succeeded(presentation.authorization)
        if principal.kind == "connection":
            counts.request(principal.tenant_id, principal.connection_id, now)
    except AuthenticationFailed as failure:
        if failure.status in {400, 401} and (throttled := counts.failed(tenant_id, now)):
            raise _too_fast(throttled) from failure
        raise
    except Throttled as throttled:
        raise _too_fast(throttled) from throttled
    if principal.suspended and presentation.kind == "scim":
        raise DirectorySuspended(principal)
    return principal


def _authenticated(presentation: "_Presentation") -> Principal:
    try:
        token: _StoredToken | _VerifiedToken = _PROTECTOR.validate_request(None, presentation)
    except MissingAuthorizationError as error:
        raise AuthenticationFailed(401, None, "Send a token in the header: Authorization: Bearer ...") from error
    except KeysUnavailable as error:
        description = "The keys of the issuer of this token cannot be fetched now; retry in a minute."
        raise AuthenticationFailed(503, "temporarily_unavailable", description, retry_after=60) from error
    except OAuth2Error as error:
        raise AuthenticationFailed(error.status_code, error.error, error.get_error_description()) from error
    if not has_access(presentation.work, token.principal.user_id):
        raise AuthenticationFailed(401, "invalid_token", "The user whom this connection stands for has no access.")
    return token.principal


def require_scope(principal: Principal, *any_of: str) -> None:
    """Raise AuthenticationFailed (403) unless the principal has one of the scopes; the first is the one named."""
    if principal.scopes.isdisjoint(any_of):
        description = f"The access token lacks the scope {any_of[0]}."
        raise AuthenticationFailed(403, "insufficient_scope", description, any_of[0])


def _challenge(error: str | None, description: str, scope: str | None) -> str:
    """Write the header; without credentials it carries no error code (RFC 6750 §3.1)."""
    fields = {"realm": REALM}
    if error:
        fields |= {"error": error, "error_description": description}
    if scope:
        fields["scope"] = scope
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in fields.items())


@dataclass(frozen=True, slots=True)
class _Presentation:
    """What a request shows, and to whom: all that the protector reads of it."""

    authorization: str | None
    tenant: str
    kind: Door
    work: Work | None
    now: datetime
    following: Following | None


@dataclass(frozen=True, slots=True)
class _StoredToken:
    """A credential as Authlib asks about it."""

    holder: Holder
    principal: Principal
    now: datetime

    def is_expired(self) -> bool:
        expires_at = self.holder.credential.expires_at
        return expires_at is not None and expires_at <= self.now

    def is_revoked(self) -> bool:
        return bool(self.holder.credential.revoked_at or self.holder.connection_revoked_at)

    def get_scope(self) -> str:
        return self.holder.credential.scopes


@dataclass(slots=True)
class _StoredTokens(BearerTokenValidator):  # type: ignore[misc]
    """Find the token of one presentation among those of the tenant it is shown to."""

    presentation: _Presentation
    bare: bool
    realm: str = REALM
    extra_attributes: None = None

    def authenticate_token(self, token_string: str) -> _StoredToken | None:
        """Return the stored token; an unknown tenant and a token of another kind look like an unknown token."""
        shown = self.presentation
        if shown.work is None:
            return None
        following = None if shown.following is None else shown.following(shown.work)
        holder = shown.work.credentials.holder(token_hash(token_string), following)
        if holder is None or holder.credential.kind not in ADMITTED[shown.kind]:
            return None
        shown.work.policies.version = holder.policy_version
        return _StoredToken(holder, principal_of(holder, shown.work.tenant_id, shown.tenant, bare=self.bare), shown.now)


@dataclass(slots=True)
class _TrustedTokens(BearerTokenValidator):  # type: ignore[misc]
    """Verify the JWT of one presentation by what the connections of the tenant trust."""

    presentation: _Presentation
    bare: bool
    realm: str = REALM
    extra_attributes: None = None

    def authenticate_token(self, token_string: str) -> "_VerifiedToken | None":
        """Return the connection that the token speaks for; whoever may know it is told what is wrong with it."""
        shown = self.presentation
        if shown.work is None:
            return None
        try:
            trusted = external(shown.work, token_string, shown.now)
        except InvalidJwt as invalid:
            raise InvalidTokenError(description=str(invalid)) from invalid
        shown.work.policies.version = trusted.policy_version
        connection = trusted.connection
        return _VerifiedToken(
            Principal(
                kind="connection",
                tenant_id=shown.work.tenant_id,
                tenant=shown.tenant,
                id=connection.id,
                connection_id=connection.id,
                name=connection.name,
                dialect=connection.dialect,
                scopes=scopes.parse(connection.scopes),
                bare=self.bare,
                user_id=connection.user_id,
                suspended=trusted.tenant_state != ACTIVE,
            )
        )


@dataclass(frozen=True, slots=True)
class _VerifiedToken:
    """A JWT that was verified in all that Authlib asks about."""

    principal: Principal

    def is_expired(self) -> bool:
        return False

    def is_revoked(self) -> bool:
        return False

    def get_scope(self) -> str:
        return " ".join(self.principal.scopes)


class _HeaderProtector(ResourceProtector):  # type: ignore[misc]
    """Read the header more strictly than Authlib does, and let a token come without its scheme."""

    def parse_request_authorization(self, request: _Presentation) -> tuple[Any, str]:
        """Return the validator for this presentation and the token in it."""
        scheme, _, token = (request.authorization or "").strip().partition(" ")
        bare = not token and bool(scheme) and scheme.lower() != SCHEME and request.kind == "scim"
        token = scheme if bare else token.strip()
        if not token or not (bare or scheme.lower() == SCHEME):
            raise MissingAuthorizationError
        if not TOKEN.fullmatch(token):
            _refuse_malformed(token)
        if looks_like_jwt(token) and request.kind == "scim":
            return _TrustedTokens(request, bare), token
        return _StoredTokens(request, bare), token


def _refuse_malformed(token: str) -> NoReturn:
    """Tell two tokens, which a server joins by a comma, from one that is no token (RFC 6750 §3.1)."""
    if "," in token:
        raise InvalidRequestError("Send one Authorization header with one token.")
    raise InvalidTokenError


_PROTECTOR = _HeaderProtector()
