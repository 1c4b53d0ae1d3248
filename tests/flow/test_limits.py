"""Limits over HTTP, on two nodes with one Valkey: who guesses codes is stopped on both, and nobody else is."""

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx2
import pytest

from gateway.domain.codes import RANDOM_BITS, code_from
from laurel_client import Credentials
from tests.flow.production import RIDE, Production
from tests.flow.wire import Wire

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("production")]

ALLOWED = 20
_FIELDS = " ".join(f'a{n}: verifyPass(pass: $p{n}, reward: "{RIDE}") {{ __typename }}' for n in range(5))
FIVE = f"query({', '.join(f'$p{n}: String!' for n in range(5))}) {{ {_FIELDS} }}"


class AtNode(Wire):
    """A device whose GraphQL requests go to one node."""

    def __init__(self, deployment: Production, credentials: Credentials, node: int) -> None:
        super().__init__(credentials)
        self._address = f"{deployment.nodes[node].url}/graphql"

    def post(self, content: bytes, headers: "list[tuple[str, str]] | None" = None) -> httpx2.Response:  # type: ignore[override]
        """Post to the node what is signed for the public address."""
        return self.http.post(self._address, content=content, headers=headers or self.signed(content))

    def verify(self, shown: str) -> httpx2.Response:
        """Ask about a pass."""
        return self.send("VerifyPass", **{"pass": shown, "reward": RIDE})


@contextmanager
def _at_both(deployment: Production, credentials: Credentials) -> Iterator[list[AtNode]]:
    with ExitStack() as stack:
        yield [stack.enter_context(AtNode(deployment, credentials, node)) for node in (0, 1)]


def _answered(answer: httpx2.Response) -> str:
    """Return the type of the answer to a question about one pass."""
    kind: str = answer.json()["data"]["verifyPass"]["__typename"]
    return kind


def _unknown() -> str:
    return code_from(secrets.randbits(RANDOM_BITS))


def _throttled(answer: httpx2.Response, *, most: int) -> bool:
    """Whether an answer is the 429 of the contract."""
    if answer.status_code != 429:
        return False
    assert 1 <= int(answer.headers["retry-after"]) <= most
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "THROTTLED"
    assert "data" not in answer.json()
    return True


def _sharing(deployment: Production) -> None:
    """Wait until the second node has seen that the Valkey which a test took away is back."""
    log, deadline = deployment.nodes[1].log, time.monotonic() + 20
    while log.read_bytes().rfind(b"limits are not shared") > log.read_bytes().rfind(b"limits are shared again"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _guess_until_stopped(deployment: Production, nodes: list[AtNode]) -> int:
    """Ask the nodes in turn about codes that nobody holds, until one is refused; return how many were answered."""
    _sharing(deployment)
    for number in range(2 * ALLOWED + 1):
        if _throttled(nodes[number % 2].verify(_unknown()), most=300):
            return number
    raise AssertionError("Each node counted for itself.")


def _metric(deployment: Production, name: str) -> float:
    """Return the sum of a metric over both nodes."""
    found = 0.0
    for node in deployment.nodes:
        shown = httpx2.get(f"{node.url}/metrics", trust_env=False).text
        assert "dev_" not in shown
        found += sum(float(value) for value in re.findall(rf"^{re.escape(name)} ([0-9.]+)$", shown, re.MULTILINE))
    return found


async def test_who_guesses_codes_is_stopped_on_both_nodes_and_nobody_else_is(deployment: Production) -> None:
    [issued] = await deployment.steward.resident("transit")
    before = _metric(deployment, "laurel_code_stops_total")
    guesser, neighbour = await deployment.new_device(), await deployment.new_device()
    with _at_both(deployment, guesser) as nodes, _at_both(deployment, neighbour) as others:
        assert _guess_until_stopped(deployment, nodes) >= ALLOWED + 1
        for wire in nodes:
            assert _throttled(wire.verify(issued.code), most=300)  # a good code is stopped like any other
            assert _answered(wire.verify(issued.token)) == "Eligible"
            head, _, signature = issued.token.rpartition(".")
            forged = f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
            assert _answered(wire.verify(forged)) == "NotEligible"
        for wire in others:
            assert _answered(wire.verify(issued.code)) == "Eligible"
    assert _metric(deployment, "laurel_code_stops_total") == before + 1
    assert _metric(deployment, 'laurel_throttled_total{what="codes"}') >= 3
    assert not any(b"dev_" in node.log.read_bytes() for node in deployment.nodes)


async def test_a_stop_outlives_a_valkey_that_goes_and_comes_back(deployment: Production) -> None:
    [issued] = await deployment.steward.resident("transit")
    with _at_both(deployment, await deployment.new_device()) as nodes:
        assert _guess_until_stopped(deployment, nodes) >= ALLOWED + 1
        assert _throttled(nodes[1].verify(issued.code), most=300)
        deployment.memory.cut()
        try:
            assert _answered(nodes[1].verify(issued.token)) == "Eligible"
            assert _throttled(nodes[1].verify(issued.code), most=300)
        finally:
            deployment.memory.mend()
        assert _answered(nodes[1].verify(issued.token)) == "Eligible"
        assert _throttled(nodes[1].verify(issued.code), most=300)


async def test_without_valkey_a_node_stops_guesses_by_itself(deployment: Production) -> None:
    with _at_both(deployment, await deployment.new_device()) as nodes:
        deployment.memory.cut()
        try:
            answers = [nodes[1].verify(_unknown()) for _ in range(ALLOWED + 2)]
        finally:
            deployment.memory.mend()
        assert [answer.status_code for answer in answers] == [200] * (ALLOWED + 1) + [429]


async def test_forged_tokens_lock_nobody_out(deployment: Production) -> None:
    [issued] = await deployment.steward.resident("transit")
    forged = issued.token[:-20] + "A" * 20
    with AtNode(deployment, await deployment.new_device(), 0) as wire:
        for _ in range(ALLOWED + 5):
            assert wire.verify(forged).status_code == 200
        assert _answered(wire.verify(issued.code)) == "Eligible"


async def test_look_ups_count_and_requests_do_not(deployment: Production) -> None:
    """Sixty at once and twenty a second are far fewer requests of five look-ups each."""
    [issued] = await deployment.steward.resident("transit")
    with AtNode(deployment, await deployment.new_device(), 0) as wire:
        body = wire.http.build_request(
            "POST", wire.url, json={"query": FIVE, "variables": {f"p{n}": issued.token for n in range(5)}}
        ).content
        wire.token  # noqa: B018  # signed in before the clock runs
        began, passed = time.monotonic(), 0
        while not _throttled(wire.post(body), most=2):
            passed += 1
            # More than this would be too many even for a bucket that was full and never stopped filling.
            assert 5 * passed <= 60 + 20 * (time.monotonic() - began) + 5
            if time.monotonic() - began > 30:
                pytest.skip("This machine is too slow to reach the limit.")
