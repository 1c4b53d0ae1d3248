"""Keys that the tool makes are what the standards and the other libraries expect."""

import base64
import json
import stat
from dataclasses import replace
from datetime import datetime

import jwt
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.commands import new_key
from keys.home import Home, read_jwk
from keys.manifest import Key
from keys.material import generate, require_private, require_public, thumbprint
from keys.purposes import PURPOSES, Algorithm

SIGNING = [name for name, purpose in PURPOSES.items() if purpose.signs]
MACS = [name for name, purpose in PURPOSES.items() if purpose.algorithm is Algorithm.HS256]
SEALS = [name for name, purpose in PURPOSES.items() if purpose.algorithm is Algorithm.A256GCM]


def test_the_purposes_are_those_of_the_contract() -> None:
    assert {name: str(purpose.algorithm) for name, purpose in PURPOSES.items()} == {
        "access-token": "ES256",
        "pass": "EdDSA",
        "live": "HPKE-0",
        "registry": "HS256",
        "handle": "HS256",
        "fingerprint": "HS256",
        "reference": "A256GCM",
        "period": "A256GCM",
        "cursor": "HS256",
        "pin": "HS256",
        "nonce": "HS256",
        "statement": "EdDSA",
    }


@pytest.mark.parametrize("name", SIGNING)
def test_what_a_key_signs_pyjwt_verifies_with_its_public_half_alone(home: Home, now: datetime, name: str) -> None:
    key = new_key(home, PURPOSES[name], now=now)
    private = jwt.PyJWK(read_jwk(home.private_path(key.kid)))
    public = jwt.PyJWK(read_jwk(home.public_path(key.kid)))
    token = jwt.encode({"sub": "x"}, private, headers={"kid": key.kid})
    assert jwt.decode(token, public, algorithms=[key.purpose.algorithm]) == {"sub": "x"}
    assert jwt.get_unverified_header(token)["alg"] == key.purpose.algorithm
    other = generate("other", key.purpose.algorithm).public
    assert other is not None
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, jwt.PyJWK(other), algorithms=[key.purpose.algorithm])


@pytest.mark.parametrize("name", SIGNING)
def test_a_public_file_says_no_more_than_it_should(home: Home, now: datetime, name: str) -> None:
    key = new_key(home, PURPOSES[name], now=now)
    public = read_jwk(home.public_path(key.kid))
    assert public.keys() - {"y"} == {"kty", "crv", "x", "kid", "alg", "use"}
    assert (public["kid"], public["alg"], public["use"]) == (key.kid, key.purpose.algorithm, "sig")


@pytest.mark.parametrize("name", MACS)
def test_a_mac_key_loads_in_pyjwt(home: Home, now: datetime, name: str) -> None:
    key = new_key(home, PURPOSES[name], now=now)
    secret = jwt.PyJWK(read_jwk(home.private_path(key.kid)))
    assert jwt.decode(jwt.encode({"a": 1}, secret), secret, algorithms=["HS256"]) == {"a": 1}
    assert len(_secret(home, key)) == 32
    assert not home.public_path(key.kid).exists()


@pytest.mark.parametrize("name", SEALS)
def test_an_encryption_key_seals_and_opens(home: Home, now: datetime, name: str) -> None:
    key = new_key(home, PURPOSES[name], now=now)
    cipher = AESGCM(_secret(home, key))
    assert len(_secret(home, key)) == 32
    sealed = cipher.encrypt(b"n" * 12, b"text", None)
    assert cipher.decrypt(b"n" * 12, sealed, None) == b"text"
    with pytest.raises(InvalidTag):
        AESGCM(bytes(32)).decrypt(b"n" * 12, sealed, None)


def test_private_files_are_for_their_owner_alone(full: Home) -> None:
    assert stat.S_IMODE(full.private_directory.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in full.private_directory.iterdir()}
    assert modes == {0o600}
    assert len(list(full.private_directory.iterdir())) == len(PURPOSES)


def test_the_thumbprint_of_rfc_8037_appendix_a_3() -> None:
    public = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "any"}
    assert thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_thumbprint_counts_both_coordinates_of_a_curve_point() -> None:
    public = generate("a", Algorithm.ES256).public
    assert public is not None
    assert thumbprint(public) != thumbprint({name: value for name, value in public.items() if name != "y"})
    assert thumbprint(public) == thumbprint({**public, "kid": "b", "use": "enc"})


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize("wrong", [{"kid": "b"}, {"alg": "none"}, {"kty": "RSA"}, {"extra": "x"}, {"d": "AA"}])
def test_a_private_jwk_with_one_wrong_member_is_refused(algorithm: Algorithm, wrong: dict[str, str]) -> None:
    material = generate("a", algorithm)
    assert require_private(material.private, "a", algorithm) == material.public
    with pytest.raises(ValueError, match="JWK") as caught:
        require_private({**material.private, **wrong}, "a", algorithm)
    assert (material.private.get("d") or material.private["k"]) not in str(caught.value)


def test_a_secret_of_another_length_is_refused() -> None:
    private = generate("a", Algorithm.HS256).private
    with pytest.raises(ValueError, match="size"):
        require_private({**private, "k": private["k"] + "AAAA"}, "a", Algorithm.HS256)


def test_a_point_that_is_not_on_the_curve_is_refused() -> None:
    public = generate("a", Algorithm.ES256).public
    assert public is not None
    require_public(public, "a", Algorithm.ES256)
    with pytest.raises(ValueError, match="curve"):
        require_public({**public, "y": public["x"]}, "a", Algorithm.ES256)


def test_material_does_not_show_itself() -> None:
    material = generate("a", Algorithm.EDDSA)
    assert material.private["d"] not in repr(material)
    assert "private" not in repr(replace(material, public=None))


def _secret(home: Home, key: Key) -> bytes:
    text = json.loads(home.private_path(key.kid).read_text())["k"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
