"""Enrolment at the edge: a code becomes a keyed hash and a device's id, a proof the key to register."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.auth.enrolment import Enrolment, EnrolmentCodes, EnrolmentError, EnrolmentRefused
from gateway.auth.keyring import Keyring
from gateway.auth.nonces import Nonces
from gateway.auth.pass_hashing import PassHasher
from gateway.domain.codes import check_character, normalise, written
from gateway.domain.enrolments import Candidate
from gateway.domain.errors import KeysMissing, MalformedInput
from tests.auth.key_home import NOW, Hands, Key, load
from tests.auth.machines import ISSUER, SECONDS, TOKEN_URL, absent, b64, machine, public_jwk

MACHINE = machine()
URL = f"{ISSUER}/devices"


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return load(tmp_path)


def _enrolment(ring: Keyring) -> Enrolment:
    return Enrolment(keyring=ring, nonces=Nonces(ring, Hands()), clock=Hands(), issuer=ISSUER)


def candidate(ring: Keyring, code: str, **changes: Any) -> Candidate:
    """Return who comes with a code and a proof that is right unless told otherwise."""
    proof = MACHINE.proof(**{"htu": URL, **changes})
    return _enrolment(ring).candidate(code, dpop=[proof])


def refusal(ring: Keyring, code: str, dpop: list[str]) -> EnrolmentRefused:
    with pytest.raises(EnrolmentRefused) as caught:
        _enrolment(ring).candidate(code, dpop=dpop)
    return caught.value


def test_a_fresh_code_is_random_and_known_again_however_it_is_typed(ring: Keyring) -> None:
    codes = EnrolmentCodes(ring)
    fresh = codes.fresh()
    assert normalise(fresh.code) == fresh.code
    assert fresh.code != codes.fresh().code
    for typed in (fresh.code, written(fresh.code), written(fresh.code).lower().replace("-", " ")):
        assert codes.read(typed) == fresh


def test_what_is_kept_says_nothing_of_the_code(ring: Keyring, tmp_path: Path) -> None:
    fresh = EnrolmentCodes(ring).fresh()
    assert fresh.code not in repr(fresh)
    assert fresh.hash.hex() not in repr(fresh)
    assert fresh.device_id.removeprefix("dev_") not in fresh.hash.hex()
    other = EnrolmentCodes(load(tmp_path / "other")).read(fresh.code)
    assert other.hash != fresh.hash
    assert other.device_id != fresh.device_id


def test_a_code_is_no_pass(ring: Keyring) -> None:
    fresh = EnrolmentCodes(ring).fresh()
    assert fresh.hash not in PassHasher(ring).of_code(fresh.code)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "PS256"])
def test_a_machine_with_a_proof_becomes_a_candidate(ring: Keyring, algorithm: str) -> None:
    fresh, one = EnrolmentCodes(ring).fresh(), machine(algorithm)
    proof = one.proof(htu=URL, header={"jwk": {**one.jwk, "kid": "its-own-name", "use": "sig"}})
    found = _enrolment(ring).candidate(written(fresh.code), dpop=[proof])
    assert (found.code_hash, found.device_id) == (fresh.hash, fresh.device_id)
    assert (found.kid, found.public_jwk) == (one.kid, one.jwk)
    assert found.proof.expires_at > NOW
    assert fresh.hash.hex() not in repr(found)


def test_the_key_does_not_decide_which_device_it_is(ring: Keyring) -> None:
    code = EnrolmentCodes(ring).fresh().code
    ids = {candidate(ring, code).device_id, candidate(ring, code, header={"kid": MACHINE.kid}).device_id}
    assert len(ids) == 1
    assert candidate(ring, EnrolmentCodes(ring).fresh().code).device_id not in ids


MISTYPED = "0123456789ABCDE" + ("0" if check_character("0123456789ABCDE") != "0" else "1")


@pytest.mark.parametrize("code", ["", "x", "0" * 15, "0" * 17, "U" * 16, "0" * 1000, MISTYPED, "市" * 16])
def test_what_is_no_code_is_refused_before_the_proof_is_looked_at(ring: Keyring, code: str) -> None:
    refused = refusal(ring, code, ["no proof"])
    assert (refused.error, refused.code) == (EnrolmentError.INVALID_REQUEST, "code-malformed")
    assert "16 letters and digits" in refused.advice
    with pytest.raises(MalformedInput):
        EnrolmentCodes(ring).read(code)


def private_jwk() -> dict[str, str]:
    key = machine("EdDSA").key.key
    return {**machine("EdDSA").jwk, "d": b64(key.private_bytes_raw())}  # type: ignore[union-attr]


WRONG = {
    "proof-header": ([], "exactly once"),
    "proof-segments": (["no proof"], "RFC 9449"),
    "proof-key-private": ([machine("EdDSA").proof(htu=URL, header={"jwk": private_jwk()})], "make another"),
    "proof-key-weak": (
        [
            MACHINE.proof(
                htu=URL, header={"jwk": public_jwk(rsa.generate_private_key(65537, 1024)), "alg": "PS256"}
            )
        ],
        "P-256",
    ),
    "proof-key-type": ([MACHINE.proof(htu=URL, header={"jwk": {"kty": "oct"}})], "P-256"),
    "proof-signature": ([MACHINE.proof(htu=URL, header={"jwk": machine(client_id="metro").jwk})], "RFC 9449"),
    "proof-htu": ([MACHINE.proof(htu=TOKEN_URL)], "this address"),
    "proof-htm": ([MACHINE.proof(htu=URL, htm="GET")], "for POST"),
    "proof-clock-skew": ([MACHINE.proof(htu=URL, iat=SECONDS - 61)], "61 seconds slow"),
}


@pytest.mark.parametrize("code", WRONG)
def test_a_wrong_proof_is_refused_with_advice(ring: Keyring, code: str) -> None:
    dpop, advice = WRONG[code]
    refused = refusal(ring, EnrolmentCodes(ring).fresh().code, dpop)
    assert (refused.error, refused.code) == (EnrolmentError.INVALID_DPOP_PROOF, code)
    assert advice in refused.advice


def test_a_proof_without_a_nonce_asks_for_one_and_the_code_stays_good(ring: Keyring) -> None:
    code = EnrolmentCodes(ring).fresh().code
    asked = refusal(ring, code, [MACHINE.proof(htu=URL, **absent("nonce"))])
    assert (asked.error, asked.code) == (EnrolmentError.USE_DPOP_NONCE, "proof-nonce")
    assert "DPoP-Nonce" in asked.advice
    assert candidate(ring, code).kid == MACHINE.kid


def test_a_wrong_clock_is_told_with_the_time(ring: Keyring) -> None:
    skew = refusal(ring, EnrolmentCodes(ring).fresh().code, [MACHINE.proof(htu=URL, iat=SECONDS + 240)]).skew
    assert skew is not None
    assert (skew.seconds, skew.now) == (240, NOW)


def test_without_a_key_to_hash_with_nothing_is_read(tmp_path: Path) -> None:
    ring = load(tmp_path, Key("p1", "pass"))
    with pytest.raises(KeysMissing):
        EnrolmentCodes(ring).fresh()
