"""C: keys that a machine would register, and keys in the header of a proof."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.domain.codes import code_from
from tests.auth.machines import GRAPHQL_URL, ISSUER, Machine, b64, machine, public_jwk, unb64
from tests.hostile.door import EDWARDS, GATE, RSA, STRANGER, Door, Request
from tests.hostile.rows import Row, wrong_proof, wrong_token

ORDER_EIGHT = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
FIELD = 2**255 - 19
CODE = {"code": code_from(0)}
NO_CODE = (400, "invalid_grant", "code-refused")
"""Nobody was given it: whoever is told so has passed all checks of the key."""


def _enrol(one: Machine, **header: Any) -> Request:
    proof = one.proof(htu=f"{ISSUER}/devices", header=header)
    return Request("/devices", [("DPoP", proof), ("Content-Type", "application/json")], json.dumps(CODE).encode())


def _with_key(one: Machine, jwk: dict[str, Any]) -> Request:
    return _enrol(one, jwk={name: value for name, value in jwk.items() if value is not None})


def _edwards(octets: bytes) -> dict[str, Any]:
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(octets)}


def _private(one: Machine) -> dict[str, Any]:
    return {**one.jwk, "d": b64(one.key.key.private_numbers().private_value.to_bytes(32, "big"))}  # type: ignore[union-attr]


P384 = public_jwk(ec.generate_private_key(ec.SECP384R1()))
LARGEST = Machine(rsa.generate_private_key(65537, 4096))
SHORT = public_jwk(rsa.generate_private_key(65537, 1024))
N = int.from_bytes(unb64(RSA.jwk["n"]), "big")

WEAK: dict[str, tuple[Machine, dict[str, Any], str]] = {
    "small order, 0": (EDWARDS, _edwards(bytes(32)), "key-weak"),
    "small order, 1": (EDWARDS, _edwards((1).to_bytes(32, "little")), "key-weak"),
    "small order, -1": (EDWARDS, _edwards((FIELD - 1).to_bytes(32, "little")), "key-weak"),
    "small order, of eight": (EDWARDS, _edwards(ORDER_EIGHT), "key-weak"),
    "small order, of eight, negated": (
        EDWARDS,
        _edwards((FIELD - int.from_bytes(ORDER_EIGHT, "little")).to_bytes(32, "little")),
        "key-weak",
    ),
    "small order, other sign": (EDWARDS, _edwards(ORDER_EIGHT[:31] + bytes([ORDER_EIGHT[31] | 0x80])), "key-weak"),
    "not canonical": (EDWARDS, _edwards((FIELD + 3).to_bytes(32, "little")), "key-weak"),
    "31 bytes": (EDWARDS, _edwards(unb64(EDWARDS.jwk["x"])[:31]), "key-malformed"),
    "off the curve": (GATE, {**GATE.jwk, "y": GATE.jwk["x"]}, "key-malformed"),
    "point at infinity": (GATE, {**GATE.jwk, "x": b64(bytes(32)), "y": b64(bytes(32))}, "key-malformed"),
    "a coordinate with a zero before it": (
        GATE,
        {**GATE.jwk, "x": b64(b"\0" + unb64(GATE.jwk["x"]))},
        "key-malformed",
    ),
    "another curve": (GATE, P384, "key-type"),
    "P-384 called P-256": (GATE, {**P384, "crv": "P-256"}, "key-malformed"),
    "RSA of 1024 bits": (RSA, SHORT, "key-weak"),
    "RSA of 2047 bits": (RSA, {**RSA.jwk, "n": b64((N >> 1 | 1).to_bytes(256, "big").lstrip(b"\0"))}, "key-weak"),
    "RSA of 4097 bits": (RSA, {**RSA.jwk, "n": b64((1 << 4096 | 1).to_bytes(513, "big"))}, "key-weak"),
    "RSA with exponent 3": (RSA, {**RSA.jwk, "e": "Aw"}, "key-weak"),
    "RSA with an even modulus": (RSA, {**RSA.jwk, "n": b64((N - 1).to_bytes(256, "big"))}, "key-weak"),
    "private": (GATE, _private(GATE), "key-private"),
    "a secret": (GATE, {"kty": "oct", "k": "AAAA"}, "key-private"),
    "a secret without its value": (GATE, {"kty": "oct"}, "key-type"),
    "for encryption": (GATE, {**GATE.jwk, "use": "enc"}, "key-use"),
    "that may sign": (GATE, {**GATE.jwk, "key_ops": ["sign", "verify"]}, "key-use"),
    "for another algorithm": (GATE, {**GATE.jwk, "alg": "ES384"}, "key-use"),
    "with a kid that is none": (GATE, {**GATE.jwk, "kid": "a/b"}, "key-kid"),
    "without its curve": (GATE, {**GATE.jwk, "crv": None}, "key-malformed"),
    "empty": (GATE, {}, "key-type"),
}


def _weak(name: str) -> list[Row]:
    one, jwk, code = WEAK[name]

    def ask(door: Door) -> Request:
        token = door.token()
        return door.graphql(token=token, proof=one.proof(token=token, htu=GRAPHQL_URL, header={"jwk": jwk}))

    return [
        Row("C1", f"registered: {name}", lambda d: _with_key(one, jwk), *wrong_proof(f"proof-{code}")),
        Row("C1", f"in a proof: {name}", ask, *wrong_token(f"proof-{code}")),
    ]


ROWS = [
    *(
        Row("C1", f"sound: {algorithm}", lambda d, algorithm=algorithm: _enrol(machine(algorithm)), *NO_CODE)  # type: ignore[misc]
        for algorithm in ("ES256", "EdDSA", "PS256")
    ),
    Row("C1", "sound: with use, key_ops, alg", lambda d: _with_key(
        GATE, {**GATE.jwk, "use": "sig", "key_ops": ["verify"], "alg": "ES256"}), *NO_CODE),
    Row("C1", "sound: RSA of 4096 bits", lambda d: _enrol(LARGEST), *NO_CODE),
    Row("C1", "sound, but another's", lambda d: _enrol(GATE, jwk=STRANGER.jwk, alg="EdDSA"),
        *wrong_proof("proof-signature")),
    *(row for name in WEAK for row in _weak(name)),
]  # fmt: skip
