"""Partners and their machines: added, and registered by their public key alone."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from gateway.auth.jwk import thumbprint
from tests.cli.conftest import Steward
from tests.flow.steward import new_key


@pytest.fixture
def metro(steward: Steward) -> Steward:
    """A steward with one partner, harbour-metro."""
    steward.does("partners", "add", "transit-turnstile", "Harbour Metro")
    return steward


def _jwk(key: object) -> dict[str, str]:
    """The public half of a key as a JWK."""
    match key:
        case ec.EllipticCurvePrivateKey():
            text = ECAlgorithm.to_jwk(key.public_key())
        case ed25519.Ed25519PrivateKey():
            text = OKPAlgorithm.to_jwk(key.public_key())
        case rsa.RSAPrivateKey():
            text = RSAAlgorithm.to_jwk(key.public_key())
        case _:
            raise TypeError
    members: dict[str, str] = json.loads(text)
    members.pop("key_ops", None)
    return members


def _listed(steward: Steward) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(steward.does("partners", "list", "--json"))
    return listed


def _devices(steward: Steward, partner: str = "harbour-metro") -> list[dict[str, Any]]:
    devices: list[dict[str, Any]] = json.loads(steward.does("partners", "show", partner, "--json"))["devices"]
    return devices


def test_a_partner_is_added_and_listed(steward: Steward) -> None:
    assert "no partners yet" in steward.does("partners", "list")
    said = steward.does("partners", "add", "venue-counter", "Riverside Théâtre & Co.")
    assert said.startswith("riverside-th-tre-co is a venue-counter now.")
    steward.does("partners", "add", "hospital-desk", "第一人民医院", "--id", "first-hospital")
    assert [(one["id"], one["kind"], one["suspended"]) for one in _listed(steward)] == [
        ("first-hospital", "hospital-desk", False),
        ("riverside-th-tre-co", "venue-counter", False),
    ]


def test_a_name_without_letters_gets_an_id_all_the_same(steward: Steward) -> None:
    assert re.match(
        r"partner-[0-9a-f]{8} is a gas-desk now", steward.does("partners", "add", "gas-desk", "城市燃气")
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("bakery", "Bread & Co."), "transit-turnstile"),
        (("gas-desk", "Harbour Metro"), "harbour-metro already"),
        (("gas-desk", "Gas", "--id", "Gas!"), "--id"),
        (("gas-desk", "Gas", "--id", "x" * 49), "--id"),
        (("gas-desk", "Gas", "--id", "g"), "--id"),
        (("gas-desk", " "), "printable"),
        (("gas-desk", "x" * 121), "printable"),
        (("gas-desk", "two\nlines"), "printable"),
    ],
    ids=str,
)
def test_a_partner_that_cannot_be_is_refused(metro: Steward, arguments: tuple[str, ...], said: str) -> None:
    assert said in metro.is_refused("partners", "add", *arguments)
    assert [one["id"] for one in _listed(metro)] == ["harbour-metro"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: ec.generate_private_key(ec.SECP256R1()),
        ed25519.Ed25519PrivateKey.generate,
        lambda: rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-256", "Ed25519", "RSA"],
)
def test_a_machine_is_registered_by_its_public_key(metro: Steward, make: Callable[[], object]) -> None:
    public = _jwk(make())
    path = metro.file("gate.json", json.dumps({**public, "kid": "whatever the machine calls it"}))
    said = metro.does("partners", "add-device", "harbour-metro", path, "--label", "gate 7", "--days", "30")
    assert thumbprint(public) in said
    [device] = _devices(metro)
    assert device["key"] == thumbprint(public)
    assert (device["label"], device["state"], device["days_left"]) == ("gate 7", "expires", 30)
    assert device["scopes"] == ["redeem", "report", "reverse", "verify"]


def test_a_machine_may_get_fewer_scopes(metro: Steward) -> None:
    path = metro.file("gate.json", json.dumps(new_key()[1]))
    metro.does("partners", "add-device", "harbour-metro", path, "--scopes", "verify")
    [device] = _devices(metro)
    assert device["scopes"] == ["verify"]


def test_a_private_key_is_refused_and_not_quoted(metro: Steward) -> None:
    private, _ = new_key()
    sentence = metro.is_refused(
        "partners", "add-device", "harbour-metro", metro.file("gate.json", json.dumps(private))
    )
    assert "public half" in sentence
    assert private["d"] not in sentence
    assert _devices(metro) == []


WEAK = _jwk(rsa.generate_private_key(65537, 1024))
OTHER_CURVE = _jwk(ec.generate_private_key(ec.SECP384R1()))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        "null",
        '{"kty": "oct", "k": "c2VjcmV0"}',
        json.dumps(WEAK),
        json.dumps(OTHER_CURVE),
        json.dumps({**new_key()[1], "x": "AAAA"}),
        b"\xff\xfe",
        "[" * 10_000,
    ],
    ids=["empty", "text", "array", "object", "null", "secret", "weak", "curve", "no point", "bytes", "deep"],
)
def test_what_is_no_good_key_is_refused(metro: Steward, content: str | bytes) -> None:
    sentence = metro.is_refused("partners", "add-device", "harbour-metro", metro.file("gate.json", content))
    assert sentence.startswith("gateway: key: ")
    assert _devices(metro) == []


def test_a_key_belongs_to_one_machine_of_one_partner(metro: Steward) -> None:
    metro.does("partners", "add", "gas-desk", "City Gas")
    path = metro.file("gate.json", json.dumps(new_key()[1]))
    metro.does("partners", "add-device", "harbour-metro", path)
    for partner in ("harbour-metro", "city-gas"):
        assert "registered already" in metro.is_refused("partners", "add-device", partner, path)


@pytest.mark.parametrize("scopes", ["", "admin", "verify admin", "verify,redeem"])
def test_a_scope_that_the_kind_lacks_is_refused(metro: Steward, scopes: str) -> None:
    path = metro.file("gate.json", json.dumps(new_key()[1]))
    sentence = metro.is_refused("partners", "add-device", "harbour-metro", path, "--scopes", scopes)
    assert "redeem report reverse verify" in sentence


def test_a_machine_needs_a_partner_and_a_file(metro: Steward) -> None:
    path = metro.file("gate.json", json.dumps(new_key()[1]))
    assert "no such partner" in metro.is_refused("partners", "add-device", "city-gas", path)
    missing = metro.run("partners", "add-device", "harbour-metro", "nowhere.json")
    assert missing.status == 2
    assert "nowhere.json" in missing.errors


@pytest.mark.parametrize("label", ["", " ", "x" * 81, "gate\x1b[31m", "two\nlines"])
def test_a_label_is_one_short_line(metro: Steward, label: str) -> None:
    path = metro.file("gate.json", json.dumps(new_key()[1]))
    given = ("partners", "add-device", "harbour-metro", path, "--label", label)
    assert "label" in metro.is_refused(*given)
    assert _devices(metro) == []
