"""What the caller can't mend: one bland sentence with an id, and a log that says where but not what."""

import asyncio
import json
import logging
from dataclasses import replace
from typing import Any, NoReturn

import pytest

from gateway.domain.errors import MalformedInput, NotAuthentic, Unavailable
from gateway.domain.ledger import NotAccepted
from gateway.schema import execution, patience
from gateway.schema.execution import ERRORS_MAX, Executed
from tests.schema.asking import REDEEM, ask, only_error
from tests.services.world import REQUEST_ID, World

pytestmark = pytest.mark.anyio

CANARY = "canary-4929-pass"
VARIABLES = {"input": {"pass": CANARY, "reward": "ride", "requestId": REQUEST_ID}}
VERIFY = '{ verifyPass(pass: "card", reward: "ride") { __typename } }'


class Boom(Exception):
    """Nobody expects this one."""


def fail_with(world: World, error: Exception) -> None:
    """Let opening a pass fail."""

    def fail(*_: Any) -> NoReturn:
        raise error

    opener = replace_method(world, fail)
    world.ports = replace(world.ports, opener=opener)


def replace_method(world: World, method: Any) -> Any:
    """Return an opener with another `open`."""
    return type("Opener", (), {"open": staticmethod(method)})()


@pytest.mark.parametrize("kind", [Boom, ValueError, KeyError, RecursionError, TimeoutError])
async def test_a_bug_is_bland_outside_and_placed_inside(
    world: World, kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    fail_with(world, kind(f"{CANARY} in SELECT ... WHERE handle = '{CANARY}'"))
    with caplog.at_level(logging.DEBUG):
        answer = await ask(world, REDEEM % "", VARIABLES)
    assert only_error(answer) == {
        "message": "Something went wrong here. Give this id to the operator.",
        "extensions": {"code": "INTERNAL", "requestId": "request-id"},
        "path": ["redeemReward"],
    }
    [record] = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert (record.levelname, record.getMessage()) == ("ERROR", "unexpected error")
    logged = vars(record)
    assert (logged["error"], logged["request_id"]) == (kind.__name__, "request-id")
    assert logged["place"].startswith("fail:")
    assert "examine:" in logged["place"]
    assert record.exc_info is None
    assert CANARY not in caplog.text + json.dumps([vars(each) for each in caplog.records], default=repr)


async def test_a_value_of_ours_that_the_schema_cannot_say_is_a_bug_of_ours(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    ride = world.ports.catalogue.rewards["ride"]
    rewards = {**world.ports.catalogue.rewards, "ride": replace(ride, tariff_fen=2**31)}
    world.ports = replace(world.ports, catalogue=replace(world.ports.catalogue, rewards=rewards))
    error = only_error(await ask(world, "{ rewards { tariffFen } }"))
    assert error["extensions"]["code"] == "INTERNAL"
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_failures_are_told_for_each_root_and_no_further(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = 'redemption(id: "wrong") { id }'
    document = f"{{ {field} b: {field} c: {field} d: {field} e: {field} }}"
    told = (await ask(world, document)).body
    assert len(told["errors"]) == ERRORS_MAX
    assert len(json.dumps(told).encode()) < 2048
    monkeypatch.setattr(execution, "ERRORS_MAX", 2)
    assert len((await ask(world, document)).body["errors"]) == 2


async def test_malformed_input_names_its_argument(world: World, caplog: pytest.LogCaptureFixture) -> None:
    fail_with(world, MalformedInput("pass", "The code was mistyped."))
    answer = await ask(world, REDEEM % "", VARIABLES)
    assert isinstance(answer, Executed)
    assert answer.body["data"] is None
    assert only_error(answer) == {
        "message": "The code was mistyped.",
        "extensions": {"code": "BAD_USER_INPUT", "argument": "pass"},
        "path": ["redeemReward"],
    }
    assert caplog.records == []


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 101}, "quantity"),
        ({"requestId": "short"}, "requestId"),
        ({"reward": CANARY * 9}, "reward"),
        ({"occasion": CANARY}, "occasion"),
        ({"pin": CANARY}, "pin"),
    ],
)
async def test_what_no_valid_request_contains_is_never_quoted(
    world: World, change: dict[str, Any], argument: str
) -> None:
    variables = {"input": VARIABLES["input"] | change}
    error = only_error(await ask(world, REDEEM % "", variables))
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert "canary" not in json.dumps(error)
    assert world.ledger.entries == {}


@pytest.mark.parametrize("error", [Unavailable("database", retry_after_seconds=7), NotAuthentic("proof-used")])
async def test_unavailable_and_not_authentic_are_for_http_to_say(world: World, error: Exception) -> None:
    fail_with(world, error)
    with pytest.raises(type(error)) as raised:
        await ask(world, "{ service { name } " + VERIFY[1:])
    assert raised.value is error


async def test_a_used_proof_is_not_authentic(world: World) -> None:
    world.ledger.outcome = NotAccepted()
    with pytest.raises(NotAuthentic):
        await ask(world, REDEEM % "", VARIABLES)


async def test_a_missing_key_where_nothing_is_decided_is_unavailable(world: World) -> None:
    world.calls.keyless.add("redemptions")
    with pytest.raises(Unavailable):
        await ask(world, "{ redemptions { edges { cursor } } }")


async def test_the_deadline_is_unavailable(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asyncio.Event()

    async def look_up(handle: bytes, mark: bytes) -> NoReturn:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        raise AssertionError

    monkeypatch.setattr(patience, "SECONDS_MAX", 0.02)
    monkeypatch.setattr(world.directory, "look_up", look_up)
    with pytest.raises(Unavailable, match="deadline"):
        await ask(world, f"# not read before\n{VERIFY}")
    await ended.wait()


async def test_whoever_ends_the_request_ends_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = asyncio.Event()

    async def look_up(handle: bytes, mark: bytes) -> NoReturn:
        begun.set()
        await asyncio.sleep(60)
        raise AssertionError

    monkeypatch.setattr(world.directory, "look_up", look_up)
    request = asyncio.create_task(ask(world, VERIFY))
    await begun.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
