"""Every root field declares who may use it, and whoever may not is told so before any port is called."""

from typing import Any

import pytest
from strawberry.types import get_object_definition

from gateway.domain.partners import Scope
from gateway.schema import Mutation, Query
from gateway.schema.permissions import RequiresAnyScope, RequiresBoundBody, RequiresScope
from tests.schema.asking import CANCEL, CONFIRM, HOLD, REDEEM, RELEASE, REVERSE, ask, only_error
from tests.services.world import REQUEST_ID, World

NEEDS: dict[str, Scope | None] = {
    "service": None,
    "rewards": None,
    "verifyPass": Scope.VERIFY,
    "redemption": Scope.REDEEM,
    "redemptions": Scope.REPORT,
    "occasions": Scope.REDEEM,
    "settlement": Scope.REPORT,
    "offlineAllowance": Scope.REDEEM,
    "uploadRedemptions": Scope.REDEEM,
    "redeemReward": Scope.REDEEM,
    "holdReward": Scope.REDEEM,
    "confirmHold": Scope.REDEEM,
    "releaseHold": Scope.REDEEM,
    "cancelOccasion": Scope.REVERSE,
    "reverseRedemption": Scope.REVERSE,
}
"""The scope that each root field needs; None where any will do."""

UPLOAD = "mutation($input: UploadRedemptionsInput!) { uploadRedemptions(input: $input) { __typename } }"
TAP = {"requestId": REQUEST_ID, "pass": "card", "reward": "ride", "happenedAt": "2026-11-22T04:00:00Z"}

DOCUMENTS = {
    "service": "{ service { name } }",
    "rewards": "{ rewards { code } }",
    "verifyPass": '{ verifyPass(pass: "card", reward: "ride") { __typename } }',
    "redemption": '{ redemption(requestId: "request-000000001") { id } }',
    "redemptions": "{ redemptions { edges { cursor } } }",
    "occasions": "{ occasions { edges { cursor } } }",
    "settlement": '{ settlement(month: "2026-11") { signed } }',
    "offlineAllowance": "{ offlineAllowance { token } }",
    "uploadRedemptions": UPLOAD,
    "redeemReward": REDEEM % "",
    "holdReward": HOLD % "",
    "confirmHold": CONFIRM % "",
    "releaseHold": RELEASE % "",
    "cancelOccasion": CANCEL % "",
    "reverseRedemption": REVERSE % "",
}
INPUTS: dict[str, dict[str, Any]] = {
    "redeemReward": {"input": {"pass": "card", "reward": "ride", "requestId": REQUEST_ID}},
    "holdReward": {"input": {"pass": "card", "reward": "ride", "requestId": REQUEST_ID}},
    "confirmHold": {"input": {"holdId": "hld_" + "a" * 22, "requestId": REQUEST_ID}},
    "releaseHold": {"input": {"holdId": "hld_" + "a" * 22, "requestId": REQUEST_ID}},
    "cancelOccasion": {"input": {"occasion": "show-1", "requestId": REQUEST_ID}},
    "reverseRedemption": {
        "input": {"redemptionId": "rdm_" + "a" * 22, "reason": "MISTAKE", "requestId": REQUEST_ID}
    },
}
INPUTS["uploadRedemptions"] = {"input": {"allowance": "signed", "taps": [TAP]}}
NEEDY = [name for name, scope in NEEDS.items() if scope is not None]


MUTATIONS = [name for name, document in DOCUMENTS.items() if document.startswith("mutation")]


def test_every_root_field_declares_its_scope_and_is_tested_here() -> None:
    declared = {}
    for root in (Query, Mutation):
        for field in get_object_definition(root, strict=True).fields:
            permission, *others = field.permission_classes
            assert others == ([RequiresBoundBody] if root is Mutation else []), field.python_name
            assert issubclass(permission, RequiresScope | RequiresAnyScope), field.python_name
            camel = field.python_name.split("_")
            name = camel[0] + "".join(part.title() for part in camel[1:])
            declared[name] = permission.scope if issubclass(permission, RequiresScope) else None
    assert declared == NEEDS
    assert set(DOCUMENTS) == set(NEEDS)


@pytest.mark.anyio
@pytest.mark.parametrize("name", NEEDS)
async def test_with_the_scope_the_field_answers(world: World, name: str) -> None:
    scope = NEEDS[name] or Scope.REPORT
    execution = await ask(world, DOCUMENTS[name], INPUTS.get(name), scopes=frozenset({scope}))
    assert "errors" not in execution.body


@pytest.mark.anyio
@pytest.mark.parametrize("name", NEEDY)
async def test_without_the_scope_no_port_is_called(world: World, name: str) -> None:
    others = frozenset(Scope) - {NEEDS[name]}
    error = only_error(await ask(world, DOCUMENTS[name], INPUTS.get(name), scopes=others))
    assert error["extensions"] == {"code": "FORBIDDEN"}
    assert error["path"] == [name]
    assert f"lacks the scope {NEEDS[name]}" in error["message"]
    assert world.calls.made == []


@pytest.mark.anyio
@pytest.mark.parametrize("name", NEEDS)
async def test_without_any_scope_nothing_answers(world: World, name: str) -> None:
    error = only_error(await ask(world, DOCUMENTS[name], INPUTS.get(name), scopes=frozenset()))
    assert error["extensions"] == {"code": "FORBIDDEN"}
    assert world.calls.made == []


@pytest.mark.anyio
@pytest.mark.parametrize("name", NEEDS)
async def test_an_effect_demands_a_proof_for_its_body_and_nothing_else_does(world: World, name: str) -> None:
    execution = await ask(world, DOCUMENTS[name], INPUTS.get(name), bound=False)
    assert ("errors" in execution.body) == (name in MUTATIONS)
    if name in MUTATIONS:
        error = only_error(execution)
        assert error["extensions"] == {"code": "CONTENT_DIGEST_REQUIRED"}
        assert error["path"] == [name]
        assert "Nothing was recorded." in error["message"]
        assert 'content_digest, "sha-256=:"' in error["message"]
        assert world.calls.made == []


@pytest.mark.anyio
async def test_whoever_lacks_scope_and_digest_is_told_of_the_scope(world: World) -> None:
    execution = await ask(world, REDEEM % "", INPUTS["redeemReward"], scopes=frozenset(), bound=False)
    assert only_error(execution)["extensions"] == {"code": "FORBIDDEN"}


@pytest.mark.anyio
async def test_one_field_without_its_scope_takes_nothing_from_another(world: World) -> None:
    document = "{ service { name } redemption(requestId: " + '"request-000000001") { id } }'
    execution = await ask(world, document, scopes=frozenset({Scope.VERIFY}))
    assert execution.body["data"] == {"service": {"name": "Laurel"}, "redemption": None}
    assert only_error(execution)["extensions"] == {"code": "FORBIDDEN"}
