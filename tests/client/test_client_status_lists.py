"""The client's reader of status lists: what it takes, and that whatever is wrong with one makes nobody valid."""

import zlib
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.algorithms import OKPAlgorithm

from laurel_client import BadReply, Credentials, LaurelClient, StatusList, read_status_list
from laurel_client.status_lists import BYTES_MAX

URI = "https://laurel.example/status-lists/transit"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
AT = int(NOW.timestamp())
KEY = ed25519.Ed25519PrivateKey.generate()
JWKS = {"keys": [{**OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "pass-1"}]}
BITS = bytes([0b00000100, 0b10000000])
"""INVALID are the places 2 and 15."""


def packed(bits: bytes) -> str:
    return urlsafe_b64encode(zlib.compress(bits)).decode().rstrip("=")


def claims(**changes: Any) -> dict[str, Any]:
    right = {"sub": URI, "iat": AT, "exp": AT + 3600, "ttl": 300, "status_list": {"bits": 1, "lst": packed(BITS)}}
    return {name: value for name, value in {**right, **changes}.items() if value is not None}


def signed(key: Any = KEY, *, kid: str = "pass-1", typ: str = "statuslist+jwt", **changes: Any) -> str:
    algorithm = "EdDSA" if isinstance(key, ed25519.Ed25519PrivateKey) else "ES256"
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": kid, "typ": typ})


def read(text: str, *, uri: str = URI, at: datetime = NOW) -> StatusList:
    return read_status_list(text, JWKS, uri=uri, at=at)


def test_a_list_is_read_bit_by_bit_until_it_expires() -> None:
    found = read(text := signed())
    assert [place for place in range(16) if not found.is_valid(place, at=NOW)] == [2, 15]
    assert (found.uri, found.issued_at, found.ttl, found.signed) == (URI, NOW, timedelta(minutes=5), text)
    assert found.expires_at == NOW + timedelta(hours=1)
    assert found.is_valid(0, at=found.expires_at - timedelta(seconds=1))
    assert not found.is_valid(0, at=found.expires_at), "who does not know does not open"
    assert not found.is_valid(0), "now is later"
    assert "lst" not in repr(found)
    assert text not in repr(found)


@pytest.mark.parametrize("place", [-1, 16, 2**40])
def test_a_place_that_a_list_does_not_have_is_not_valid(place: int) -> None:
    assert not read(signed(status_list={"bits": 1, "lst": packed(bytes(2))})).is_valid(place, at=NOW)


OTHER = ed25519.Ed25519PrivateKey.generate()
WRONG = {
    "another's key": signed(OTHER),
    "an unknown key": signed(OTHER, kid="pass-2"),
    "another algorithm": signed(ec.generate_private_key(ec.SECP256R1())),
    "a card": signed(typ="pass+jwt"),
    "another sector": signed(sub=URI.replace("transit", "venue")),
    "no address": signed(sub=None),
    "expired": signed(exp=AT),
    "no end": signed(exp=None),
    "an end in words": signed(exp="tomorrow"),
    "an end that no calendar has": signed(exp=10**30),
    "no ttl": signed(ttl=None),
    "two bits": signed(status_list={"bits": 2, "lst": packed(BITS)}),
    "no list": signed(status_list=None),
    "no zlib": signed(status_list={"bits": 1, "lst": urlsafe_b64encode(BITS).decode()}),
    "no base64url": signed(status_list={"bits": 1, "lst": "!!!!"}),
    "cut off": signed(status_list={"bits": 1, "lst": packed(bytes(range(256)))[:-20]}),
    "a bomb": signed(status_list={"bits": 1, "lst": packed(bytes(BYTES_MAX + 1))}),
    "one bit changed": signed().replace("eyJ", "eyK", 1),
    "not a token": "VALID",
    "empty": "",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_no_list(text: str) -> None:
    with pytest.raises(BadReply):
        read(text)


def test_the_longest_list_that_is_taken() -> None:
    found = read(signed(status_list={"bits": 1, "lst": packed(bytes(BYTES_MAX))}))
    assert found.is_valid(8 * BYTES_MAX - 1, at=NOW)


def answering(listed: httpx2.Response, keys: httpx2.Response) -> httpx2.AsyncClient:
    """Return an HTTP client that reaches a gateway with these answers."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        match request.url.path:
            case "/oauth/token":
                return httpx2.Response(200, json={"access_token": "a", "token_type": "DPoP", "expires_in": 300})
            case "/.well-known/jwks.json":
                assert "Authorization" not in request.headers
                return keys
            case path:
                proof = jwt.decode(request.headers["DPoP"], options={"verify_signature": False})
                assert (proof["htm"], proof["htu"]) == ("GET", str(request.url)), path
                return listed

    return httpx2.AsyncClient(transport=httpx2.MockTransport(answer))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("listed", "keys"),
    [
        (httpx2.Response(500), httpx2.Response(200, json=JWKS)),
        (httpx2.Response(304), httpx2.Response(200, json=JWKS)),
        (httpx2.Response(200, text=signed(exp=2**32)), httpx2.Response(200, json={"keys": []})),
        (httpx2.Response(200, text=signed(exp=2**32)), httpx2.Response(200, json=["keys"])),
        (httpx2.Response(200, text=signed(exp=2**32)), httpx2.Response(404)),
    ],
    ids=["failed", "unchanged since never", "no key", "no keys", "no set of keys"],
)
async def test_without_a_list_and_its_key_there_is_no_list(
    credentials: Credentials, listed: httpx2.Response, keys: httpx2.Response
) -> None:
    async with answering(listed, keys) as http, LaurelClient(credentials, http) as client:
        with pytest.raises(BadReply):
            await client.fetch_status_list("transit")
