"""What a client learns of the issuer before it signs in."""

from pathlib import Path

import jwt
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gateway.auth import access_tokens
from gateway.domain.partners import Scope
from gateway.web.metadata import jwks_route, metadata_route
from tests.auth.key_home import NOW, Key, load
from tests.auth.machines import ISSUER, TOKEN_URL, machine


def test_the_metadata_says_what_the_token_endpoint_does(tmp_path: Path) -> None:
    client = TestClient(Starlette(routes=[metadata_route(ISSUER)]))
    answer = client.get("/.well-known/oauth-authorization-server", headers={"host": "evil.example"})
    assert answer.headers["cache-control"] == "public, max-age=300"
    algorithms = ["ES256", "EdDSA", "Ed25519", "PS256"]
    assert answer.json() == {
        "issuer": ISSUER,
        "token_endpoint": TOKEN_URL,
        "jwks_uri": f"{ISSUER}/.well-known/jwks.json",
        "scopes_supported": ["redeem", "report", "reverse", "verify"],
        "response_types_supported": ["none"],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "dpop_signing_alg_values_supported": algorithms,
    }


def test_somebody_else_reads_the_metadata_as_rfc_8414_has_it() -> None:
    found = (
        TestClient(Starlette(routes=[metadata_route(ISSUER)]))
        .get("/.well-known/oauth-authorization-server")
        .json()
    )
    AuthorizationServerMetadata(found).validate()
    for name in ("issuer", "token_endpoint", "jwks_uri"):
        with pytest.raises(ValueError, match=name):
            AuthorizationServerMetadata({**found, name: "http://elsewhere.example"}).validate()


def test_the_published_keys_verify_a_token_and_are_public(tmp_path: Path) -> None:
    ring = load(
        tmp_path,
        Key("k1", "access-token"),
        Key("k2", "access-token", state="next"),
        Key("k3", "access-token", state="revoked"),
        Key("p1", "pass"),
    )
    client = TestClient(Starlette(routes=[jwks_route(ring)]))
    jwks = client.get("/.well-known/jwks.json").json()
    assert {key["kid"] for key in jwks["keys"]} == {"k1", "k2", "p1"}
    assert all({"kty", "crv", "kid", "alg", "use"} <= key.keys() and "d" not in key for key in jwks["keys"])
    token = access_tokens.issue(machine().device(), set(Scope), keyring=ring, issuer=ISSUER, now=NOW)
    key = jwt.PyJWKSet.from_dict(jwks)["k1"]
    claims = jwt.decode(token, key, audience=ISSUER, issuer=ISSUER, options={"verify_exp": False})
    assert claims["client_id"] == "grand-theatre"
