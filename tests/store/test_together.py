"""Committed together or one after the other: the same outcomes, and the same rows.

Together all look for seats before the first of them takes some. So whoever is denied for something else came
before those who got seats, wherever it stood in the queue.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.domain.eligibility import Cause
from gateway.domain.ledger import Committed, Mark, PinTry, Redeem, TakeHold
from gateway.domain.partners import ProofId
from gateway.domain.passes import PassForm
from gateway.domain.redemptions import Reason
from gateway.domain.showings import REMEMBERED
from gateway.store.applying import Done, Kind, Work, kind_of, touches
from gateway.store.batches import settle
from gateway.store.coalescing import MOST
from gateway.store.database import Database
from gateway.store.tables import USED_PROOF, USED_SHOWING
from tests.auth.key_home import NOW
from tests.store.city import EFFECTS, City
from tests.store.commands import Holder, granted, hold, redeem, reverse

pytestmark = pytest.mark.anyio

TOWNS = "town A", "town B"
"""Two towns in one database, alike but for this word: one commits together, the other one after the other."""

RESIDENTS, ROUNDS, SEEDS = 10, 3, 3
TOGETHER = [each for each in Kind if MOST[each] > 1]


class Town:
    """What happens in one town: by the same seed the same as in the other."""

    def __init__(self, name: str, seed: int, holders: Sequence[Holder]) -> None:
        self.name, self.chance, self.holders = name, random.Random(seed), holders
        self.sent: list[Redeem | TakeHold] = []

    def batch(self, kind: Kind) -> list[Redeem | TakeHold]:
        """Return commands of one kind of which no two touch the same."""
        chosen: list[Redeem | TakeHold] = []
        touched: set[object] = set()
        for _ in range(MOST[kind]):
            command = self._command()
            if kind_of(command) is kind and touched.isdisjoint(touches(command)):
                chosen.append(command)
                touched |= touches(command)
        self.sent += chosen
        return chosen

    def _command(self) -> Redeem | TakeHold:
        dice, chance = self.chance.random(), self.chance
        if dice < 0.1 and self.sent:
            earlier = chance.choice(self.sent)  # its retry, or another request with its proof
            return replace(earlier, **self._own("proof" if chance.random() < 0.6 else "request_id"))
        make = hold if dice < 0.3 else redeem
        number = chance.randrange(len(self.holders))
        show = chance.choice([None, None, f"{make.__name__} {self.name}"])
        bucket = chance.choice(["day 1", "day 2"])
        cause = chance.choice([None] * 5 + [Cause.NOT_ENTITLED])
        form = chance.choice([PassForm.CARD, PassForm.SLIP])
        fields: dict[str, Any] = {
            "quantity": chance.choice([1, 1, 2, 3]),
            "occasion": show,
            "bucket": bucket,
            "pseudonym": f"{self.name} {number}".encode(),
            "allowance": 0 if cause else 4,
            "cause": cause,
            "mark": Mark(f"{self.name} {chance.randrange(40)}".encode(), REMEMBERED[form]),
            "pin": self._pin(number) if chance.random() < 0.2 else None,
        }
        command = make(self.holders[number], **fields, **self._own("request_id"), **self._own("proof"))
        return replace(command, fingerprint=self._word(), evidence=self._word())

    def _pin(self, number: int) -> PinTry:
        return PinTry(counter=f"{self.name} {number}".encode(), presented=True, right=self.chance.random() < 0.6)

    def _word(self) -> bytes:
        return f"{self.name} {self.chance.getrandbits(64):016x}".encode()

    def _own(self, name: str) -> dict[str, Any]:
        word = self._word().decode()
        made: dict[str, dict[str, Any]] = {
            "request_id": {"request_id": word},
            "proof": {"proof": ProofId(word.encode(), NOW)},
        }
        return made[name]


def _named(command: Redeem | TakeHold, town: Town) -> Redeem | TakeHold:
    """Give a command's effect an id that the other town's has too."""
    own = f"{town.name} {len(town.sent)} {command.request_id[-8:]}"
    if isinstance(command, TakeHold):
        return replace(command, hold_id=f"hld {own}", sealed_pass=f"pass {town.name}".encode())
    return replace(command, redemption_id=f"rdm {own}")


async def _one_by_one(database: Database, batch: Sequence[Work], order: Sequence[int]) -> list[Done | Exception]:
    found = {number: outcome for number in order for outcome in await settle(database, [batch[number]])}
    return [found[number] for number in range(len(batch))]


def _denied_first(outcomes: Sequence[Done | Exception]) -> list[int]:
    """Return the order in which they came, by what became of them."""

    def came_late(number: int) -> bool:
        outcome = outcomes[number]
        return not (isinstance(outcome, Committed) and outcome.entry.reason is Reason.NOT_ELIGIBLE)

    return sorted(range(len(outcomes)), key=came_late)


def _alike(what: object) -> str:
    return repr(what).replace(TOWNS[1], TOWNS[0])


async def _rows(city: City, name: str) -> list[str]:
    tables = await city.tables(*EFFECTS, USED_PROOF, USED_SHOWING)
    return sorted(_alike(row) for rows in tables for row in rows if name in repr(row))


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_together_is_as_one_after_the_other(city: City, seed: int) -> None:
    towns = []
    for name in TOWNS:
        towns.append(Town(name, seed, [await city.move_in() for _ in range(RESIDENTS)]))
        await city.registry.revoke(towns[-1].holders[0].handle)
        for what in ("redeem", "hold"):
            await city.announce(f"{what} {name}", capacity=9)
    sizes = []
    for _ in range(ROUNDS):
        for kind in TOGETHER:
            one, other = ([_named(each, town) for each in town.batch(kind)] for town in towns)
            together = await settle(city.database, one)
            apart = await _one_by_one(city.database, other, _denied_first(together))
            assert [_alike(outcome) for outcome in together] == [_alike(outcome) for outcome in apart]
            sizes.append(len(one))
    assert max(sizes) > 5, "or nothing was together"
    assert await _rows(city, TOWNS[0]) == await _rows(city, TOWNS[1])


async def test_reversals_together_are_as_one_after_the_other(city: City) -> None:
    await city.announce(capacity=30)
    show = {"occasion": "show-1", "allowance": 20}
    holders = [await city.move_in() for _ in range(4)]
    made = [granted(await city.commit(redeem(holder, quantity=3, **show))) for holder in holders for _ in range(2)]
    reversals = [reverse(one, 1 + number % 3) for number, one in enumerate(made)]
    outcomes = await city.ledger.commit(reversals)
    assert [granted(outcome).reversed_quantity for outcome in outcomes] == [1 + n % 3 for n in range(8)]
    assert await city.seats_used() == 8 * 3 - sum(1 + n % 3 for n in range(8))
