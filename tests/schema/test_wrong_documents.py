"""What the caller can mend: a stable code and a place, no suggestion, and never a value that was sent."""

import json
import re
from typing import Any

import pytest
from graphql import parse

from gateway.schema.documents import MESSAGE_LENGTH_MAX
from gateway.schema.execution import NotExecuted
from tests.schema.asking import PRODUCTION, REDEEM, REVERSE, SANDBOX, ask, only_error
from tests.services.world import REQUEST_ID, World

pytestmark = pytest.mark.anyio

CANARY = "canary-4929-pass"
MISTYPED = [
    "{ servic { name } }",
    "{ service { nam } }",
    "{ redemptions { edges { node { statu } } } }",
    "{ redemptions(firs: 1) { edges { cursor } } }",
    "{ redemptions { edges } }",
    '{ verifyPass(pass: "x", reward: "ride") { ... on Eligibl { reward } } }',
    '{ verifyPass(pass: "x", reward: "ride") { ... on Eligible { rewar } } }',
    '{ verifyPass(pass: "x", reward: "ride") { ... on Refused { reason } } }',
    "query($first: Intt) { redemptions(first: $first) { edges { cursor } } }",
    "query($input: RedeemRewardInpu!) { service { name } }",
    "query($first: String) { redemptions(first: $first) { edges { cursor } } }",
    "query($unused: Int) { service { name } }",
    "{ redemptions(first: $undefined) { edges { cursor } } }",
    "{ service { name @skp(if: true) } }",
    "{ ...missing }",
    "{ service { name } service: rewards { code } }",
    "{ verifyPass(reward: 1) { __typename } }",
    "mutation { redeemReward { __typename } }",
    "mutation { ...two } fragment two on Mutation { nothing }",
    "{ __schema { types { name } } }",
    '{ __type(name: "Redemption") { name } }',
]

NAMES = [
    "{ canary }",
    "{ service { canary } }",
    "{ canary: service { nam } }",
    "{ canary { name } }",
    "{ service(canary: 1) { name } }",
    "{ service { name { canary } } }",
    "{ service { name @canary } }",
    "{ service { name @skip(canary: true) } }",
    "{ service { name @skip(if: $canary) } }",
    "query canary { service { nam } }",
    "query canary { service { name } } query canary { service { name } }",
    "query($canary: Int) { service { name } }",
    "query($canary: Canary) { service { name } }",
    "query($canary: Service) { service { name } }",
    "query($canary: Int, $canary: Int) { redemptions(first: $canary) { edges { cursor } } }",
    "query($canary: String) { redemptions(first: $canary) { edges { cursor } } }",
    "query($a: Int) { redemptions(first: $a, first: $canary) { edges { cursor } } }",
    "{ ...canary }",
    "{ service { ...canary } } fragment canary on Redemption { id }",
    "{ service { ...canary } } fragment canary on Canary { id }",
    "{ service { name } } fragment canary on Service { name }",
    "{ service { ...canary } } fragment canary on Service { ...canary }",
    "{ service { ...canary } } fragment canary on Int { id }",
    "{ service { ... on Canary { name } } }",
    "{ service { canary: name canary: version } }",
    "{ canary: service { name } canary: rewards { code } }",
    'mutation { redeemReward(input: {pass: "a", reward: "b", requestId: "c", canary: 1}) { __typename } }',
    'mutation { redeemReward(input: {pass: "a", canary: "b", canary: "c"}) { __typename } }',
    "type canary { canary: Int } { service { name } }",
    "directive @canary on FIELD { service { name } }",
    "{ rewards { benefit(canary: CANARY) } }",
]
"""Every rule of validation names what it found; a pass that was pasted into the wrong place can be a name."""

LITERALS = [
    f'{{ redemptions(first: "{CANARY}") {{ edges {{ cursor }} }} }}',
    f'{{ redemptions(since: "{CANARY}") {{ edges {{ cursor }} }} }}',
    f'{{ redemptions(first: {{ a: "{CANARY}" }}) {{ edges {{ cursor }} }} }}',
    f'{{ verifyPass(pass: ["{CANARY}", 1], reward: "ride") {{ __typename }} }}',
    f'{{ service {{ name @skip(if: "{CANARY}") }} }}',
    f'mutation {{ redeemReward(input: "{CANARY}") {{ __typename }} }}',
    f'mutation {{ redeemReward(input: {{ pass: "{CANARY}", rewrd: "ride" }}) {{ __typename }} }}',
    f'mutation {{ reverseRedemption(input: {{ redemptionId: "{CANARY}", reason: RETURND, requestId: "a" }})'
    " { __typename } }",
    f'mutation {{ reverseRedemption(input: {{ redemptionId: "a", reason: "{CANARY}", requestId: "a" }})'
    " { __typename } }",
    f'query($first: Int = "{CANARY}") {{ redemptions(first: $first) {{ edges {{ cursor }} }} }}',
]

REDEMPTION = {"pass": CANARY, "reward": "ride", "requestId": REQUEST_ID}
VARIABLES: list[tuple[str, dict[str, Any] | None]] = [
    (REDEEM % "", None),
    (REDEEM % "", {}),
    (REDEEM % "", {"input": None}),
    (REDEEM % "", {"input": CANARY}),
    (REDEEM % "", {"input": {"pass": CANARY}}),
    (REDEEM % "", {"input": REDEMPTION | {"pass": None}}),
    (REDEEM % "", {"input": REDEMPTION | {"pass": {"token": CANARY}}}),
    (REDEEM % "", {"input": REDEMPTION | {"quantity": CANARY}}),
    (REDEEM % "", {"input": REDEMPTION | {"quantity": 2**31}}),
    (REDEEM % "", {"input": REDEMPTION | {"quantity": 1.5}}),
    (REDEEM % "", {"input": REDEMPTION | {"quantity": None}}),
    (REDEEM % "", {"input": REDEMPTION | {"reward": [CANARY]}}),
    (REDEEM % "", {"input": REDEMPTION | {"pin": 1234}}),
    (REDEEM % "", {"input": REDEMPTION | {CANARY: CANARY}}),
    (REVERSE % "", {"input": {"redemptionId": "a", "reason": CANARY, "requestId": "a"}}),
    (REVERSE % "", {"input": {"redemptionId": "a", "reason": "RETURND", "requestId": "a"}}),
    ("query($since: DateTime) { redemptions(since: $since) { edges { cursor } } }", {"since": CANARY}),
    ("query($since: DateTime) { redemptions(since: $since) { edges { cursor } } }", {"since": 4929}),
    ("query($first: Int) { redemptions(first: $first) { edges { cursor } } }", {"first": None}),
    ("query($on: Boolean!) { service { name @include(if: $on) } }", {"on": CANARY}),
]


def assert_silent(error: dict[str, Any]) -> None:
    """Nothing that was sent is said again, and nothing is suggested."""
    shown = json.dumps(error)
    assert "canary" not in shown
    assert "4929" not in shown
    assert "Did you mean" not in shown


@pytest.mark.parametrize("document", MISTYPED)
async def test_a_wrong_document_is_told_where_and_nothing_else(world: World, document: str) -> None:
    execution = await ask(world, document)
    assert isinstance(execution, NotExecuted)
    assert set(execution.body) == {"errors"}
    error = only_error(execution)
    assert error["message"] == "The document does not fit the schema."
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert error["locations"][0]["line"] == 1
    assert world.calls.made == []


@pytest.mark.parametrize("document", MISTYPED[:-2])
async def test_a_sandbox_says_more_but_only_by_the_schemas_own_names(world: World, document: str) -> None:
    error = only_error(await ask(world, document, schema=SANDBOX))
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert len(error["message"]) <= MESSAGE_LENGTH_MAX
    assert_silent(error)
    sent = {"servic", "nam", "statu", "firs", "Eligibl", "rewar", "Intt", "RedeemRewardInpu", "skp", "nothing"}
    assert sent.isdisjoint(re.findall("[A-Za-z]+", error["message"]))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{ service { nam } }", "Cannot query field '...' on type 'Service'."),
        ("{ redemptions(firs: 1) { edges { cursor } } }", "Unknown argument '...' on field 'Query.redemptions'."),
        ("{ service }", "Field 'service' of type 'Service!' must have a selection of subfields."),
        (
            "query($first: String) { redemptions(first: $first) { edges { cursor } } }",
            "Variable '$first' of type 'String' used in position expecting type 'Int!'.",
        ),
    ],
)
async def test_a_sandbox_says_what_is_wrong(world: World, document: str, message: str) -> None:
    assert only_error(await ask(world, document, schema=SANDBOX))["message"] == message


def test_a_message_that_quotes_otherwise_than_names_is_not_shown() -> None:
    told = SANDBOX.documents._in_our_words
    assert told("Field 'Query.service' is one.") == "Field 'Query.service' is one."
    assert told('Value "canary" is none.') == told("'Query'" * 50) == "The document does not fit the schema."


@pytest.mark.parametrize("document", NAMES)
async def test_no_name_that_was_sent_is_repeated(world: World, document: str) -> None:
    parse(document)
    for schema in (PRODUCTION, SANDBOX):
        execution = await ask(world, document, schema=schema)
        assert isinstance(execution, NotExecuted)
        assert "canary" not in json.dumps(execution.body)


@pytest.mark.parametrize("document", LITERALS)
async def test_a_wrong_literal_is_never_quoted(world: World, document: str) -> None:
    parse(document)
    execution = await ask(world, document)
    error = only_error(execution)
    assert error["message"] == "A variable or an argument is missing or not of its type."
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert_silent(error)
    assert world.calls.made == []


@pytest.mark.parametrize(("document", "variables"), VARIABLES)
async def test_a_wrong_variable_is_never_quoted_nor_taken_for_a_bug(
    world: World, document: str, variables: dict[str, Any] | None, caplog: pytest.LogCaptureFixture
) -> None:
    error = only_error(await ask(world, document, variables))
    assert error["message"] == "A variable or an argument is missing or not of its type."
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert_silent(error)
    assert (world.calls.made, caplog.records) == ([], [])


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "{ service { name }",
        f'"{CANARY}',
        f'{{ verifyPass(pass: "{CANARY}) }}',
        "{ service(: 1) { name } }",
        "\ud800",
    ],
)
async def test_what_is_no_graphql_is_said_so(world: World, document: str) -> None:
    execution = await ask(world, document)
    assert isinstance(execution, NotExecuted)
    error = only_error(execution)
    assert error["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
    assert error["message"] == "The document is not GraphQL."
    assert error["locations"]
    assert_silent(error)
