"""Signed tokens in compact form (RFC 7515): from an untrusted string to checked claims, in two separate steps.

`parse` applies a policy to the token's form, `verify` a key that the caller trusts; neither is enough alone, and a
policy that asks for nothing refuses everything. Which claims a kind of token has, and what they must say, is for
that kind's module to check after both.

    text ── parse(policy) ──▶ Envelope ── verify(key) ──▶ claims

The checks follow RFC 8725 (BCP 225): the type is explicit, the algorithm is the key's and not the header's to
choose, and no header can name a key to fetch.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAPSSAlgorithm

from gateway.auth import base64url, strict_json
from gateway.auth.jwk import KID, PublicKey, SigningKey
from gateway.domain.errors import ClockSkew, NotAuthentic

ALGORITHM_NAMES = {"ES256": "ES256", "EdDSA": "EdDSA", "Ed25519": "EdDSA", "PS256": "PS256"}
"""What a header may call each algorithm. RFC 9864 renamed EdDSA on this curve to Ed25519; clients send both."""

CLOCK_SKEW_SECONDS = 10
"""How far two clocks may differ. FAPI 2.0 section 5.3.2.1: accept up to 10 seconds ahead, refuse above 60."""

ALGORITHMS: Mapping[str, Any] = {
    "ES256": ECAlgorithm(ECAlgorithm.SHA256, SECP256R1),
    "EdDSA": OKPAlgorithm(),
    "PS256": RSAPSSAlgorithm(RSAPSSAlgorithm.SHA256),
}


_REGISTERED: Mapping[str, type] = {"iss": str, "sub": str, "jti": str, "exp": int, "nbf": int, "iat": int}
"""Claims that mean the same in every token (RFC 7519 section 4.1). Required ones are for each kind to check."""


class MalformedToken(NotAuthentic):
    """The string is not a token at all: no key was needed to see it."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What one kind of token must look like. Without a `typ` or `required` claims it refuses every token.

    `token_bytes_max` is checked before anything is decoded. `typ_variants` and an absent `typ` pass only where a
    kind says so.
    """

    typ: str
    required: frozenset[str]
    token_bytes_max: int
    header_keys: frozenset[str] = frozenset({"alg", "typ", "kid"})
    typ_variants: tuple[str, ...] = ()
    typ_optional: bool = False


@dataclass(frozen=True, repr=False)
class Envelope:
    """A token of the right form whose signature nobody has checked yet. Nothing of it is in its repr."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signing_input: bytes
    signature: bytes


def parse(token: str, policy: Policy) -> Envelope:
    """Take a token apart.

    Raises:
        MalformedToken: `too-long`, `segments`, `base64` or `json`.
        NotAuthentic: `policy-empty`, `header-key`, `typ`, `kid`, `claim-missing`; `nbf-type` and the like, where
            a claim of RFC 7519 that need not be there is not of its type.
    """
    if not policy.typ or not policy.required:
        raise NotAuthentic("policy-empty")
    if len(token) > policy.token_bytes_max:
        raise MalformedToken("too-long")
    segments = token.split(".")
    if len(segments) != 3 or not all(segments):
        raise MalformedToken("segments")
    try:
        header, claims, signature = (base64url.decode(segment) for segment in segments)
        envelope = Envelope(
            strict_json.loads(header),
            strict_json.loads(claims),
            token.rpartition(".")[0].encode("ascii"),
            signature,
        )
    except NotAuthentic as error:
        raise MalformedToken(error.code) from None
    except strict_json.NotStrict:
        raise MalformedToken("json") from None
    _check(envelope, policy)
    return envelope


def _check(envelope: Envelope, policy: Policy) -> None:
    header = envelope.header
    if not header.keys() <= policy.header_keys:
        raise NotAuthentic("header-key")
    typ = header.get("typ", policy.typ if policy.typ_optional else None)
    if typ not in (policy.typ, *policy.typ_variants):
        raise NotAuthentic("typ")
    if "kid" in header and not (isinstance(header["kid"], str) and KID.fullmatch(header["kid"])):
        raise NotAuthentic("kid")
    if not policy.required <= envelope.claims.keys():
        raise NotAuthentic("claim-missing")
    for name in envelope.claims.keys() & _REGISTERED.keys() - policy.required:
        if type(envelope.claims[name]) is not _REGISTERED[name]:
            raise NotAuthentic(f"{name}-type")


def verify(envelope: Envelope, key: PublicKey) -> Mapping[str, Any]:
    """Return the claims, if the key's owner signed them with the key's one algorithm.

    An ES256 signature is the 64 octets of r and s (RFC 7518 section 3.4). Whoever knows one can make its twin with
    n - s, over the same content; so what is used once is told by its `jti`, never by its signature.

    Raises:
        NotAuthentic: `alg` or `signature`.
    """
    alg = envelope.header.get("alg")
    if not isinstance(alg, str) or ALGORITHM_NAMES.get(alg) != key.algorithm:
        raise NotAuthentic("alg")
    if not ALGORITHMS[key.algorithm].verify(envelope.signing_input, key.key, envelope.signature):
        raise NotAuthentic("signature")
    return envelope.claims


def sign(
    claims: Mapping[str, object], key: SigningKey, *, typ: str, header: Mapping[str, object] | None = None
) -> str:
    """Return a token. `header` adds to its `alg`, `typ` and `kid`."""
    protected = {"alg": key.algorithm, "typ": typ, "kid": key.kid, **(header or {})}
    signing_input = ".".join(
        base64url.encode(json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode())
        for part in (protected, claims)
    )
    signature = ALGORITHMS[key.algorithm].sign(signing_input.encode("ascii"), key.key)
    return f"{signing_input}.{base64url.encode(signature)}"


def require_int_time(claims: Mapping[str, object], name: str) -> int:
    """Return a claim in whole seconds since 1970.

    Raises:
        NotAuthentic: `<name>-type`: missing, or anything but an integer; a truth value is none.
    """
    value = claims.get(name)
    if type(value) is not int or value < 0:
        raise NotAuthentic(f"{name}-type")
    return value


@contextmanager
def blaming(what: str) -> Iterator[None]:
    """Put the name of what failed before the code of every refusal inside, for the log."""
    try:
        yield
    except MalformedToken as error:
        raise MalformedToken(f"{what}-{error.code}") from None
    except ClockSkew as error:
        raise ClockSkew(f"{what}-{error.code}", seconds=error.seconds, now=error.now) from None
    except NotAuthentic as error:
        raise NotAuthentic(f"{what}-{error.code}") from None
