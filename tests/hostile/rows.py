"""What a row of the tables is, and how tokens are made wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.hostile.door import Door, Request

Make = Callable[[Door], Request]

GOOD = frozenset({"token", "data", "Eligible", "Redemption", "invalid_grant"})
"""What is told where a token passed its check: at `/devices` all is right then but the made-up code."""


@dataclass(frozen=True)
class Row:
    """One request: the check that it tries, what it is, and what has to come of it.

    `reason` is what the log alone has to say: so the row fails where another check refused it before.
    """

    check: str
    name: str
    make: Make = field(repr=False)
    status: int
    told: str
    reason: str = ""
    times: int = 1
    """How often it is sent; the last answer counts."""

    @property
    def passes(self) -> bool:
        """Whether it is on the side that gets through."""
        return self.told in GOOD

    @property
    def id(self) -> str:
        """Its name in the output of a test run."""
        return f"{self.check} {self.name}"


def wrong_token(reason: str) -> tuple[int, str, str]:
    """The uniform answer at `/graphql`, and the reason in the log."""
    return 401, "UNAUTHENTICATED", reason


def wrong_client(reason: str) -> tuple[int, str, str]:
    """What a wrong assertion is told."""
    return 401, "invalid_client", reason


def wrong_proof(reason: str) -> tuple[int, str, str]:
    """What a wrong proof is told elsewhere than at `/graphql`."""
    return 400, "invalid_dpop_proof", reason


def padded(make: Callable[[str], str], size: int, *, over: bool = False) -> str:
    """A token filled to just at most `size` characters, or to just more."""
    filler = max(size - len(make("")), 0) * 3 // 4 - 8
    while len(make("a" * (filler + 1))) <= size:
        filler += 1
    return make("a" * (filler + over))
