"""Over 2,000 operations that schemathesis makes up from the published schema, signed, against a real sandbox.

The seed is fixed, so that each run sends the same. No answer is a failure of ours, and none repeats what was sent.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from graphql import StringValueNode, Visitor, parse, visit
from hypothesis import HealthCheck, given, seed, settings
from requests.auth import AuthBase
from schemathesis.core.result import Ok

from gateway.domain.error_codes import ErrorCode
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Wire
from tests.schema.test_schema_text import PLACES, SDL

pytestmark = pytest.mark.xdist_group("sqlite-sandbox")

SEED = 20_261_125
CASES = {
    "Query.service": 40,
    "Query.rewards": 100,
    "Query.verifyPass": 200,
    "Query.redemption": 160,
    "Query.redemptions": 200,
    "Query.occasions": 160,
    "Query.settlement": 100,
    "Query.offlineAllowance": 60,
    "Mutation.redeemReward": 200,
    "Mutation.holdReward": 200,
    "Mutation.confirmHold": 140,
    "Mutation.releaseHold": 120,
    "Mutation.reverseRedemption": 200,
    "Mutation.cancelOccasion": 100,
    "Mutation.uploadRedemptions": 200,
}
ANSWER_BYTES_MAX = 2048
TEXT_LENGTH_MIN = 5
"""Shorter texts are in any answer by chance."""

PUBLISHED = schemathesis.graphql.from_path(str(SDL))
OPERATIONS = {one.ok().label: one.ok() for one in PUBLISHED.get_all_operations() if isinstance(one, Ok)}


class Signed(AuthBase):
    """Signs a request as it is about to be sent, with a proof for the bytes of its body."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
        request.headers.update(dict(self._wire.signed(body)))
        return request


class Texts(Visitor):
    """Gathers the texts of a document."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        self.found.add(node.value)


@pytest.fixture(scope="module")
def wire(sqlite_sandbox: Sandbox) -> Iterator[Wire]:
    with Wire(sqlite_sandbox.partner("gas-desk")) as device:
        yield device


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        opened.trust_env = False
        yield opened


def require_right(case: schemathesis.Case[Any], answer: schemathesis.Response) -> None:
    """No 5xx, one of our codes for each error, and nothing of what was sent but what the contract says back."""
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) <= {"data", "errors"}
    errors = answer.json().get("errors", [])
    codes = {error["extensions"]["code"] for error in errors}
    assert codes <= set(ErrorCode) - {ErrorCode.INTERNAL, ErrorCode.GRAPHQL_PARSE_FAILED}
    if errors:
        assert len(answer.content) < ANSWER_BYTES_MAX
        texts = Texts()
        visit(parse(str(case.body)), texts)
        said = " ".join(f"{error['message']} {error['extensions']}" for error in errors)  # a path is of our names
        assert [one for one in texts.found if len(one) >= TEXT_LENGTH_MIN and one in said] == []


@pytest.mark.parametrize("label", CASES)
def test_whatever_the_schema_allows_is_answered(
    sqlite_sandbox: Sandbox, wire: Wire, session: requests.Session, label: str
) -> None:
    operation, sent = OPERATIONS[label], 0

    @seed(SEED)
    @settings(max_examples=CASES[label], database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def send(case: schemathesis.Case[Any]) -> None:
        nonlocal sent
        answer = case.call(base_url=wire.url, session=session, auth=Signed(wire))
        require_right(case, answer)
        sent += 1

    send()
    assert sent >= CASES[label]


def test_every_root_field_is_among_them_and_they_are_enough() -> None:
    roots = {place for place in PLACES if place.count(".") == 1 and place.startswith(("Query.", "Mutation."))}
    assert set(CASES) == set(OPERATIONS) == roots
    assert sum(CASES.values()) >= 2000


def test_no_exception_was_logged_meanwhile(sqlite_sandbox: Sandbox) -> None:
    log = sqlite_sandbox.gateway.log.read_text("utf-8")
    assert "Traceback" not in log
    assert '"event": "unexpected error"' not in log
