"""Signing for a tenant, its key set, and the change of keys."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc import jws, jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet
from sqlalchemy import text

from app.identity.signing import Signing
from app.lifecycle.commands import Actor
from tests.clock import FixedClock
from tests.service import TenantUnderTest

OPERATOR = Actor("operator", None, "test", "cli")
TYP = "secevent+jwt"


@pytest.fixture
def signing(acme: TenantUnderTest) -> Signing:
    """Return what signs for tenants."""
    return Signing.of(acme.runtime)


def published(client: FlaskClient, tenant: str = "acme") -> dict[str, Any]:
    """Return the key set as the world reads it."""
    answer: dict[str, Any] = client.get(f"/t/{tenant}/jwks.json").get_json(force=True)
    return answer


def verified(token: str, keys: dict[str, Any]) -> dict[str, Any]:
    """Return the claims of a token that these keys prove."""
    return jwt.decode(token, KeySet.import_key_set(keys), ["RS256"]).claims  # type: ignore[arg-type]


def kid_of(token: str) -> str:
    """Return the key that a token names."""
    return str(jws.extract_compact(token.encode()).headers()["kid"])


def test_what_is_signed_is_proven_by_the_published_keys(
    signing: Signing, acme: TenantUnderTest, client: FlaskClient
) -> None:
    """The first use makes a key; header and key set name it, and nothing private is published."""
    token = signing.sign(acme.id, {"iss": "me"}, TYP)
    keys = published(client)
    assert verified(token, keys) == {"iss": "me"}
    assert jws.extract_compact(token.encode()).headers() == {"alg": "RS256", "typ": TYP, "kid": keys["keys"][0]["kid"]}
    assert [sorted(key) for key in keys["keys"]] == [["alg", "e", "kid", "kty", "n", "use"]]
    assert len(keys["keys"][0]["n"]) >= 342


def test_the_key_set_may_be_kept_for_a_while(acme: TenantUnderTest, client: FlaskClient) -> None:
    """Readers keep it for ten minutes, and ask again with its ETag."""
    first = client.get("/t/acme/jwks.json")
    assert (first.status_code, first.mimetype) == (200, "application/jwk-set+json")
    assert first.headers["Cache-Control"] == "public, max-age=600"
    again = client.get("/t/acme/jwks.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_an_unknown_tenant_has_no_keys(client: FlaskClient) -> None:
    """Nothing is made for it."""
    assert [client.get(f"/t/{name}/jwks.json").status_code for name in ("nobody", "A'")] == [404, 404]


def test_tenants_have_their_own_keys(
    signing: Signing, acme: TenantUnderTest, globex: TenantUnderTest, client: FlaskClient
) -> None:
    """What one tenant signed, the keys of another do not prove."""
    token = signing.sign(acme.id, {}, TYP)
    with pytest.raises(InvalidKeyIdError):
        verified(token, published(client, "globex"))


def test_a_new_key_is_published_before_it_signs(
    signing: Signing, acme: TenantUnderTest, client: FlaskClient, clock: FixedClock
) -> None:
    """For an hour the old key goes on signing, and for a week after that it is still published."""
    old = signing.sign(acme.id, {}, TYP)
    key = signing.rotate(acme.id, OPERATOR)
    before = published(client)
    assert kid_of(signing.sign(acme.id, {}, TYP)) == kid_of(old)
    clock.advance(hours=1)
    new = signing.sign(acme.id, {}, TYP)
    assert kid_of(new) == key.kid != kid_of(old)
    assert verified(new, before) == {}
    clock.advance(days=6)
    assert verified(old, published(client)) == {}
    clock.advance(days=1)
    assert [shown["kid"] for shown in published(client)["keys"]] == [key.kid]


def test_a_leaked_key_is_withdrawn_at_once(
    signing: Signing, acme: TenantUnderTest, client: FlaskClient, clock: FixedClock
) -> None:
    """Nobody can prove with it any more, and it is deleted at the next change."""
    leaked = signing.sign(acme.id, {}, TYP)
    clock.advance(minutes=1)
    key = signing.rotate(acme.id, OPERATOR, at_once=True)
    assert kid_of(signing.sign(acme.id, {}, TYP)) == key.kid
    with pytest.raises(InvalidKeyIdError):
        verified(leaked, published(client))
    signing.rotate(acme.id, OPERATOR)
    with acme.runtime.database.reading(acme.id) as work:
        assert len(work.signing_keys.all()) == 2


def test_a_rotation_leaves_a_trail(signing: Signing, acme: TenantUnderTest) -> None:
    """The audit entry names the key and whoever asked."""
    key = signing.rotate(acme.id, OPERATOR)
    with acme.runtime.database.reading(acme.id) as work:
        (entry,) = work.audit.of(key.kid)
    assert (entry.action, entry.actor_type, entry.detail["kid"]) == ("signing_key.rotated", "operator", key.kid)


def test_private_keys_are_sealed(signing: Signing, acme: TenantUnderTest) -> None:
    """Whoever reads the database can sign nothing."""
    signing.sign(acme.id, {}, TYP)
    with acme.runtime.database.reading(acme.id) as work:
        row = repr(work.connection.execute(text("SELECT * FROM signing_keys")).one())
    assert "v1." in row
    assert '"d"' not in row
