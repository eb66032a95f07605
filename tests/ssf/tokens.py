"""Read SETs as a receiver does that knows nothing of us: by PyJWT, by jose under node, and by the JSON Schema."""

import json
import subprocess
from functools import cache
from typing import Any

import jwt
from jsonschema import Draft202012Validator

from tests.architecture import ROOT
from tests.ssf.conftest import Party

SCHEMA = ROOT / "schemas" / "sets" / "set.json"


@cache
def shape() -> Draft202012Validator:
    """Return what judges the claims of a SET."""
    document = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document)


def read(party: Party, token: str, audience: str | None = None) -> dict[str, Any]:
    """Return the claims of a SET that is all it must be (SSF 1.0 §4, CAEP Interoperability Profile §2)."""
    configuration = party.web.ask("GET", f"/.well-known/ssf-configuration/t/{party.tenant.slug}").body
    keys = party.web.ask("GET", configuration["jwks_uri"]).body["keys"]
    header = jwt.get_unverified_header(token)
    key = next(jwt.PyJWK(key) for key in keys if key["kid"] == header["kid"])
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        audience=audience or party.client_id,
        issuer=party.issuer,
        # the clock of the tests stands still, so that only ours can say whether iat is in the future
        options={"verify_iat": False, "require": ["iss", "iat", "jti", "aud"]},
    )
    assert (header["typ"], header["alg"]) == ("secevent+jwt", "RS256")
    assert claims["iat"] <= party.tenant.runtime.clock.now().timestamp()
    assert not {"sub", "exp"} & claims.keys()
    assert [error.message for error in shape().iter_errors(claims)] == []
    return claims


def event(claims: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the one event of a SET."""
    ((signal, payload),) = claims["events"].items()
    return signal, payload


def read_by_jose(folder: str, token: str, keys: Any, issuer: str, audience: str) -> dict[str, Any]:
    """Return the claims as jose under node reads them."""
    script = """
        import { createLocalJWKSet, jwtVerify } from 'jose';
        const [token, keys, issuer, audience] = process.argv.slice(1);
        const options = { issuer, audience, typ: 'secevent+jwt', algorithms: ['RS256'] };
        const { payload } = await jwtVerify(token, createLocalJWKSet(JSON.parse(keys)), options);
        console.log(JSON.stringify(payload));
    """
    command = ["node", "--input-type=module", "-e", script, "--", token, json.dumps(keys), issuer, audience]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=True)
    claims: dict[str, Any] = json.loads(done.stdout)
    return claims
