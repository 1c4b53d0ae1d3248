"""Which operation runs: the one that is meant, or none."""

import pytest

from gateway.schema.execution import NotExecuted
from tests.schema.asking import REDEEM, SANDBOX, ask, only_error
from tests.services.world import REQUEST_ID, World

pytestmark = pytest.mark.anyio

TWO = "query One { service { name } } query Two { service { version } }"


@pytest.mark.parametrize(("operation", "answer"), [("One", {"name": "Laurel"}), ("Two", {"version": "1.2.3"})])
async def test_of_several_operations_the_named_one_runs(
    world: World, operation: str, answer: dict[str, str]
) -> None:
    assert (await ask(world, TWO, operation=operation)).body == {"data": {"service": answer}}


@pytest.mark.parametrize(
    ("document", "operation"),
    [
        (TWO, None),
        (TWO, "Three"),
        ("query One { service { name } }", "Two"),
        ("{ service { name } }", "One"),
        ("subscription { service { name } }", None),
        ("subscription One { service { name } }", "One"),
        ("fragment one on Service { name }", None),
        ("type Service { name: String }", None),
    ],
)
async def test_whatever_names_no_query_or_mutation_is_refused(
    world: World, document: str, operation: str | None
) -> None:
    execution = await ask(world, document, operation=operation)
    assert isinstance(execution, NotExecuted)
    error = only_error(execution)
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    assert error["message"] == "Name one query or mutation of the document in operationName."


async def test_no_mutation_runs_by_being_the_first_of_two(world: World) -> None:
    document = (REDEEM % "").replace("mutation(", "mutation One(") + (REDEEM % "").replace(
        "mutation(", "mutation Two("
    )
    variables = {"input": {"pass": "card", "reward": "ride", "requestId": REQUEST_ID}}
    assert only_error(await ask(world, document, variables))["extensions"] == {"code": "BAD_REQUEST"}
    assert world.calls.made == []


async def test_a_document_is_remembered_without_its_answer(world: World) -> None:
    document = '{ verifyPass(pass: "card", reward: "ride") { __typename } }'
    assert (await ask(world, document)).body == {"data": {"verifyPass": {"__typename": "NotEligible"}}}
    world.issue("card")
    assert (await ask(world, document)).body == {"data": {"verifyPass": {"__typename": "Eligible"}}}


async def test_introspection_is_for_the_sandbox(world: World) -> None:
    document = "{ __schema { queryType { name } } }"
    assert only_error(await ask(world, document))["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert (await SANDBOX.execute(document)).data == {"__schema": {"queryType": {"name": "Query"}}}


async def test_a_mutation_has_one_effect(world: World) -> None:
    two = """mutation($input: RedeemRewardInput!) {
      first: redeemReward(input: $input) { __typename }
      second: redeemReward(input: $input) { __typename }
    }"""
    refused = await ask(world, two, {"input": {"pass": "card", "reward": "ride", "requestId": "0123456789abcdef"}})
    assert only_error(refused)["message"] == "A mutation has exactly one field."
