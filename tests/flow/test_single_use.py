"""What counts once, at two nodes: a sign-in and an effect anywhere, a question at each; a nonce serves often."""

import pytest
from redis import Redis

from tests.flow.captures import Capture, effect, question, redemption, sign_in
from tests.flow.processes import serving
from tests.flow.production import Production
from tests.flow.wire import Wire
from tests.servers.launcher import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("production")]


async def test_a_nonce_of_one_node_is_good_at_the_other(deployment: Production) -> None:
    with Wire(deployment.credentials) as wire:
        for asked, used in ((0, 1), (1, 0)):
            for path in ("/graphql", "/oauth/token", "/devices"):
                nonce = Capture(path, b"", []).at(deployment, asked).headers["dpop-nonce"]
                assert sign_in(wire, nonce).at(deployment, used).status_code == 200
        assert sign_in(wire, "x" * 32).at(deployment, 0).json()["error"] == "use_dpop_nonce"


async def test_every_reply_of_the_three_brings_a_nonce_that_nobody_stores(deployment: Production) -> None:
    with Wire(deployment.credentials) as wire:
        answers = [
            wire.send("Service"),
            wire.post(b"{"),
            wire.post(b"", []),
            wire.sign_in(),
            wire.sign_in(scope="x"),
        ]
        for path in ("/graphql", "/devices", "/oauth/token"):
            answers.append(Capture(path, b"x" * 20_000, []).at(deployment, 0))
    assert {one.status_code for one in answers} == {200, 400, 401, 413}
    for one in answers:
        assert len(one.headers["dpop-nonce"]) == 32
        assert one.headers["cache-control"] == "no-store"


async def test_a_sign_in_is_used_up_everywhere_even_if_valkey_forgets(deployment: Production) -> None:
    with Wire(deployment.credentials) as wire:
        captured = sign_in(wire)
    assert captured.at(deployment, 0).status_code == 200
    with Redis.from_url(deployment.settings["GATEWAY_REDIS_URL"]) as valkey:
        valkey.flushall()
    for node in (0, 1):
        answer = captured.at(deployment, node)
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


async def test_an_effect_counts_once_and_a_question_is_answered_once_at_each_node(deployment: Production) -> None:
    [issued] = await deployment.steward.resident("transit")
    with Wire(deployment.credentials) as wire:
        asking, redeeming = question(wire, issued.token), effect(wire, issued)
    for node in (0, 1):
        assert asking.at(deployment, node).status_code == 200
        assert asking.at(deployment, node).status_code == 401
    first, again = (redemption(redeeming.at(deployment, node)) for node in (0, 1))
    assert (first["replayed"], again) == (False, {**first, "replayed": True})
    for node in (0, 1):
        assert redeeming.at(deployment, node).status_code == 401


async def test_after_a_restart_neither_sign_in_nor_effect_counts_again(deployment: Production) -> None:
    [issued] = await deployment.steward.resident("transit")
    with Wire(deployment.credentials) as wire:
        entering, redeeming = sign_in(wire), effect(wire, issued)
    tokens, rides = [], []
    for _ in range(2):
        with serving("serve", folder=deployment.folder, settings=deployment.settings, port=free_port()) as node:
            tokens.append(entering.send(node.url))
            rides.append(redemption(redeeming.send(node.url)))
    assert [one.status_code for one in tokens] == [200, 401]
    assert [one["replayed"] for one in rides] == [False, True]
    assert rides[0]["id"] == rides[1]["id"]
