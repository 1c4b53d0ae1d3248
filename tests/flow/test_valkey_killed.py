"""Valkey killed, started anew without memory, and flushed: what counts once counts once, and limits hold."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from time import monotonic, sleep

import pytest
from redis import Redis

from tests.flow.at_nodes import AtNode, at_both, throttled, unknown_code
from tests.flow.cable import Cable
from tests.flow.captures import Capture, effect, question, redemption, sign_in
from tests.flow.processes import serving
from tests.flow.production import Production
from tests.servers import valkey

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("production")]

ALLOWED = 20
Stage = Callable[[], None]


@contextmanager
def _own_valkey(deployment: Production) -> Iterator[tuple[Production, list[tuple[str, Stage]]]]:
    """Run two more nodes on a Valkey of the test's own; yield them, and what becomes of it, in turn."""
    with ExitStack() as stack:
        first = stack.enter_context(valkey.serve())
        cable = stack.enter_context(Cable(first))
        settings = {**deployment.settings, "GATEWAY_REDIS_URL": cable.url}
        nodes = [
            stack.enter_context(serving("serve", folder=deployment.folder, settings=settings)) for _ in range(2)
        ]

        def kill() -> None:
            with Redis.from_url(first) as client:
                client.shutdown(nosave=True, now=True, force=True)

        def restart() -> None:
            cable.lead_to(stack.enter_context(valkey.serve()))

        def flush() -> None:
            with Redis.from_url(cable.url) as client:
                client.flushall()

        yield (
            replace(deployment, nodes=(nodes[0], nodes[1])),
            [("killed", kill), ("started anew", restart), ("flushed", flush)],
        )


def _shared_again(deployment: Production) -> None:
    """Wait until both nodes have seen that there is a Valkey."""
    deadline = monotonic() + 60
    for node in deployment.nodes:
        while node.log.read_bytes().rfind(b"limits are not shared") > node.log.read_bytes().rfind(
            b"limits are shared again"
        ):
            assert monotonic() < deadline
            sleep(0.1)


async def test_no_proof_counts_twice_whatever_becomes_of_valkey(deployment: Production) -> None:
    used: list[tuple[Capture, str]] = []
    [issued] = await deployment.steward.resident("transit")
    with (
        _own_valkey(deployment) as (own, stages),
        at_both(own, await deployment.new_device()) as (here, there),
    ):

        def all_is_used_up() -> None:
            """Send all again, to both nodes: no token, and no redemption but those that are known."""
            for request, known in used:
                for node in (0, 1):
                    answer = request.at(own, node)
                    if answer.status_code == 200:  # at the other node, which has not seen this proof: once
                        assert known
                        assert (redemption(answer)["id"], redemption(answer)["replayed"]) == (known, True)
                    assert request.at(own, node).status_code == 401

        def work() -> None:
            """Do everything once, at either node; a nonce of one is good at the other."""
            for node, wire in ((0, here), (1, there)):
                nonce = there.nonce if wire is here else here.nonce
                entering, asking = sign_in(wire, nonce), question(wire, issued.token)
                assert entering.at(own, node).status_code == 200
                assert asking.at(own, node).json()["data"]["verifyPass"]["__typename"] == "Eligible"
                assert asking.at(own, node).status_code == 401
                used.append((entering, ""))
            riding = effect(here, issued)
            used.append((riding, redemption(riding.at(own, 0))["id"]))

        work()
        for name, become in stages:
            become()
            all_is_used_up()
            if name != "flushed":  # four rides a day
                work()
                all_is_used_up()
        assert len({known for _, known in used if known}) == 3
        assert there.verify(issued.token).status_code == 200


async def test_limits_hold_whatever_becomes_of_valkey_and_are_shared_again(deployment: Production) -> None:
    with _own_valkey(deployment) as (own, stages):
        for name, become in stages:
            become()
            if name != "killed":
                _shared_again(own)
            with at_both(own, await deployment.new_device()) as nodes:
                answered = _guess_until_both_are_stopped(nodes)
            assert max(answered) <= ALLOWED + 1
            if name == "killed":
                assert answered == [ALLOWED + 1] * 2, "each counts for itself"


def _guess_until_both_are_stopped(nodes: list[AtNode]) -> list[int]:
    """Ask both in turn about codes that nobody holds; return how many each has answered."""
    answered, stopped = [0, 0], [False, False]
    for number in range(2 * (2 * ALLOWED + 4)):
        node = number % 2
        if not stopped[node]:
            stopped[node] = throttled(nodes[node].verify(unknown_code()), most=300)
            answered[node] += not stopped[node]
    assert stopped == [True, True]
    return answered
