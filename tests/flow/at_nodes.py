"""A device whose requests go to one node or the other, as a load balancer has it, and what it is told there."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx2

from gateway.domain.codes import RANDOM_BITS, code_from
from laurel_client import Credentials
from tests.flow.production import RIDE, Production
from tests.flow.wire import Wire


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
def at_both(deployment: Production, credentials: Credentials) -> Iterator[list[AtNode]]:
    """One device at both nodes."""
    with ExitStack() as stack:
        yield [stack.enter_context(AtNode(deployment, credentials, node)) for node in (0, 1)]


def unknown_code() -> str:
    """A code that nobody holds."""
    return code_from(secrets.randbits(RANDOM_BITS))


def throttled(answer: httpx2.Response, *, most: int) -> bool:
    """Whether an answer is the 429 of the contract."""
    if answer.status_code != 429:
        return False
    assert 1 <= int(answer.headers["retry-after"]) <= most
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "THROTTLED"
    assert "data" not in answer.json()
    return True
