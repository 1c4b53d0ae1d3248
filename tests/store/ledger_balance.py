"""What must hold between the ledger's tables, and between them and the model, after every step."""

from collections import Counter
from typing import Any

from gateway.store.tables import (
    ENTRY,
    HELD_QUOTA,
    HELD_SEAT,
    HOLD,
    OCCASION,
    OFFLINE_ALLOWANCE,
    QUOTA,
    REDEMPTION,
    TAP,
)
from tests.store.city import City
from tests.store.ledger_model import Model

Rows = list[dict[str, Any]]

ASKED = 8
"""Of how many quotas, those that were begun last, the ledger is asked as well: each is a statement of its own."""


async def check(city: City, model: Model) -> None:
    """Raise AssertionError with the name of the invariant that does not hold."""
    quotas, entries, redemptions, [occasion], holds, units, seats, taps, allowances = await city.tables(
        QUOTA, ENTRY, REDEMPTION, OCCASION, HOLD, HELD_QUOTA, HELD_SEAT, TAP, OFFLINE_ALLOWANCE
    )
    assert all(row["used"] + row["held"] <= row["allowance"] for row in quotas), "I1"
    assert {row["request_id"]: row["kind"] for row in entries} == {
        request_id: answer[0] for request_id, answer in model.answers.items()
    }, "I2"
    reversed_ = Counter[str]()
    for row in entries:
        reversed_[row["redemption_id"]] += row["quantity"] if row["kind"] == "REVERSED" else 0
    assert all(reversed_[row["id"]] == row["reversed_quantity"] <= row["quantity"] for row in redemptions), "I6"
    _one_end(entries, redemptions, holds, units, seats)
    _conserved(quotas, redemptions, units)
    taken, overdrawn = model.quotas()
    assert {key for key, units in (taken + overdrawn).items() if units} <= {_key(row) for row in quotas}, "quotas"
    for row in quotas:
        assert row["overdraft"] == overdrawn[_key(row)], "overdraft"
    for row in sorted(quotas, key=lambda row: str(row["bucket"]))[-ASKED:]:
        assert await city.ledger.used(*_key(row)) == taken[_key(row)], "what is taken"
    assert {row["request_id"]: (row["verdict"], row["reason"]) for row in taps} == model.verdicts, "taps"
    drawn = {(row["device_id"], row["day"]): row["used"] for row in allowances}
    assert drawn == {day: units for day, units in model.drawn.items() if units}, "allowances"
    assert all(row["used"] <= row["units"] for row in allowances), "allowances"
    effects = [
        (row["request_id"], row["redemption_id"]) for row in entries if row["kind"] in ("REDEEMED", "CONFIRMED")
    ]
    assert sorted(effects) == sorted((row["request_id"], row["id"]) for row in redemptions), "I9"
    taken = sum(row["quantity"] - row["reversed_quantity"] for row in redemptions if row["occasion"])
    assert (occasion["used"], occasion["held"]) == (taken, sum(row["quantity"] for row in seats)), "seats"
    assert occasion["used"] + occasion["held"] <= occasion["capacity"], "seats"


def _one_end(entries: Rows, redemptions: Rows, holds: Rows, units: Rows, seats: Rows) -> None:
    """A hold is begun by one entry and ended by one at most; while it keeps anything it has not ended."""
    begun = Counter(row["hold_id"] for row in entries if row["kind"] == "HELD")
    ended = {row["hold_id"]: row["kind"] for row in entries if row["kind"] in ("CONFIRMED", "RELEASED")}
    assert begun == {row["id"]: 1 for row in holds}, "I7"
    assert len(ended) == sum(row["kind"] in ("CONFIRMED", "RELEASED") for row in entries), "I7"
    assert ended == {row["id"]: row["ended"] for row in holds if row["ended"]}, "I7"
    confirmed = sorted(row["hold_id"] for row in redemptions if row["hold_id"])
    assert confirmed == sorted(one for one, kind in ended.items() if kind == "CONFIRMED"), "I7"
    assert {row["hold_id"] for row in (*units, *seats)}.isdisjoint(ended), "I7"


def _conserved(quotas: Rows, redemptions: Rows, units: Rows) -> None:
    """What is used, or overdraft, is what stands; what is held is what holds keep."""
    standing, overdraft, held = Counter[Any](), Counter[Any](), Counter[Any]()
    for row in redemptions:
        standing[_key(row)] += row["quantity"] - row["reversed_quantity"]
        overdraft[_key(row)] += row["overdraft"]
    for row in units:
        held[_key(row)] += row["quantity"]
    found = {_key(row): row for row in quotas}
    assert {*standing, *held} <= set(found), "I8"
    for key, row in found.items():
        assert row["used"] + row["overdraft"] == standing[key], "I8"
        assert (row["overdraft"], row["held"]) == (overdraft[key], held[key]), "I8"


def _key(row: dict[str, Any]) -> tuple[bytes, str]:
    return row["pseudonym"], row["bucket"]
