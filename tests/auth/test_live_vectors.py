"""The known answer of docs/passes.md: in Python, by WebCrypto, and as the gateway opens it."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key

from gateway.auth.passes import PassReader
from gateway.domain.passes import OpenedPass, PresentedPass
from tests import node
from tests.auth.key_home import load, private_path
from tests.docs.pages import ROOT, blocks
from tests.phone import Phone

[_TEXT] = blocks((ROOT / "docs" / "passes.md").read_text(encoding="utf-8"), "json")
VECTOR: dict[str, Any] = json.loads(_TEXT)
SCRIPT = ROOT / "tests" / "node" / "live_pass.mjs"


@pytest.fixture
def reader(tmp_path: Path) -> PassReader:
    """A gateway with the secrets of the page."""
    load(tmp_path)
    for purpose in ("live", "handle"):
        path = private_path(tmp_path, f"{purpose}-1")
        jwk = json.loads(path.read_text())
        jwk["k"] = base64.urlsafe_b64encode(bytes.fromhex(VECTOR[purpose])).rstrip(b"=").decode()
        path.write_text(json.dumps(jwk))
    return PassReader(load(tmp_path), issuer="https://laurel.example")


def ephemeral() -> EllipticCurvePrivateKey:
    return derive_private_key(int(VECTOR["ephemeral"], 16), SECP256R1())


def opened(reader: PassReader, text: str) -> OpenedPass:
    return reader.open(PresentedPass(text))


def test_the_phone_of_the_tests_makes_it() -> None:
    assert Phone.paired(VECTOR["pairing"]).shows(VECTOR["time"], ephemeral=ephemeral()) == VECTOR["showing"]


def test_the_gateway_opens_it(reader: PassReader) -> None:
    seen = opened(reader, VECTOR["showing"])
    assert (seen.forged, seen.sector) == (False, "transit")
    assert seen.showable is not None
    assert int(seen.showable[0].timestamp()) == VECTOR["time"] - 30


def test_webcrypto_makes_it_and_each_of_its_own_is_new(reader: PassReader) -> None:
    point = ephemeral().public_key().public_numbers()
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": _b64(point.x),
        "y": _b64(point.y),
        "d": _b64(int(VECTOR["ephemeral"], 16)),
    }
    second = str(VECTOR["time"])
    assert node.run(SCRIPT, VECTOR["pairing"], second, json.dumps(jwk)) == VECTOR["showing"]
    first, other = (node.run(SCRIPT, VECTOR["pairing"], second) for _ in range(2))
    assert first != other
    assert opened(reader, first).handle == opened(reader, other).handle == opened(reader, VECTOR["showing"]).handle


def _b64(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()
