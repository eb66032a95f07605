"""Tokens that are verified, and every way in which one is not what it must be."""

from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import KeySet

from app.identity.jwts import ALGORITHMS, Expected, InvalidJwt, UnknownKey, looks_like_jwt, peek, single_use, verified
from app.identity.key_sets import checked_keys, usable_keys
from tests.clock import START
from tests.identity.oauth_clients import NOW, confused, ec, public, rsa, signed, unsigned

ME, ISSUER = "https://scim.example.com/t/acme", "https://idp.example.com"
EXPECTED = Expected(ISSUER, ME, frozenset({None, "jwt"}), lifetime=timedelta(minutes=5))
SOLE = Expected(ISSUER, ME, frozenset({None, "jwt"}), sole_audience=True)
CLAIMED = Expected(ISSUER, ME, frozenset({None, "jwt"}), claims={"appid": "a", "oid": None})
GOOD = {"iss": ISSUER, "aud": ME, "iat": NOW, "exp": NOW + 60}


def keys() -> KeySet:
    """Return the keys that the issuer publishes."""
    return usable_keys(public(rsa(), ec()))


def refusal(token: str, expected: Expected = EXPECTED) -> str:
    """Return why a token is refused."""
    with pytest.raises(InvalidJwt) as caught:
        verified(token, keys(), expected, START)
    said = str(caught.value)
    assert said.isascii()
    assert '"' not in said
    return said


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"aud": ["other", ME]},
        {"iat": None},
        {"exp": NOW - 59},
        {"iat": NOW + 60},
        {"nbf": NOW + 60},
        {"exp": NOW + 0.5},
    ],
)
def test_a_token_that_is_all_it_must_be_is_verified(changed: dict[str, Any]) -> None:
    """A clock may be a minute off; the audience may be one of several."""
    claims = {**GOOD, **changed}
    assert verified(signed(claims), keys(), EXPECTED, START)["iss"] == ISSUER


def test_signatures_on_curves_are_verified_too() -> None:
    """The key named in the header is the one that is used."""
    assert verified(signed(GOOD, ec()), keys(), EXPECTED, START)["aud"] == ME


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"exp": NOW - 60}, "expired"),
        ({"exp": None}, "lacks"),
        ({"exp": "tomorrow"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": 10**30}, "too long"),
        ({"exp": NOW + 361}, "too long"),
        ({"iat": NOW + 61}, "iat"),
        ({"iat": NOW - 361}, "too long ago"),
        ({"iat": "now"}, "iat"),
        ({"nbf": NOW + 61}, "nbf"),
        ({"iss": "https://evil.example.com"}, "iss"),
        ({"iss": None}, "lacks"),
        ({"iss": [ISSUER]}, "iss"),
        ({"aud": ME + "/"}, "aud"),
        ({"aud": None}, "lacks"),
        ({"aud": []}, "aud"),
        ({"aud": {"a": ME}}, "aud"),
    ],
)
def test_a_claim_that_is_not_as_expected_is_named(changed: dict[str, Any], why: str) -> None:
    """Expired, of the future, for another, from another, without an end: each is refused."""
    assert why in refusal(signed({**GOOD, **changed}))


def test_algorithms_are_never_confused() -> None:
    """Neither none, nor HMAC with the public key as secret, nor what was not asked for (RFC 8725 §3.1)."""
    only_ec = Expected(ISSUER, ME, EXPECTED.types, algorithms=("ES256",))
    assert "signature" in refusal(unsigned(GOOD))
    assert "signature" in refusal(confused(GOOD))
    assert "signature" in refusal(confused(GOOD, "DER"))
    assert "signature" in refusal(signed(GOOD, rsa(), alg="RS256"), only_ec)
    assert not {"none", "HS256", "HS384", "HS512"} & set(ALGORITHMS)


def test_a_changed_token_is_refused() -> None:
    """Other claims under the same signature, a signature by another key of that name, no signature at all."""
    head, claims, signature = signed(GOOD).split(".")
    other = signed({**GOOD, "sub": "admin"}).split(".")[1]
    assert "signature" in refusal(f"{head}.{other}.{signature}")
    assert "signature" in refusal(f"{head}.{claims}.")
    assert "signature" in refusal(signed(GOOD, rsa("two"), kid="one"))


def test_an_unknown_key_is_told_apart() -> None:
    """So that the key set may be asked for again."""
    with pytest.raises(UnknownKey):
        verified(signed(GOOD, rsa("two")), keys(), EXPECTED, START)


@pytest.mark.parametrize("typ", ["logout+jwt", "secevent+jwt", "at+jwt", "", "JWT2", "application/logout+jwt"])
def test_a_token_of_another_type_is_refused(typ: str) -> None:
    """An event or a logout token of the same issuer is no access token (RFC 8725 §3.11)."""
    assert "typ" in refusal(signed(GOOD, typ=typ))


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "application/jwt"])
def test_the_type_is_compared_as_a_media_type(typ: str | None) -> None:
    """In any case, with or without its prefix (RFC 7515 §4.1.9)."""
    assert verified(signed(GOOD, typ=typ), keys(), EXPECTED, START)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "ey..",
        "a.b.c",
        "ey.ey.ey",
        "not a token",
        "é.é.é",
        "eyJhbGciOiJSUzI1NiJ9.bnVsbA.",
        "x" * 20_000,
        "e30.e30.",
        "\ud800",
    ],
)
def test_what_cannot_be_read_is_refused(token: str) -> None:
    """Neither a text that is no JWT, nor a claims set that is no object, nor one of 20 kB breaks anything."""
    refusal(token)


def test_a_token_for_others_too_is_refused_where_it_must_be_ours_alone() -> None:
    """An assertion sent to us must be worth nothing elsewhere (RFC 10070)."""
    for audience in ([ME, "other"], ["other", ME], [ME, ME]):
        assert "aud" in refusal(signed({**GOOD, "aud": audience}), SOLE)
    for good in (ME, [ME]):
        assert verified(signed({**GOOD, "aud": good}), keys(), SOLE, START)


def test_required_claims_must_be_there() -> None:
    """With their value, or with any value where none is named."""
    assert verified(signed({**GOOD, "appid": "a", "oid": "x"}), keys(), CLAIMED, START)
    for wrong in ({"appid": "b", "oid": "x"}, {"appid": "a"}, {"oid": "x"}, {"appid": ["a"], "oid": "x"}):
        assert "claim" in refusal(signed({**GOOD, **wrong}), CLAIMED)


@pytest.mark.parametrize("jti", [None, "", 7, "j" * 256, "a\x00"])
def test_a_token_for_one_use_needs_an_id(jti: Any) -> None:
    """Of a length that can be remembered."""
    with pytest.raises(InvalidJwt, match="jti"):
        single_use({**GOOD, "jti": jti})


def test_an_id_is_remembered_until_the_token_is_refused_anyway() -> None:
    """That is a minute after its end, since a clock may be so much off."""
    assert single_use({**GOOD, "jti": "x"}) == ("x", START + timedelta(seconds=120))


def test_a_jwt_is_told_from_our_tokens_by_its_form() -> None:
    """Two dots, and the beginning of a JSON object."""
    assert looks_like_jwt(signed(GOOD))
    assert not looks_like_jwt("scimlc_scim_ey")
    assert peek(signed(GOOD)).kid == "one"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (None, "JWK Set"),
        ({"keys": {}}, "JWK Set"),
        ({"keys": []}, "public RSA key"),
        ({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "one"}]}, "public RSA key"),
        ({"keys": [{"kty": "RSA", "n": "x"}, 7, None]}, "public RSA key"),
        ({"keys": [{**rsa().as_dict(private=False), "n": "n" * 171}]}, "2048"),
        ({"keys": [{**rsa().as_dict(private=False), "use": "enc"}]}, "public RSA key"),
        ({"keys": [rsa().as_dict(private=True)]}, "public keys only"),
        ({"keys": [rsa().as_dict(private=False)] * 2}, "kid of its own"),
        ({"keys": [{}] * 51}, "at most 50"),
    ],
)
def test_keys_that_prove_nothing_are_not_taken(document: Any, why: str) -> None:
    """Symmetric, weak, private or no keys at all."""
    with pytest.raises(ValueError, match=why):
        checked_keys(document)
