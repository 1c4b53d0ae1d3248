"""The rush counts every answer, asks again where it was put off, and a run with wrong books has no table."""

from collections.abc import Sequence

import pytest

from bench.capacity import CLIENTS, LATE, TICKETS, measure
from bench.jobs import WrongAnswer
from bench.rush import PUT_OFF, Ask, Rush, row, rush, table

pytestmark = pytest.mark.anyio


class Shop:
    """A shop that sells what it announced, and `oversell` tickets more of each."""

    def __init__(self, oversell: int = 0) -> None:
        self.left: dict[str, int] = {}
        self._oversell = oversell

    async def announce(self, shows: Sequence[str], capacity: int) -> None:
        self.left |= dict.fromkeys(shows, capacity + self._oversell)

    def buying(self, show: str, tickets: int) -> Sequence[Ask]:
        async def ask() -> str:
            self.left[show] -= 1
            return "sold" if self.left[show] >= 0 else "SOLD_OUT"

        return [ask] * tickets


async def test_whoever_is_put_off_asks_again() -> None:
    answers = iter([PUT_OFF, PUT_OFF, "sold", "SOLD_OUT"])

    async def ask() -> str:
        return next(answers)

    found = await rush([ask, ask], clients=1)
    assert (found.answers, found.put_off, len(found.latencies)) == ({"sold": 1, "SOLD_OUT": 1}, 2, 2)


async def test_every_ticket_is_sold_once_and_the_rest_is_told() -> None:
    shop = Shop()
    spread, hot, late = await measure("shop", shop.buying, shop.announce, rounds=2)
    assert [one.variant for one in (spread, hot, late)] == ["500 shows", "one show", "sold out"]
    assert spread.ratio is None
    assert shop.left["1-final"] == -LATE - TICKETS
    assert CLIENTS < TICKETS


async def test_a_shop_that_sells_too_much_has_no_table() -> None:
    shop = Shop(oversell=1)
    with pytest.raises(WrongAnswer, match="501"):
        await measure("shop", shop.buying, shop.announce, rounds=1)


def test_several_rounds_are_one_line_of_the_table() -> None:
    fast, slow = Rush(latencies=[0.1] * 10, seconds=1), Rush(latencies=[0.2] * 10, put_off=3, seconds=3)
    line = row("sqlite", "one show", Rush.all_of([fast, slow]), Rush(latencies=[0.1] * 10, seconds=1))
    assert (line.per_second, line.p50_ms, line.put_off, line.ratio) == (5, 200, 3, 0.5)
    assert table([line]).splitlines()[1].split()[-1] == "0.50"
