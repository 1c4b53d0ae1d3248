"""How a gate asks after a line that stays down: less and less often, by chance, and as the gateway wishes."""

from pathlib import Path
from typing import cast

import pytest

from laurel_client import LaurelClient, LaurelError, Unavailable
from laurel_turnstile import line as line_module
from laurel_turnstile.line import PROBES_APART_MAX, RETRY_AFTER_MAX, Line
from laurel_turnstile.provisions import Provisions
from laurel_turnstile.tally import Tally
from laurel_turnstile.terms import Terms

pytestmark = pytest.mark.anyio

EVERY = 1.0


class Down:
    """A client whose gateway answers nothing, until it does."""

    def __init__(self) -> None:
        self.error: LaurelError | None = Unavailable("refused")
        self.asked = 0

    def with_policy(self, policy: object) -> "Down":
        return self

    async def sign_in(self) -> None:
        self.asked += 1
        if self.error is not None:
            raise self.error

    async def execute(self, name: str, variables: object) -> None:
        return


class Hands:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    hands = Hands()
    monkeypatch.setattr(line_module, "time", hands)
    return hands


def a_line(client: Down, tmp_path: Path) -> Line:
    terms = Terms(folder=tmp_path, probe_every=EVERY, heartbeat=1e9)
    one = Line(cast(LaurelClient, client), cast(Provisions, None), Tally(), terms)
    one._due = {"list": 1e9, "allowance": 1e9}
    return one


async def _pauses(one: Line, client: Down, hands: Hands, times: int) -> list[float]:
    """Return how long it was from each probe to the next, in steps of a twentieth of a second."""
    found: list[float] = []
    await one.keep()
    for _ in range(times):
        began, asked = hands.now, client.asked
        while client.asked == asked:
            hands.now += 0.05
            await one.keep()
        found.append(hands.now - began)
    return found


async def test_probes_of_a_line_that_stays_down_get_rarer_up_to_a_bound(tmp_path: Path, hands: Hands) -> None:
    client = Down()
    one = a_line(client, tmp_path)
    pauses = await _pauses(one, client, hands, 8)
    for times, pause in zip((1, 2, 4, 8, 8, 8, 8, 8), pauses, strict=True):
        assert EVERY * times * 0.5 - 0.1 <= pause <= EVERY * times + 0.1
    assert max(pauses) <= EVERY * PROBES_APART_MAX + 0.1
    others = await _pauses(a_line(other := Down(), tmp_path), other, hands, 8)
    assert others != pauses, "two gates do not keep step"


async def test_a_line_that_is_up_again_is_asked_as_often_as_at_first(tmp_path: Path, hands: Hands) -> None:
    client = Down()
    one = a_line(client, tmp_path)
    await _pauses(one, client, hands, 5)
    client.error = None
    hands.now += EVERY * PROBES_APART_MAX
    await one.keep()
    assert one.up
    client.error = Unavailable("refused")
    for _ in range(Terms(folder=tmp_path).failures):
        await one.keep()
    assert not one.up
    [pause] = await _pauses(one, client, hands, 1)
    assert pause <= 4 * EVERY + 0.1


@pytest.mark.parametrize(("wish", "heeded"), [(30.0, 30.0), (1e9, RETRY_AFTER_MAX)])
async def test_what_the_gateway_wishes_is_heeded_within_reason(
    tmp_path: Path, hands: Hands, wish: float, heeded: float
) -> None:
    client = Down()
    client.error = Unavailable("503", retry_after_seconds=wish)
    [pause] = await _pauses(a_line(client, tmp_path), client, hands, 1)
    assert heeded - 0.1 <= pause <= heeded + 0.1
