"""What a client has to know of the issuer: its metadata (RFC 8414) and its public keys (RFC 7517)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.auth.jws import ALGORITHM_NAMES
from gateway.auth.keyring import Keyring
from gateway.auth.sign_in import GRANT_TYPE, TOKEN_PATH
from gateway.domain.partners import PARTNER_SCOPES

METADATA_PATH = "/.well-known/oauth-authorization-server"
JWKS_PATH = "/.well-known/jwks.json"

FRESH_SECONDS = 300
"""How long either may be kept; a `next` key is published long before it signs."""

_FRESH = {"Cache-Control": f"public, max-age={FRESH_SECONDS}"}


def metadata_route(issuer: str) -> Route:
    """Return the route of the server's metadata (RFC 8414 section 2). `issuer` is the configured public address.

    `response_types_supported` is required and may not be empty for all clients; there being no authorization
    endpoint, it says `none`, the registered word for a response without anything.
    """
    metadata = {
        "issuer": issuer,
        "token_endpoint": issuer + TOKEN_PATH,
        "jwks_uri": issuer + JWKS_PATH,
        "scopes_supported": sorted(PARTNER_SCOPES),
        "response_types_supported": ["none"],
        "grant_types_supported": [GRANT_TYPE],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHM_NAMES),
        "dpop_signing_alg_values_supported": list(ALGORITHM_NAMES),
    }

    async def endpoint(_: Request) -> Response:
        return JSONResponse(metadata, headers=_FRESH)

    return Route(METADATA_PATH, endpoint, methods=["GET"])


def jwks_route(keyring: Keyring) -> Route:
    """Return the route of the public keys that what the gateway signs can be verified with, the next ones too."""

    async def endpoint(_: Request) -> Response:
        return JSONResponse({"keys": keyring.public_jwks()}, headers=_FRESH)

    return Route(JWKS_PATH, endpoint, methods=["GET"])
