"""Running documents against the schema in a city in memory, as the metro's gate would."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.domain.partners import Scope
from gateway.schema import LaurelSchema, build_schema
from gateway.schema.context import Context, ServiceFacts
from gateway.schema.execution import Execution, execute
from gateway.schema.registered import RegisteredDocument
from tests.services.world import METRO, NOW, World

PRODUCTION = build_schema(introspection=False)
SANDBOX = build_schema(introspection=True)

REDEEM = "mutation($input: RedeemRewardInput!) { redeemReward(input: $input) { __typename %s } }"
HOLD = "mutation($input: HoldRewardInput!) { holdReward(input: $input) { __typename %s } }"
CONFIRM = "mutation($input: ConfirmHoldInput!) { confirmHold(input: $input) { __typename %s } }"
RELEASE = "mutation($input: ReleaseHoldInput!) { releaseHold(input: $input) { __typename %s } }"
CANCEL = "mutation($input: CancelOccasionInput!) { cancelOccasion(input: $input) { __typename %s } }"
REVERSE = "mutation($input: ReverseRedemptionInput!) { reverseRedemption(input: $input) { __typename %s } }"


async def ask(
    world: World,
    document: RegisteredDocument | str,
    variables: Mapping[str, Any] | None = None,
    *,
    operation: str | None = None,
    scopes: frozenset[Scope] = frozenset(Scope),
    bound: bool = True,
    schema: LaurelSchema = PRODUCTION,
) -> Execution:
    """Run a document with all scopes, or with those given, under a proof for its very body or for any."""
    context = Context(
        caller=replace(METRO, scopes=scopes, bound=bound),
        ports=world.ports,
        facts=ServiceFacts(version="1.2.3", sandbox=False, clock=lambda: NOW),
        request_id="request-id",
    )
    return await execute(schema, document, variables=variables, operation=operation, context=context)


async def data(world: World, document: str, variables: Mapping[str, Any] | None = None) -> Any:
    """Run a document that has to succeed; return its data."""
    body = (await ask(world, document, variables)).body
    assert "errors" not in body, body
    return body["data"]


def only_error(execution: Execution) -> dict[str, Any]:
    """Return the one error of an answer."""
    [error] = execution.body["errors"]
    found: dict[str, Any] = error
    return found
