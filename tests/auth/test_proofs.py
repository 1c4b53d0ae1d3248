"""Proofs of possession. Vectors: RFC 9449 sections 4.1, 6.1 and 7.1."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.auth import jws, proofs
from gateway.auth.nonces import Nonces, NonceWanted
from gateway.auth.proofs import POLICY, Proof
from gateway.auth.single_use import proof_id
from tests.auth.key_home import NOW, Hands, load
from tests.auth.machines import (
    ABSENT,
    GRAPHQL_URL,
    ISSUER,
    SECONDS,
    TOKEN_URL,
    Machine,
    absent,
    b64,
    machine,
    nonce_at,
    public_jwk,
)
from tests.auth.refusals import refused, skewed

MACHINE = machine()
JTI = "a" * 16
TOKEN = "header.claims.signature"

RFC_9449_HEADER = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoR"
    "jQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
)
RFC_9449_TOKEN_REQUEST = (
    "eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0Ij"
    "oxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)
RFC_9449_RESOURCE_REQUEST = (
    "eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZX"
    "NvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9"
    ".2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
)
RFC_9449_ACCESS_TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
RFC_9449_THUMBPRINT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def check(proof: str, *, url: str = TOKEN_URL, token: str | None = None) -> Proof:
    return proofs.check([proof], method="POST", url=url, access_token=token)


def test_the_proofs_of_rfc_9449() -> None:
    for proof, method, url, seconds, token in (
        (RFC_9449_TOKEN_REQUEST, "POST", "https://server.example.com/token", 1562262616, None),
        (
            RFC_9449_RESOURCE_REQUEST,
            "GET",
            "https://resource.example.org/protectedresource",
            1562262618,
            RFC_9449_ACCESS_TOKEN,
        ),
    ):
        checked = proofs.check([f"{RFC_9449_HEADER}.{proof}"], method=method, url=url, access_token=token)
        assert (checked.thumbprint, checked.issued) == (RFC_9449_THUMBPRINT, seconds)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "PS256"])
def test_a_right_proof_tells_its_key_and_when_to_forget_it(algorithm: str) -> None:
    one = machine(algorithm)
    proof = check(one.proof(iat=SECONDS + 3))
    assert proof.thumbprint == one.kid
    assert proof.id.expires_at == NOW + timedelta(seconds=3 + 60 + 10)
    with_token = one.proof(token=TOKEN)
    assert check(with_token, url=GRAPHQL_URL, token=TOKEN).thumbprint == one.kid


def test_the_id_is_scoped_by_key() -> None:
    ids = {check(MACHINE.proof(jti=JTI)).id.digest for _ in range(2)}
    assert len(ids) == 1
    assert check(machine("EdDSA").proof(jti=JTI)).id.digest not in ids


def test_a_client_may_be_called_like_its_key() -> None:
    ids = {
        proof_id({"jti": JTI}, kind=kind, owner=MACHINE.kid, chars_max=64, until=SECONDS).digest
        for kind in ("assertion", "proof")
    }
    assert len(ids) == 2


def test_a_key_of_the_largest_size_fits() -> None:
    largest = Machine(rsa.generate_private_key(65537, 4096))
    proof = largest.proof(token=TOKEN, header={"kid": largest.kid}, jti="j" * 43, nonce="n" * 43)
    assert len(proof) > 2048  # so 2 KiB would not be enough
    assert check(proof, url=GRAPHQL_URL, token=TOKEN).thumbprint == largest.kid


def private_jwk() -> dict[str, str]:
    key = machine("EdDSA").key.key
    return {**machine("EdDSA").jwk, "d": b64(key.private_bytes_raw())}  # type: ignore[union-attr]


WRONG = {
    "proof-typ": [
        MACHINE.proof(header={"typ": typ}) for typ in ("JWT", "at+jwt", "DPoP+jwt", ABSENT, None, ["dpop+jwt"])
    ],
    "proof-header-key": [
        *[MACHINE.proof(header={name: "x"}) for name in ("jku", "x5u", "x5c", "crit", "b64", "zip", "nonce")]
    ],
    "proof-jwk": [MACHINE.proof(header={"jwk": jwk}) for jwk in (ABSENT, None, "x", [], 1)],
    "proof-key-type": [MACHINE.proof(header={"jwk": {}}), MACHINE.proof(header={"jwk": {"kty": "oct"}})],
    "proof-key-private": [machine("EdDSA").proof(header={"jwk": private_jwk()})],
    "proof-key-weak": [
        MACHINE.proof(header={"jwk": public_jwk(rsa.generate_private_key(65537, 1024)), "alg": "PS256"}),
        MACHINE.proof(header={"jwk": {"kty": "OKP", "crv": "Ed25519", "x": b64(bytes(32))}, "alg": "EdDSA"}),
    ],
    "proof-alg": [
        MACHINE.proof(header={"alg": alg}) for alg in ("none", "HS256", "RS256", "EdDSA", "PS256", ABSENT, None)
    ],
    "proof-signature": [
        MACHINE.proof(header={"jwk": machine("ES256", client_id="metro").jwk}),
        MACHINE.proof().rpartition(".")[0] + "." + MACHINE.proof().rpartition(".")[2],
    ],
    "proof-claim-missing": [MACHINE.proof(**absent(name)) for name in ("jti", "htm", "htu", "iat")],
    "proof-htm": [MACHINE.proof(htm=htm) for htm in ("GET", "post", "POST ", "", None, ["POST"])],
    "proof-htu": [
        MACHINE.proof(htu=htu)
        for htu in (
            GRAPHQL_URL,
            f"{TOKEN_URL}/",
            f"{TOKEN_URL}?a=b",
            f"{TOKEN_URL}#a",
            TOKEN_URL.replace("https", "http"),
            TOKEN_URL.replace("laurel.example", "laurel.example:8443"),
            TOKEN_URL.replace("laurel.example", "laurel.example@evil.example"),
            TOKEN_URL.replace("laurel.example", "evil.example"),
            "/oauth/token",
            "",
            None,
            [TOKEN_URL],
        )
    ],
    "proof-iat-type": [MACHINE.proof(iat=iat) for iat in (str(SECONDS), True, None, -1)],
    "proof-jti": [MACHINE.proof(jti=jti) for jti in ("a" * 15, "a" * 129, "", None, 1)],
    "proof-too-long": [MACHINE.proof(more="a" * 3072)],
    "proof-json": [MACHINE.proof(more="\ud800"), MACHINE.proof(iat=SECONDS + 0.5)],
    "proof-segments": ["", "DPoP", f"{MACHINE.proof()}, {MACHINE.proof()}"],
}


@pytest.mark.parametrize("code", WRONG)
def test_wrong_proofs(code: str) -> None:
    for proof in WRONG[code]:
        with refused(code):
            check(proof)


@pytest.mark.parametrize("ath", [ABSENT, None, 1, "", "市", b64(hashlib.sha256(b"other").digest()), TOKEN])
def test_a_proof_for_another_token(ath: object) -> None:
    with refused("proof-ath"):
        check(MACHINE.proof(token=TOKEN, ath=ath), url=GRAPHQL_URL, token=TOKEN)


@pytest.mark.parametrize("count", [0, 2])
def test_one_header_is_sent(count: int) -> None:
    with refused("proof-header"):
        proofs.check([MACHINE.proof()] * count, method="POST", url=TOKEN_URL)


@pytest.mark.parametrize(
    "claims",
    [
        {"jti": "市" * 16},
        {"jti": "a" * 128},
        {"htu": "HTTPS://LAUREL.example:443/%6fauth/./token"},
    ],
)
def test_the_last_that_passes(claims: dict[str, Any]) -> None:
    assert check(MACHINE.proof(**claims)).thumbprint == MACHINE.kid


@pytest.fixture
def nonces(tmp_path: Path) -> Nonces:
    return Nonces(load(tmp_path), Hands())


@pytest.mark.parametrize("skew", [-60, -1, 0, 10])
def test_a_proof_of_now_is_fresh(nonces: Nonces, skew: int) -> None:
    proofs.require_fresh(check(MACHINE.proof(iat=SECONDS + skew)), nonces=nonces, now=NOW)


@pytest.mark.parametrize("skew", [-SECONDS, -240, -61, 11, 240, 2**53 - SECONDS])
def test_a_clock_that_is_wrong_is_told_by_how_much(nonces: Nonces, skew: int) -> None:
    with skewed("proof-clock-skew", skew):
        proofs.require_fresh(check(MACHINE.proof(iat=SECONDS + skew)), nonces=nonces, now=NOW)


@pytest.mark.parametrize("iat", [SECONDS, SECONDS + 240])
@pytest.mark.parametrize("nonce", [ABSENT, None, "", "unasked", nonce_at(SECONDS - 120), 0, [nonce_at(SECONDS)]])
def test_without_a_nonce_of_now_the_time_is_not_even_looked_at(nonces: Nonces, nonce: object, iat: int) -> None:
    with pytest.raises(NonceWanted, match="proof-nonce"):
        proofs.require_fresh(check(MACHINE.proof(nonce=nonce, iat=iat)), nonces=nonces, now=NOW)


def test_an_address_that_is_none_matches_nothing() -> None:
    with refused("proof-htu"):
        check(MACHINE.proof(htu="nowhere"), url="nowhere")


def test_nothing_else_that_a_device_signs_is_a_proof() -> None:
    for token in (MACHINE.assertion(), jws.sign({"iss": ISSUER}, MACHINE.key, typ="at+jwt")):
        with refused("proof-typ"):
            check(token)
    assert POLICY.typ == "dpop+jwt"
