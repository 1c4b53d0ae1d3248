"""Examples of the standards that no other file here has: RFC 7515, 7517 and 8037.

Elsewhere: the ES256 signature of RFC 7515 in `test_jws`, the thumbprints of RFC 7638 and 8037 in `test_jwk`, the
proofs of RFC 9449 in `test_proofs`, the digest of RFC 9530 in `test_content_digests`.
"""

import json

import pytest

from gateway.auth import base64url
from gateway.auth.jwk import public_key_from_jwk, signing_key_from_jwk, thumbprint
from gateway.auth.jws import ALGORITHMS, Envelope, Policy, parse, verify
from tests.auth.machines import unb64
from tests.auth.refusals import refused

POLICY = Policy(typ="JWT", typ_optional=True, required=frozenset({"iss"}), token_bytes_max=2048)
JOE = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

RFC_7517_EC = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    "use": "enc",
    "kid": "1",
}
RFC_7517_SECRET = "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"
RFC_7517_OCTETS = "GawgguFyGrWKav7AX4VKUg"
RFC_8037 = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
RFC_8037_SECRET = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
RFC_8037_HEADER = "eyJhbGciOiJFZERTQSJ9"
RFC_8037_CONTENT = "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
RFC_8037_SIGNATURE = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"


def test_base64url_of_rfc_7515_appendix_c() -> None:
    assert base64url.encode(bytes([3, 236, 255, 224, 193])) == "A-z_4ME"
    assert base64url.decode("A-z_4ME") == bytes([3, 236, 255, 224, 193])


@pytest.mark.parametrize(
    ("token", "code"),
    [
        # A.1: signed with HS256; the key that is asked for is of another kind
        (f"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{JOE}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "alg"),
        (f"eyJhbGciOiJub25lIn0.{JOE}.", "segments"),  # A.5: without a signature
        (f"eyJhbGciOiJub25lIn0.{JOE}.AA", "alg"),  # the same with some
        # E: an extension that has to be understood, and is not
        (
            "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxl"
            f"LmNvbS9VTkRFRklORUQiOnRydWUNCn0.{JOE}.AA",
            "header-key",
        ),
        (json.dumps({"payload": JOE, "protected": "eyJhbGciOiJFUzI1NiJ9", "signature": "AA"}), "segments"),  # A.7
    ],
    ids=["HS256", "none", "none, signed", "crit", "JSON serialization"],
)
def test_what_rfc_7515_shows_and_nobody_may_send_here(token: str, code: str) -> None:
    with refused(code):
        verify(parse(token, POLICY), public_key_from_jwk(RFC_8037))


def test_the_keys_of_rfc_7517_appendix_a() -> None:
    for wrong, code in (
        (RFC_7517_EC, "key-use"),
        ({**RFC_7517_EC, "d": RFC_7517_SECRET}, "key-private"),
        ({"kty": "oct", "alg": "A128KW", "k": RFC_7517_OCTETS}, "key-private"),
    ):
        with refused(code):
            public_key_from_jwk(wrong)
    signing = {**RFC_7517_EC, "use": "sig"}
    assert public_key_from_jwk(signing).kid == "1"
    own = signing_key_from_jwk({**signing, "d": RFC_7517_SECRET})
    assert own.key.public_key() == public_key_from_jwk(signing).key


def test_the_signature_of_rfc_8037_appendix_a() -> None:
    signing_input = f"{RFC_8037_HEADER}.{RFC_8037_CONTENT}".encode()
    own = signing_key_from_jwk({**RFC_8037, "d": RFC_8037_SECRET})
    signature: bytes = ALGORITHMS["EdDSA"].sign(signing_input, own.key)
    assert base64url.encode(signature) == RFC_8037_SIGNATURE
    assert own.kid == thumbprint(RFC_8037)
    header = json.loads(unb64(RFC_8037_HEADER))
    key = public_key_from_jwk(RFC_8037)
    assert verify(Envelope(header, {"what": "it says"}, signing_input, signature), key) == {"what": "it says"}
    with refused("json"):  # what it says is no JSON, so it is no token of ours
        parse(f"{signing_input.decode()}.{RFC_8037_SIGNATURE}", POLICY)
    for place in range(64):
        wrong = bytearray(signature)
        wrong[place] ^= 1
        with refused("signature"):
            verify(Envelope(header, {}, signing_input, bytes(wrong)), key)
