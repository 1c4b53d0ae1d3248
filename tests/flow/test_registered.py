"""Documents by id over HTTP: production runs those of the caller's kind alone, the sandbox any text as well."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.domain.documents import document_id
from laurel_client import BadInput, Credentials, LaurelClient
from tests.flow.processes import ROOT, run
from tests.flow.production import EARLIER, KIND, Production
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Wire

in_production = pytest.mark.xdist_group("production")

JSON, GRAPHQL_RESPONSE = "application/json", "application/graphql-response+json"
UNKNOWN = document_id("query Unknown { service { name } }")
THEIRS = document_id((ROOT / "partners" / "venue-counter" / "VerifyPass.graphql").read_text("utf-8"))
TEXT = (ROOT / "partners" / KIND / "Service.graphql").read_text("utf-8")
SERVICE = document_id(TEXT)
HASHED = {"persistedQuery": {"version": 1, "sha256Hash": SERVICE.removeprefix("sha256:")}}


def post(wire: Wire, body: object, media_type: str) -> httpx2.Response:
    """Post a body and have it answered in a media type."""
    content = json.dumps(body).encode()
    return wire.post(content, [*wire.signed(content), ("Accept", media_type)])


def refused(wire: Wire, body: object, code: str, *, well_formed: bool = True) -> str:
    """Return the message of a request's one error: the same, and nothing but it, in either media type."""
    answers = {each: post(wire, body, each) for each in (JSON, GRAPHQL_RESPONSE)}
    status = {JSON: 200 if well_formed else 400, GRAPHQL_RESPONSE: 400}
    assert {each: answer.status_code for each, answer in answers.items()} == status
    one, other = (answer.json() for answer in answers.values())
    assert one == other
    assert one.keys() == {"errors"}
    [error] = one["errors"]
    assert error["extensions"]["code"] == code
    return str(error["message"])


@in_production
@pytest.mark.parametrize("media_type", [JSON, GRAPHQL_RESPONSE])
@pytest.mark.parametrize("more", [{}, {"variables": {}}, {"operationName": "Service"}, {"query": None}], ids=str)
def test_production_runs_what_is_registered(deployment: Production, more: dict[str, Any], media_type: str) -> None:
    with Wire(deployment.credentials) as wire:
        answer = post(wire, {"documentId": SERVICE, **more}, media_type)
        assert (answer.status_code, answer.json()["data"]["service"]["name"]) == (200, "Laurel")
        assert answer.headers["content-type"].startswith(media_type)


@in_production
def test_devices_that_were_not_renewed_go_on_with_the_version_of_before(deployment: Production) -> None:
    with Wire(deployment.credentials) as wire:
        answer = post(wire, {"documentId": document_id(EARLIER)}, GRAPHQL_RESPONSE)
        assert answer.json() == {"data": {"service": {"name": "Laurel"}}}


@in_production
def test_an_unknown_document_and_another_kinds_are_the_same_error(deployment: Production) -> None:
    variables = {"pass": "canary", "reward": "cultural-event"}
    with Wire(deployment.credentials) as wire:
        messages = {
            refused(wire, {"documentId": one, "variables": variables}, "DOCUMENT_NOT_REGISTERED")
            for one in (UNKNOWN, THEIRS, "sha256:" + "0" * 64)
        }
    assert len(messages) == 1


TEXTS = {
    "a text": {"query": "{ service { name } }"},
    "a registered text": {"query": TEXT},
    "a text that is no GraphQL": {"query": "canary {"},
    "introspection": {"query": "{ __schema { types { name } } }"},
    "a text to be remembered": {"query": TEXT, "extensions": HASHED},
    "a mutation": {"query": "mutation($i: RedeemRewardInput!) { redeemReward(input: $i) { __typename } }"},
}


@in_production
@pytest.mark.parametrize("body", TEXTS.values(), ids=TEXTS)
def test_production_reads_no_text(deployment: Production, body: dict[str, Any]) -> None:
    with Wire(deployment.credentials) as wire:
        assert "documentId" in refused(wire, body, "DOCUMENT_ID_REQUIRED")
        refused(wire, {"documentId": document_id("canary {")}, "DOCUMENT_NOT_REGISTERED")


MALFORMED: dict[str, dict[str, Any]] = {
    "neither": {},
    "neither, with variables": {"variables": {}},
    "hash of another protocol": {"extensions": HASHED},
    "id of another protocol": {"doc_id": SERVICE, "id": SERVICE},
    "both": {"documentId": SERVICE, "query": TEXT},
    "both, differing": {"documentId": SERVICE, "query": "{ service { version } }"},
    "both, the text empty": {"documentId": SERVICE, "query": ""},
    "empty": {"documentId": ""},
    "number": {"documentId": 1},
    "list": {"documentId": [SERVICE]},
    "upper case": {"documentId": SERVICE.upper()},
    "digits in upper case": {"documentId": "sha256:" + SERVICE[7:].upper()},
    "no prefix": {"documentId": SERVICE[7:]},
    "other prefix": {"documentId": "x-sha256:" + SERVICE[7:]},
    "too short": {"documentId": SERVICE[:-1]},
    "too long": {"documentId": SERVICE + "0"},
    "line end": {"documentId": SERVICE + "\n"},
    "name": {"documentId": "Service"},
    "path": {"documentId": "../transit-turnstile/Service.graphql"},
    "digits of another script": {"documentId": "sha256:" + "٣" * 64},
}


@in_production
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_id_is_a_bad_request(deployment: Production, body: dict[str, Any]) -> None:
    with Wire(deployment.credentials) as wire:
        message = refused(wire, body, "BAD_REQUEST", well_formed=False)
    assert len(message) < 100
    assert SERVICE[7:] not in message


@in_production
def test_wrong_variables_of_a_registered_document_are_told(deployment: Production) -> None:
    verify = deployment.credentials.document("VerifyPass").id
    right = {"pass": "canary", "reward": "transit-discount"}
    with Wire(deployment.credentials) as wire:
        for variables in (
            None,
            {},
            right | {"quantity": "canary"},
            right | {"quantity": None},
            right | {"canary": 1},
        ):
            body = {"documentId": verify, "variables": variables}
            assert "canary" not in refused(wire, body, "BAD_USER_INPUT")
        refused(wire, {"documentId": verify, "variables": right, "operationName": "canary"}, "BAD_REQUEST")


@in_production
def test_no_document_runs_by_get(deployment: Production) -> None:
    with Wire(deployment.credentials) as wire:
        headers = [("Authorization", f"DPoP {wire.token}"), ("DPoP", wire.proof(method="GET"))]
        answer = wire.http.get(wire.url, params={"documentId": SERVICE}, headers=headers)
    assert answer.status_code == 405


@in_production
@pytest.mark.anyio
async def test_the_client_says_that_its_document_is_not_registered(deployment: Production) -> None:
    own = deployment.credentials
    content = {name: getattr(own, name) for name in own.__dataclass_fields__} | {
        "documents": {"Service": type(own.document("Service"))("Service", UNKNOWN)}
    }
    async with LaurelClient(Credentials(**content)) as client:
        with pytest.raises(BadInput, match="DOCUMENT_NOT_REGISTERED"):
            await client.execute("Service", {})


def test_the_sandbox_runs_any_text_and_every_id_of_the_kind(city: Sandbox) -> None:
    with Wire(city.partner("gas-desk")) as wire:
        for body in ({"query": "{ service { name } }"}, {"query": TEXT}, {"documentId": SERVICE}):
            assert post(wire, body, GRAPHQL_RESPONSE).json()["data"]["service"]["name"] == "Laurel"
        for body in ({"documentId": UNKNOWN}, {"documentId": THEIRS}):
            refused(wire, body, "DOCUMENT_NOT_REGISTERED")
        refused(wire, {"documentId": SERVICE, "query": TEXT}, "BAD_REQUEST", well_formed=False)


def test_in_a_sandbox_a_question_may_be_named_in_an_address_and_an_effect_may_not(city: Sandbox) -> None:
    with Wire(city.partner("gas-desk")) as wire:
        redeem = wire.credentials.document("RedeemReward").id
        for document_id, status in ((SERVICE, 200), (redeem, 405), (UNKNOWN, 200)):
            proof = wire.proof(method="GET", content=b"")
            headers = [("Authorization", f"DPoP {wire.token}"), ("DPoP", proof)]
            answer = wire.http.get(wire.url, params={"documentId": document_id}, headers=headers)
            assert (answer.status_code, "data" in answer.json()) == (status, document_id == SERVICE)


def test_a_partner_file_names_documents_by_the_hash_of_their_files(city: Sandbox) -> None:
    for path in city.partner_files:
        partner = json.loads(path.read_bytes())
        files = (ROOT / "partners" / partner["kind"]).glob("*.graphql")
        hashes = {file.stem: f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files}
        assert {name: one["id"] for name, one in partner["documents"].items()} == hashes


@pytest.mark.parametrize("command", ["serve", "sandbox"])
def test_a_document_that_does_not_validate_stops_the_start(
    tmp_path: Path, production_keys: str, sqlite_url: str, command: str
) -> None:
    partners = tmp_path / "partners"
    shutil.copytree(ROOT / "partners", partners, ignore=shutil.ignore_patterns("client"))
    wrong = partners / "gas-desk" / "Rewards.graphql"
    wrong.write_text("query Rewards {\n  rewards {\n    cod\n  }\n}\n", "utf-8")
    settings = {"GATEWAY_PARTNERS_DIR": str(partners)}
    if command == "serve":
        settings |= {"GATEWAY_DATABASE_URL": sqlite_url, "GATEWAY_KEYS_DIR": production_keys}
    done = run(command, "--port", "0", folder=tmp_path, settings=settings)
    assert (done.returncode, done.stdout) == (2, "")
    reason = "can't be registered: line 3: Cannot query field 'cod' on type 'Reward'."
    assert done.stderr == f"gateway: {wrong}: {reason} Did you mean 'code'?\n"
