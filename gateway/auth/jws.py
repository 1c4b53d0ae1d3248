"""Signed tokens in compact form (RFC 7515): from an untrusted string to checked claims, in two separate steps.

`parse` applies a policy to the token's form, `verify` a key that the caller trusts; neither is enough alone, and a
policy that asks for nothing refuses everything. Which claims a kind of token has, and what they must say, is for
that kind's module to check after both.

    text ── parse(policy) ──▶ Envelope ── verify(key) ──▶ claims

The checks follow RFC 8725 (BCP 225): the type is explicit, the algorithm is the key's and not the header's to
choose, and no header can name a key to fetch.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType, TracebackType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAPSSAlgorithm

from gateway.auth import base64url, signatures, strict_json
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
"""To sign with; signatures are checked by `signatures`."""

HEADERS_MAX = 4096
"""Headers remembered as they were read: a machine's tokens all have the same one, key included. 2 KiB each."""

_REGISTERED: Mapping[str, type] = {"iss": str, "sub": str, "jti": str, "exp": int, "nbf": int, "iat": int}
"""Claims that mean the same in every token (RFC 7519 section 4.1). Required ones are for each kind to check."""


class MalformedToken(NotAuthentic):
    """The string is not a token at all: no key was needed to see it."""


@dataclass(frozen=True, kw_only=True, eq=False)
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
    checked_if_there: tuple[tuple[str, type], ...] = field(init=False)

    def __post_init__(self) -> None:
        """Work out which registered claims need not be there, but have a type where they are."""
        left = tuple((name, type_) for name, type_ in _REGISTERED.items() if name not in self.required)
        object.__setattr__(self, "checked_if_there", left)


@dataclass(frozen=True, slots=True, repr=False)
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
        content, signature = base64url.decode(segments[1]), base64url.decode(segments[2])
        header, fault = _header(segments[0], policy)
        claims = strict_json.loads(content)
    except NotAuthentic as error:
        raise MalformedToken(error.code) from None
    except strict_json.NotStrict:
        raise MalformedToken("json") from None
    if fault:
        raise NotAuthentic(fault)
    if not policy.required <= claims.keys():
        raise NotAuthentic("claim-missing")
    for name, type_ in policy.checked_if_there:
        if name in claims and type(claims[name]) is not type_:
            raise NotAuthentic(f"{name}-type")
    return Envelope(header, claims, token.rpartition(".")[0].encode("ascii"), signature)


@lru_cache(HEADERS_MAX)
def _header(segment: str, policy: Policy) -> tuple[Mapping[str, Any], str]:
    """Return a header, and what a policy has against it: told once the whole token has been taken apart.

    Raises:
        NotAuthentic, NotStrict: it is no header at all; that is not remembered.
    """
    header = strict_json.loads(base64url.decode(segment))
    fault = ""
    if not header.keys() <= policy.header_keys:
        fault = "header-key"
    elif header.get("typ", policy.typ if policy.typ_optional else None) not in (policy.typ, *policy.typ_variants):
        fault = "typ"
    elif "kid" in header and not (isinstance(header["kid"], str) and KID.fullmatch(header["kid"])):
        fault = "kid"
    return MappingProxyType(header), fault


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
    if not signatures.fits(key, envelope.signature, envelope.signing_input):
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


class blaming:  # noqa: N801 - it reads as the statement that it is
    """Put the name of what failed before the code of every refusal inside, for the log."""

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Nothing has failed yet."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raise a refusal anew, under its longer name."""
        match error:
            case MalformedToken():
                raise MalformedToken(f"{self._what}-{error.code}") from None
            case ClockSkew():
                raise ClockSkew(f"{self._what}-{error.code}", seconds=error.seconds, now=error.now) from None
            case NotAuthentic():
                raise NotAuthentic(f"{self._what}-{error.code}") from None
