"""Enrolling a machine: it makes its own key, and a one-time code from the city registers the public half.

The private key never leaves the machine. A proof made with it (RFC 9449) goes along, so that nobody registers a
key that is not theirs. The same code, sent again with the same key, gets the same answer: one may be lost.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from laurel_client.clock import SYSTEM_CLOCK, Clock
from laurel_client.credentials import document_id
from laurel_client.errors import BadInput, BadReply
from laurel_client.replies import ENROLMENT_TEXTS, asks_for_nonce, enrolment_from
from laurel_client.retries import STANDARD, RetryPolicy, persist
from laurel_client.session import LOOPBACK, http_for, transmit
from laurel_client.signing import DeviceKey, thumbprint

_ADDRESS = re.compile(r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?")
_JSON_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


def new_key() -> dict[str, str]:
    """Return a new private key as a JWK on P-256, with its `kid`. Keep it where only its owner reads."""
    jwk = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
    public = {name: str(jwk[name]) for name in ("kty", "crv", "x", "y")}
    return {**public, "d": str(jwk["d"]), "alg": "ES256", "kid": thumbprint(public)}


async def enrol(
    issuer: str,
    code: str,
    jwk: Mapping[str, Any],
    http: httpx2.AsyncClient | None = None,
    *,
    policy: RetryPolicy = STANDARD,
    clock: Clock = SYSTEM_CLOCK,
) -> dict[str, Any]:
    """Register a key with a gateway by a code; return the content of the machine's partner file, the key included.

    `issuer` is the gateway's address, `jwk` a private key such as `new_key` makes.

    Raises:
        EnrolmentRefused: the gateway does not take this code, or this key; says what to do.
        ClockSkew: this machine's clock is wrong; says by how much.
        Unavailable: nobody knows yet whether the key is registered. Send the same code and the same key again.
        BadCredentials: the key is no private JWK for ES256 or EdDSA.
        BadInput: the address is none, or would show the code on its way.
        BadReply: the gateway's answer is not one that the contract knows.
    """
    url, key = f"{address(issuer)}/devices", DeviceKey(jwk)
    body = json.dumps({"code": code}).encode()
    client = http or http_for(url)

    async def send(nonce: str | None) -> httpx2.Response:
        proof = key.proof("POST", url, now=clock.wall(), nonce=nonce)
        return await transmit(client, "POST", url, {**_JSON_HEADERS, "DPoP": proof}, content=body)

    async def attempt() -> dict[str, Any]:
        response = await send(None)
        if asks_for_nonce(response):
            response = await send(response.headers["DPoP-Nonce"])
        return enrolment_from(response)

    try:
        answer = await persist(attempt, policy, clock)
    finally:
        if http is None:
            await client.aclose()
    if answer["kid"] != key.kid:
        raise BadReply("The gateway registered another key than this machine's.")
    return _partner_file(answer, jwk)


def address(issuer: str) -> str:
    """Return a gateway's address without a slash at its end.

    Raises:
        BadInput: it is none, or one on another machine without TLS.
    """
    parts = _ADDRESS.fullmatch(issuer.removesuffix("/"))
    if parts is None:
        raise BadInput("BAD_USER_INPUT", "Give the gateway's address, such as https://laurel.example.org")
    if parts["scheme"] == "http" and parts["host"].strip("[]") not in LOOPBACK:
        raise BadInput("BAD_USER_INPUT", "Give an address with https: nobody may read a code on its way.")
    return parts[0]


def _partner_file(answer: Mapping[str, Any], jwk: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "partner_id": answer["client_id"],
        **{name: answer[name] for name in ENROLMENT_TEXTS if name != "kid"},
        "scopes": answer["scopes"],
        "rewards": answer["rewards"],
        "key": dict(jwk),
        "documents": {name: {"id": document_id(text), "text": text} for name, text in answer["documents"].items()},
        "occasions": {},
    }
