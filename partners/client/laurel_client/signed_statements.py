"""What the gateway states in writing: a compact JWS (RFC 7515) of one type, under one of its published keys."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from laurel_client.errors import BadReply


def signed_claims(signed: str, jwks: Mapping[str, Any], *, typ: str) -> dict[str, Any]:
    """Return what a statement of a type says. `jwks` is the content of `/.well-known/jwks.json`.

    Raises:
        BadReply: it is no such statement, or none of these keys signed it.
    """
    try:
        protected, payload, signature = signed.split(".")
        header = json.loads(base64url_decoded(protected))
        [key] = [each for each in jwks["keys"] if each["kid"] == header["kid"] and each.get("crv") == "Ed25519"]
        if (header["typ"], header["alg"]) != (typ, "EdDSA"):
            raise ValueError("another kind of token")
        public = Ed25519PublicKey.from_public_bytes(base64url_decoded(key["x"]))
        public.verify(base64url_decoded(signature), f"{protected}.{payload}".encode())
        claims: dict[str, Any] = json.loads(base64url_decoded(payload))
    except (KeyError, TypeError, ValueError, InvalidSignature):
        raise BadReply(f"This is no {typ} that one of these keys signed.") from None
    return claims


def base64url_decoded(text: str) -> bytes:
    """Return the bytes of unpadded base64url (RFC 7515 section 2), or raise ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
