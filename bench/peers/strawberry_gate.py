"""Who sends a request, and what a pass says, by PyJWT: the checks of node/gate.js, for the Strawberry peers."""

import base64
import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt

SKEW_SECONDS, AGE_SECONDS_MAX, TOKEN_SECONDS_MAX = 10, 60, 600
REMEMBERED_MAX = 20_000

Claims = Mapping[str, Any]
Read = Callable[[str], Claims]


class Unauthenticated(Exception):
    """Something about the caller is wrong; the text says what, for whoever debugs a peer."""


class Gate:
    """Tells the caller by a token and a proof; keys are loaded once."""

    def __init__(self, town: Mapping[str, Any], *, remember: bool) -> None:
        self._town = town
        self._token_key, self._pass_key = (jwt.PyJWK(town[name]).key for name in ("tokenKey", "passKey"))
        self._devices = {
            device["kid"]: device | {"key": jwt.PyJWK(device["jwk"]).key} for device in town["devices"]
        }
        self._read = remembering(self._token) if remember else self._token
        self._used: dict[str, float] = {}

    def caller(self, headers: Mapping[str, str], method: str, body: bytes) -> str:
        """Return the device that sends a request.

        Raises:
            Unauthenticated: it can't be told.
        """
        try:
            return self._caller(headers, method, body)
        except (jwt.PyJWTError, KeyError) as error:
            raise Unauthenticated(type(error).__name__) from None

    def read_pass(self, text: str) -> Claims:
        """Return a pass's claims, or raise PyJWTError."""
        town = self._town
        return _typed(
            text,
            "pass+jwt",
            key=self._pass_key,
            algorithm="EdDSA",
            required=town["passClaims"],
            iss=town["passIssuer"],
        )

    def _token(self, text: str) -> Claims:
        town = self._town
        found = _typed(
            text,
            "at+jwt",
            key=self._token_key,
            algorithm="ES256",
            required=town["tokenClaims"],
            iss=town["issuer"],
            aud=town["issuer"],
        )
        _demand(found["exp"] - found["iat"] <= TOKEN_SECONDS_MAX and found["sub"] == found["client_id"], "claims")
        return found

    def _caller(self, headers: Mapping[str, str], method: str, body: bytes) -> str:
        scheme, _, token = headers["authorization"].partition(" ")
        _demand(scheme == "DPoP", "scheme")
        granted, now = self._read(token), time.time()
        device = self._devices[granted["cnf"]["jkt"]]
        _demand(device["id"] == granted["device_id"] and device["clientId"] == granted["client_id"], "device")
        _demand("verify" in granted["scope"].split(), "scope")
        proof = headers["dpop"]
        named = jwt.get_unverified_header(proof)["jwk"]
        _demand(named == {name: device["jwk"][name] for name in ("crv", "kty", "x", "y")}, "key")
        claims = _typed(
            proof, "dpop+jwt", key=device["key"], algorithm="ES256", required=self._town["proofClaims"], iat=False
        )
        _demand(claims["htm"] == method and claims["htu"] == self._town["url"], "target")
        _demand(claims["ath"] == _base64url(hashlib.sha256(token.encode()).digest()), "ath")
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        _demand(claims["content_digest"] == f"sha-256=:{digest}:", "body")
        _demand(-SKEW_SECONDS <= now - claims["iat"] <= AGE_SECONDS_MAX, "age")
        _demand(self._first_use(claims["jti"], now), "used")
        return str(device["id"])

    def _first_use(self, jti: str, now: float) -> bool:
        while self._used and (oldest := next(iter(self._used.items())))[1] < now:
            del self._used[oldest[0]]
        if jti in self._used:
            return False
        self._used[jti] = now + AGE_SECONDS_MAX + SKEW_SECONDS
        return True


def remembering(read: Read) -> Read:
    """Read each token once, until it expires."""
    known: dict[str, Claims] = {}

    def remembered(token: str) -> Claims:
        found = known.get(token)
        if found is not None and found["exp"] > time.time():
            return found
        claims = read(token)
        if len(known) >= REMEMBERED_MAX:
            del known[next(iter(known))]
        known[token] = claims
        return claims

    return remembered


def _typed(
    text: str,
    typ: str,
    *,
    key: Any,
    algorithm: str,
    required: list[str],
    iss: str | None = None,
    aud: str | None = None,
    iat: bool = True,
) -> Claims:
    options: Any = {"require": required, "verify_aud": aud is not None, "verify_iat": iat}
    found = jwt.decode_complete(
        text,
        key,
        algorithms=[algorithm],
        issuer=iss,
        audience=aud,
        options=options,
    )
    _demand(found["header"].get("typ") == typ, "typ")
    payload: Claims = found["payload"]
    return payload


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _demand(right: bool, what: str) -> None:
    if not right:
        raise Unauthenticated(what)
