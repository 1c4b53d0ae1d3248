"""Public keys in the PEM that `openssl pkey -pubout` writes (RFC 7468 section 13), made into JWKs."""

from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from gateway.domain.errors import NotAuthentic

BEGINNING = "-----BEGIN "


def public_jwk_from_pem(text: str) -> dict[str, object]:
    """Return the JWK of a public key. Whether it is admitted is for `public_key_from_jwk` to say.

    Raises:
        NotAuthentic: `key-private`, `key-type`, or `key-malformed`.
    """
    if "PRIVATE KEY-----" in text:
        raise NotAuthentic("key-private")
    try:
        return dict(_jwk(load_pem_public_key(text.encode())))
    except (ValueError, InvalidKeyError):
        raise NotAuthentic("key-malformed") from None
    except UnsupportedAlgorithm:
        raise NotAuthentic("key-type") from None


def _jwk(key: object) -> dict[str, Any]:
    match key:
        case EllipticCurvePublicKey():
            return ECAlgorithm.to_jwk(key, as_dict=True)
        case Ed25519PublicKey():
            return OKPAlgorithm.to_jwk(key, as_dict=True)
        case RSAPublicKey():
            return RSAAlgorithm.to_jwk(key, as_dict=True)
        case _:
            raise NotAuthentic("key-type")
