"""The four kinds of signed token: what makes a right one, where it is sent, and how a wrong one is refused."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from gateway.auth.jwk import SigningKey
from gateway.auth.jws import ALGORITHMS
from tests.auth.machines import GRAPHQL_URL, ISSUER, SECONDS, TOKEN_URL, b64, nonce_at, unb64
from tests.hostile.door import GATE, Door, Request
from tests.hostile.rows import wrong_client, wrong_proof, wrong_token

Parts = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """`malformed` is what nobody needs a key to see, `refused` whatever else is wrong. Both take a code."""

    name: str
    header: Callable[[Door], Parts]
    claims: Callable[[Door], Parts]
    key: Callable[[Door], SigningKey]
    send: Callable[[Door, str], Request]
    told: str
    malformed: Callable[[str], tuple[int, str, str]]
    refused: Callable[[str], tuple[int, str, str]]
    types: tuple[str, ...]
    """What its `typ` may be: an assertion's may be that of old (`gateway/auth/assertions.py`)."""

    @property
    def header_names(self) -> set[str]:
        """What its header may hold."""
        return {"alg", "typ", "kid"} | ({"jwk"} if "proof" in self.name else set())

    def signed(self, door: Door, header: Mapping[str, Any] | bytes = {}, claims: Parts | bytes = {}) -> str:  # noqa: B006
        """A token with some members more or others, or with these very bytes, signed by the right key."""
        texts = [
            given if isinstance(given, bytes) else json.dumps({**right(door), **given}).encode()
            for given, right in ((header, self.header), (claims, self.claims))
        ]
        return signed(*texts, key=self.key(door))

    def text(self, door: Door, part: str, old: str = "", new: str = "") -> bytes:
        """A right header or right claims as text, with a piece replaced or put before the last bracket."""
        whole = json.dumps({"header": self.header, "claims": self.claims}[part](door))
        return (whole.replace(old, new, 1) if old else f"{whole[:-1]}{new}}}").encode()


def signed(header: bytes, claims: bytes, *, key: SigningKey) -> str:
    """Sign any two texts with any key."""
    signing_input = f"{b64(header)}.{b64(claims)}"
    return f"{signing_input}.{b64(ALGORITHMS[key.algorithm].sign(signing_input.encode(), key.key))}"


def thief(door: Door, **changes: object) -> str:
    """The gate's token with other claims, signed by the gateway's own key: what only a thief of it could."""
    right = json.loads(unb64(door.token().split(".")[1]))
    claims = {name: value for name, value in {**right, **changes}.items() if value != "absent"}
    return KINDS["token"].signed(door, claims=json.dumps(claims).encode())


def pass_claims(door: Door) -> Parts:
    """The claims of the pass in somebody's pocket."""
    claims: Parts = json.loads(unb64(door.card.token.split(".")[1]))
    return claims


def _own(door: Door, purpose: str, typ: str) -> Parts:
    key = door.laurel.keyring.signing(purpose)
    return {"alg": key.algorithm, "typ": typ, "kid": key.kid}


def _proof_claims(door: Door, url: str) -> Parts:
    return {"jti": uuid4().hex, "htm": "POST", "htu": url, "iat": SECONDS, "nonce": nonce_at(SECONDS)}


def _assertion_claims(door: Door) -> Parts:
    times = {"iat": SECONDS, "exp": SECONDS + 60}
    return {"iss": GATE.client_id, "sub": GATE.client_id, "aud": ISSUER, "jti": uuid4().hex, **times}


def _bound_claims(door: Door) -> Parts:
    ath = json.loads(unb64(GATE.proof(token=door.gate_token).split(".")[1]))["ath"]
    return {**_proof_claims(door, GRAPHQL_URL), "ath": ath}


def _not_eligible(code: str) -> tuple[int, str, str]:
    return 200, "NotEligible", ""


def _mistyped(code: str) -> tuple[int, str, str]:
    return 200, "BAD_USER_INPUT", ""


def _of(name: str, answer: Callable[[str], tuple[int, str, str]]) -> Callable[[str], tuple[int, str, str]]:
    return lambda code: answer(f"{name}-{code}")


KINDS = {
    "assertion": Kind(
        "assertion",
        lambda door: {"alg": "ES256", "typ": "client-authentication+jwt", "kid": GATE.kid},
        _assertion_claims,
        lambda door: GATE.key,
        lambda door, text: door.sign_in(text),
        "token",
        _of("assertion", wrong_client),
        _of("assertion", wrong_client),
        ("client-authentication+jwt", "JWT"),
    ),
    "token": Kind(
        "token",
        lambda door: _own(door, "access-token", "at+jwt"),
        lambda door: json.loads(unb64(door.token().split(".")[1])),
        lambda door: door.laurel.keyring.signing("access-token"),
        lambda door, text: door.graphql(token=text),
        "data",
        _of("token", wrong_token),
        _of("token", wrong_token),
        ("at+jwt",),
    ),
    "proof": Kind(
        "proof",
        lambda door: {"alg": "ES256", "typ": "dpop+jwt", "jwk": GATE.jwk},
        _bound_claims,
        lambda door: GATE.key,
        lambda door, text: door.graphql(token=door.gate_token, proof=text),
        "data",
        _of("proof", wrong_token),
        _of("proof", wrong_token),
        ("dpop+jwt",),
    ),
    "sign-in proof": Kind(
        "sign-in proof",
        lambda door: {"alg": "ES256", "typ": "dpop+jwt", "jwk": GATE.jwk},
        lambda door: _proof_claims(door, TOKEN_URL),
        lambda door: GATE.key,
        lambda door, text: door.sign_in(proof=text),
        "token",
        _of("proof", wrong_proof),
        _of("proof", wrong_proof),
        ("dpop+jwt",),
    ),
    "pass": Kind(
        "pass",
        lambda door: _own(door, "pass", "pass+jwt"),
        pass_claims,
        lambda door: door.laurel.keyring.signing("pass"),
        lambda door, text: door.show(text),
        "Eligible",
        _mistyped,
        _not_eligible,
        ("pass+jwt",),
    ),
}
"""The proof comes twice, for two doors."""
