"""A machine's key as openssl writes it: the public PEM is registered, the private one is refused."""

import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.cli.conftest import Steward

METRO = ("partners", "add-device", "harbour-metro")
GOOD = {
    "P-256": (lambda: ec.generate_private_key(ec.SECP256R1()), ECKey),
    "Ed25519": (ed25519.Ed25519PrivateKey.generate, OKPKey),
    "RSA": (lambda: rsa.generate_private_key(65537, 2048), RSAKey),
}
WRONG = {
    "weak": lambda: rsa.generate_private_key(65537, 1024),
    "odd exponent": lambda: rsa.generate_private_key(3, 2048),
    "curve": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rare curve": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
    "Ed448": ed448.Ed448PrivateKey.generate,
    "X25519": x25519.X25519PrivateKey.generate,
}


@pytest.fixture
def metro(steward: Steward) -> Steward:
    """A steward with one partner, harbour-metro, which has no machine."""
    steward.does("partners", "add", "transit-turnstile", "Harbour Metro")
    return steward


def _pem(key: object) -> bytes:
    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return pem


def _keys(steward: Steward) -> list[str]:
    shown = json.loads(steward.does("partners", "show", "harbour-metro", "--json"))
    return [device["key"] for device in shown["devices"]]


@pytest.mark.parametrize(("make", "kind"), GOOD.values(), ids=GOOD)
def test_a_public_pem_is_registered_under_its_thumbprint(
    metro: Steward, make: Callable[[], object], kind: type[ECKey | OKPKey | RSAKey]
) -> None:
    pem = _pem(make())
    said = metro.does(*METRO, metro.file("gate.pub.pem", pem))
    expected = kind.import_key(pem).thumbprint()
    assert expected in said
    assert _keys(metro) == [expected]


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG)
def test_the_pem_of_a_key_that_is_not_admitted_is_refused(metro: Steward, make: Callable[[], object]) -> None:
    sentence = metro.is_refused(*METRO, metro.file("gate.pub.pem", _pem(make())))
    assert sentence.startswith("gateway: key: Give the public half of a P-256, Ed25519 or RSA key")
    assert _keys(metro) == []


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_private_pem_is_refused_and_not_quoted(metro: Steward, form: PrivateFormat) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, form, NoEncryption())
    sentence = metro.is_refused(*METRO, metro.file("gate.pem", pem + _pem(key)))
    assert "(key-private)" in sentence
    assert not [line for line in pem.decode().splitlines() if line in sentence]
    assert _keys(metro) == []


@pytest.mark.parametrize(
    "content",
    [
        "-----BEGIN PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN \n" * 1000,
    ],
    ids=["cut off", "no key", "certificate", "only beginnings"],
)
def test_a_damaged_pem_is_refused(metro: Steward, content: str) -> None:
    assert "(key-malformed)" in metro.is_refused(*METRO, metro.file("gate.pub.pem", content))
    assert _keys(metro) == []
