"""Other people's clients, unmodified: what a partner takes off the shelf signs in, verifies and redeems."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import pytest
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from tests import node
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Wire

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("sqlite-sandbox")]

KIND, RIDE = "transit-turnstile", "transit-discount"
TURNSTILE = node.HERE / "turnstile.mjs"
KEYS: Mapping[str, Callable[[], ECKey | OKPKey | RSAKey]] = {
    "ES256": lambda: ECKey.generate_key("P-256"),
    "Ed25519": lambda: OKPKey.generate_key("Ed25519"),
    "PS256": lambda: RSAKey.generate_key(2048),
}


@pytest.mark.parametrize("algorithm", KEYS)
async def test_a_turnstile_of_openid_client_dpop_and_jose(sqlite_sandbox: Sandbox, algorithm: str) -> None:
    key, partner = KEYS[algorithm](), sqlite_sandbox.partner_file(KIND)
    await sqlite_sandbox.steward.add_key(partner, _members(key, private=False), scopes="verify redeem")
    [issued] = await sqlite_sandbox.steward.resident("transit")
    did = node.run(
        TURNSTILE,
        environment={
            "ISSUER": partner["issuer"],
            "CLIENT_ID": partner["client_id"],
            "KEY": json.dumps(_members(key, private=True)),
            "ALG": algorithm,
            "PASS": issued.token,
            "REWARD": RIDE,
            "VERIFY": partner["documents"]["VerifyPass"]["text"],
            "REDEEM": partner["documents"]["RedeemReward"]["text"],
        },
    )
    assert did["metadata"]["token_endpoint"] == partner["token_endpoint"]  # found, not told
    assert did["granted"] == {"token_type": "dpop", "expires_in": 300, "scope": "redeem verify"}
    assert did["verdict"] == "Eligible"
    _is_recorded_once_and_never_unbound(did["redeemed"])
    assert did["jose"]["header"]["typ"] == "at+jwt"
    assert did["jose"]["claims"]["cnf"] == {"jkt": key.thumbprint()} == {"jkt": did["kid"]}
    assert did["jose"]["refused"] == {
        "typ": "ERR_JWT_CLAIM_VALIDATION_FAILED",
        "issuer": "ERR_JWT_CLAIM_VALIDATION_FAILED",
        "audience": "ERR_JWT_CLAIM_VALIDATION_FAILED",
        "algorithms": "ERR_JOSE_ALG_NOT_ALLOWED",
    }


def _members(key: ECKey | OKPKey | RSAKey, *, private: bool) -> dict[str, str]:
    return {name: str(value) for name, value in key.as_dict(private=private).items() if name != "kid"}


def _is_recorded_once_and_never_unbound(answers: dict[str, Any]) -> None:
    [unbound] = answers["unbound"]["errors"]
    assert unbound["extensions"] == {"code": "CONTENT_DIGEST_REQUIRED"}
    first, again = (answers[name]["data"]["redeemReward"] for name in ("first", "again"))
    assert (first["status"], first["replayed"]) == ("REDEEMED", False)
    assert again == {**first, "replayed": True}
    assert answers["altered"]["status"] == 401


async def test_authlib_takes_our_access_token_for_what_it_is(sqlite_sandbox: Sandbox) -> None:
    with Wire(sqlite_sandbox.partner(KIND)) as wire:
        token, issuer = wire.token, wire.credentials.issuer
        metadata = wire.http.get(f"{issuer}/.well-known/oauth-authorization-server").json()
    keys = httpx2.get(metadata["jwks_uri"], trust_env=False).json()
    ours, others = ResourceServer(keys, issuer, issuer), ResourceServer(keys, issuer, "https://elsewhere.example")
    claims = ours.authenticate_token(token)
    ours.validate_token(claims, ["verify"], None)
    assert (claims["client_id"], claims.header["typ"]) == (wire.credentials.client_id, "at+jwt")
    with pytest.raises(Exception, match="invalid_token"):
        others.validate_token(others.authenticate_token(token), ["verify"], None)
    with pytest.raises(Exception, match="insufficient_scope"):
        ours.validate_token(claims, ["settle"], None)
    with pytest.raises(Exception, match="invalid_token"):
        ours.authenticate_token(f"{token[:-4]}AAAA")


class ResourceServer(JWTBearerTokenValidator):  # type: ignore[misc]
    """Somebody else's resource server, which knows the gateway by its published keys."""

    def __init__(self, keys: dict[str, Any], issuer: str, audience: str) -> None:
        super().__init__(issuer, audience)
        self._keys = keys

    def get_jwks(self) -> KeySet:
        """Return the keys that the gateway publishes."""
        return KeySet.import_key_set(self._keys)  # type: ignore[arg-type]
