"""The device's key, assertions, proofs and partner files."""

import json
from pathlib import Path

import jwt as pyjwt
import pytest

from laurel_client import BadCredentials, Credentials, LaurelClient, UnknownDocument
from laurel_client.signing import DeviceKey, thumbprint
from tests.client.conftest import new_jwk, partner_content, public
from tests.client.stub_gateway import StubGateway, serving

TEXT = "query Service { service { name } }\n"
ID = "sha256:62f059ad2bf5295750ccb416a0715b15ea002eb8e3b951c7df5d5d0dd1ddc438"
RFC_8037_KEY = {"crv": "Ed25519", "kty": "OKP", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


def test_the_thumbprint_is_that_of_rfc_8037_appendix_a_3() -> None:
    assert thumbprint(RFC_8037_KEY | {"alg": "EdDSA"}) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_headers_carry_nothing_beyond_the_profile(any_jwk: dict[str, str]) -> None:
    key = DeviceKey(any_jwk)
    assertion = pyjwt.get_unverified_header(key.client_assertion("metro", "https://laurel.example", now=1))
    proof = pyjwt.get_unverified_header(key.proof("POST", "https://laurel.example/graphql", now=1))
    assert assertion == {"typ": "client-authentication+jwt", "alg": any_jwk["alg"], "kid": any_jwk["kid"]}
    assert proof == {"typ": "dpop+jwt", "alg": any_jwk["alg"], "jwk": public(any_jwk)}


def test_a_proof_names_the_body_that_it_is_for(any_jwk: dict[str, str]) -> None:
    """The value is that of RFC 9530, appendix B."""
    sign, url = DeviceKey(any_jwk).proof, "https://laurel.example/graphql"
    proofs = sign("POST", url, now=1, content=b'{"hello": "world"}\n'), sign("POST", url, now=1)
    bound, unbound = (pyjwt.decode(proof, options={"verify_signature": False}) for proof in proofs)
    assert bound["content_digest"] == "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    assert bound.keys() - unbound.keys() == {"content_digest"}


@pytest.mark.anyio
async def test_a_gateway_accepts_what_either_kind_of_key_signs(any_jwk: dict[str, str]) -> None:
    gateway = StubGateway(public(any_jwk), any_jwk["kid"])
    with serving(gateway):
        credentials = Credentials.from_mapping(partner_content(gateway.url, any_jwk))
        async with LaurelClient(credentials) as client:
            assert await client.redemption("rdm_none") is None
    assert gateway.complaints == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"kid": "somebody-else"},
        {"alg": "HS256"},
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"d": None},
        {"d": "not base64 !"},
        {"x": new_jwk("ES256")["x"]},
    ],
)
def test_a_key_that_is_not_one_is_refused_without_showing_it(
    jwk: dict[str, str], wrong: dict[str, str | None]
) -> None:
    with pytest.raises(BadCredentials) as caught:
        DeviceKey(jwk | wrong)
    assert jwk["d"] not in repr(caught.value)
    assert caught.value.__context__ is None


def test_a_partner_file_is_read_whole(tmp_path: Path, jwk: dict[str, str]) -> None:
    path = tmp_path / "metro.json"
    path.write_text(json.dumps(partner_content("https://laurel.example", jwk)))
    credentials = Credentials.from_file(path)
    assert credentials.scopes == {"verify", "redeem", "reverse", "report"}
    assert credentials.occasions == {"cultural-event": ("concert-1",)}
    assert str(credentials.document("VerifyPass").text).startswith("query VerifyPass")
    with pytest.raises(UnknownDocument, match="Nothing"):
        credentials.document("Nothing")


def with_document(document: dict[str, object]) -> str:
    """Return a partner file with one document."""
    return json.dumps(partner_content("https://laurel.example", new_jwk("EdDSA"), documents={"Service": document}))


def test_a_partner_file_needs_ids_alone(jwk: dict[str, str]) -> None:
    content = partner_content("https://laurel.example", jwk, documents={"Service": {"id": ID}})
    assert Credentials.from_mapping(content).document("Service").id == ID


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("{}", "'partner_id' is missing"),
        (json.dumps(partner_content("https://laurel.example", {}, issuer=7)), "'issuer' is not a text"),
        (json.dumps(partner_content("https://laurel.example", {}, documents=[])), "key"),
        (json.dumps(partner_content("https://laurel.example", new_jwk("EdDSA"), documents=[])), "wrong type"),
        (with_document({"id": ID.upper()}), "'Service' is not sha256: and 64 digits"),
        (with_document({"id": ID, "text": TEXT + " "}), "'Service' was changed"),
        (with_document({"id": 7}), "wrong type"),
        (with_document({"text": TEXT}), "'id' is missing"),
    ],
    # A new key is in it at each collection, and in every worker: its text can't name the test.
    ids=["cut short", "list", "empty", "issuer", "no key", "documents", "no id", "edited", "number", "text"],
)
def test_a_wrong_partner_file_is_named_with_what_is_wrong(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "metro.json"
    path.write_text(content)
    with pytest.raises(BadCredentials, match=f"metro.json: .*{says}"):
        Credentials.from_file(path)


def test_a_missing_partner_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCredentials, match=r"none\.json: No such file"):
        Credentials.from_file(tmp_path / "none.json")
