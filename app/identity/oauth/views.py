"""Serve the authorization server of each tenant."""

from datetime import timedelta

from flask import Blueprint, Response
from flask.sansio.blueprints import BlueprintSetupState

from app.identity import throttle, trusting, usage
from app.identity.key_sets import KeySets
from app.identity.oauth.admission import client_admitted
from app.identity.oauth.forms import form, required
from app.identity.oauth.grants import GRANT_TYPE, grant, granted_scope
from app.identity.oauth.metadata import described
from app.identity.oauth.refusing import OAuthRefused, answer, install
from app.identity.publishing import known, published
from app.identity.signing import Signing
from app.runtime import EXTENSION, runtime

blueprint = Blueprint("authorization", __name__)
install(blueprint)


@blueprint.record_once
def _remember(state: BlueprintSetupState) -> None:
    """Remember the keys of others, the counts and the uses once a process."""
    here = state.app.extensions[EXTENSION]
    state.app.extensions[throttle.EXTENSION] = throttle.Throttle(here.settings)
    usage.install(state.app)
    state.app.extensions[trusting.EXTENSION] = KeySets(here.outbound.fetch_json, here.clock)


@blueprint.get("/.well-known/oauth-authorization-server/t/<tenant>")
def show_metadata(tenant: str) -> Response:
    """Return the metadata of a tenant's authorization server (RFC 8414 §3)."""
    known(tenant)
    return published(described(runtime().settings.public_url, tenant), "application/json")


@blueprint.get("/t/<tenant>/jwks.json")
def show_keys(tenant: str) -> Response:
    """Return the public keys of a tenant (RFC 7517 §5)."""
    keys = Signing.of(runtime()).jwks(known(tenant))
    return published(keys, "application/jwk-set+json")


@blueprint.post("/t/<tenant>/oauth/token")
def answer_token(tenant: str) -> Response:
    """Grant an access token to a connection (RFC 6749 §4.4)."""
    here, parameters = runtime(), form()
    lifetime = timedelta(seconds=here.settings.access_token_lifetime_s)
    with client_admitted(tenant, parameters) as (client, work):
        if required(parameters, "grant_type") != GRANT_TYPE:
            raise OAuthRefused(400, "unsupported_grant_type", f"The one grant_type here is {GRANT_TYPE}.")
        scope = granted_scope(client, parameters.get("scope"))
        with work.transaction():
            granted = grant(work, client, scope, here.clock.now(), lifetime)
    return answer(200, granted)
