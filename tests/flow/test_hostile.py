"""Hostile requests over the wire, to a sandbox and to a production node: their status, and that nothing speaks."""

import json
from collections.abc import Iterator, Mapping

import httpx2
import pytest

from tests.canaries.needles import found
from tests.flow.haystacks import haystacks
from tests.flow.hostile_requests import METHODS, SENT, Sent
from tests.flow.production import Production
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Wire
from tests.schema.hostile import CANARY, ROWS, Row

pytestmark = pytest.mark.xdist_group("sqlite-sandbox")

ANSWER_BYTES_MAX = 2048
GRAPHQL_RESPONSE = "application/graphql-response+json"

COP: Mapping[str, str] = {
    "alias overloading": "100 aliases",
    "array-based query batching": "a batch",
    "circular query via introspection": "a circle of types",
    "directive overloading": "100 directives",
    "field duplication": "a field 250 times",
    "field suggestions": "almost a field",
    "GET method query support": "by GET what a browser may",
    "GraphQL IDE": "the page",
    "introspection": "the schema",
    "mutation over GET": "an effect by GET",
    "POST with form data": "a form from elsewhere",
    "trace mode": "traces",
    "unhandled errors": "nothing but a word",
}
"""The 13 checks of graphql-cop, and the row or test that makes each here."""


@pytest.fixture(scope="module")
def wire(sqlite_sandbox: Sandbox) -> Iterator[Wire]:
    """A device that signs in once for all of these tests."""
    with Wire(sqlite_sandbox.partner("gas-desk")) as device:
        yield device


def send(wire: Wire, sent: Sent) -> httpx2.Response:
    """Send a request as it is described, signed for its own body if it is."""
    base = wire.url.removesuffix("/graphql")
    proof = [("Authorization", f"DPoP {wire.token}")]
    proof.append(("DPoP", wire.proof(method=sent.method, content=sent.content)))
    headers = [*(proof if sent.signed else []), *sent.headers]
    return wire.http.request(sent.method, base + sent.path, content=sent.content, headers=headers)


def require_quiet(answer: httpx2.Response) -> None:
    """One error in few bytes, which quotes nothing and suggests nothing."""
    assert CANARY not in answer.text + str(answer.headers)
    assert "Did you mean" not in answer.text
    if "errors" in answer.text:
        assert len(answer.content) < ANSWER_BYTES_MAX
        assert len(answer.json()["errors"]) == 1
        assert set(answer.json()) <= {"errors", "data"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_hostile_document_gets_its_status_and_code(wire: Wire, row: Row) -> None:
    asked = {"query": row.document, "variables": row.variables, "operationName": row.operation}
    content = json.dumps(asked).encode()
    answer = wire.post(content, [*wire.signed(content), ("Accept", GRAPHQL_RESPONSE)])
    unsayable = row.name == "half a pair"  # no encoder of JSON takes it, so it never comes to GraphQL
    code = "BAD_REQUEST" if unsayable else row.code
    assert answer.status_code == (200 if row.ran or code is None else 400)
    assert [error["extensions"]["code"] for error in answer.json().get("errors", [])] == ([code] if code else [])
    require_quiet(answer)


@pytest.mark.parametrize("sent", SENT, ids=lambda sent: sent.name)
def test_a_hostile_request_gets_its_status(wire: Wire, sent: Sent) -> None:
    answer = send(wire, sent)
    assert answer.status_code == sent.status
    require_quiet(answer)


@pytest.mark.parametrize("sent", METHODS, ids=lambda sent: sent.name)
@pytest.mark.xdist_group("production")
def test_production_answers_no_other_method_than_post(deployment: Production, sent: Sent) -> None:
    with Wire(deployment.credentials) as device:
        answer = send(device, sent)
    assert answer.status_code == (sent.production or sent.status)
    require_quiet(answer)


def test_nothing_traces(wire: Wire) -> None:
    content = b'{"query": "{ service { name } }", "extensions": {"tracing": true}}'
    answer = wire.post(content, [*wire.signed(content), ("X-Apollo-Tracing", "1")])
    assert answer.json() == {"data": {"service": {"name": "Laurel"}}}


def test_no_exception_speaks(wire: Wire) -> None:
    answer = wire.post(b'{"query": "queryy { __typename }"}')
    assert answer.json() == {
        "errors": [
            {
                "message": "The document is not GraphQL.",
                "extensions": {"code": "GRAPHQL_PARSE_FAILED"},
                "locations": [{"line": 1, "column": 1}],
            }
        ]
    }


@pytest.mark.xdist_group("production")
def test_production_has_no_page(deployment: Production) -> None:
    for path in ("/graphql", "/graphiql", "/playground", "/altair", "/sandbox/ide/ide.js"):
        answer = httpx2.get(deployment.nodes[0].url + path, headers={"Accept": "text/html"}, trust_env=False)
        assert answer.status_code in (404, 405)
        assert "<script" not in answer.text


def test_every_check_of_graphql_cop_is_made() -> None:
    names = {row.name for row in ROWS} | {sent.name for sent in SENT}
    elsewhere = {"the page", "traces", "nothing but a word"}
    assert len(COP) == 13
    assert set(COP.values()) <= names | elsewhere
    assert len(ROWS) + len(SENT) >= 150
    assert len({sent.name for sent in SENT}) == len(SENT)


def test_no_canary_is_in_any_log_metric_or_table(sqlite_sandbox: Sandbox, wire: Wire) -> None:
    for row in ROWS:
        wire.post(json.dumps({"query": row.document, "variables": row.variables}).encode())
    hay = haystacks(sqlite_sandbox)
    assert hay["standard error"].count(b'"path": "/graphql"') >= len(ROWS)
    assert found({"canary": CANARY}, hay) == set()
