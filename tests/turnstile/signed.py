"""Cards and status lists as the city signs them, under keys of the tests."""

import base64
import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
KEY, STRANGER = (Ed25519PrivateKey.from_private_bytes(bytes([each]) * 32) for each in (1, 2))
URI = "https://laurel.example.org/status-lists/transit"


def encoded(raw: bytes) -> str:
    """Return unpadded base64url."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


KEYS = {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": encoded(KEY.public_key().public_bytes_raw())}]}


def card(key: Ed25519PrivateKey = KEY, *, typ: str = "pass+jwt", kid: str = "k", **changes: Any) -> str:
    """Return a card that is good until a minute after `NOW`, but for the claims that a test changes."""
    claims = {
        "iss": "city",
        "aud": "transit",
        "jti": "j",
        "exp": int(NOW.timestamp()) + 60,
        "status": {"status_list": {"idx": 1, "uri": URI}},
        **changes,
    }
    return signed(claims, key, typ=typ, kid=kid)


def signed(claims: Mapping[str, Any], key: Ed25519PrivateKey, *, typ: str, kid: str = "k") -> str:
    """Return a JWS as the city makes them."""
    header = {"alg": "EdDSA", "typ": typ, "kid": kid}
    text = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"
    return f"{text}.{encoded(key.sign(text.encode()))}"


def list_of(issued_at: datetime, *, key: Ed25519PrivateKey = KEY, bits: bytes = bytes(2)) -> str:
    """Return a status list that is good for an hour."""
    at = int(issued_at.timestamp())
    lst = {"bits": 1, "lst": encoded(zlib.compress(bits))}
    claims = {"sub": URI, "iat": at, "exp": at + 3600, "ttl": 300, "status_list": lst}
    return signed(claims, key, typ="statuslist+jwt")
