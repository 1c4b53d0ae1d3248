"""What must hold between the ledger's tables, and between them and the model, after every step."""

from collections import Counter
from typing import Any

from gateway.store.tables import ENTRY, HELD_QUOTA, HELD_SEAT, HOLD, OCCASION, QUOTA, REDEMPTION
from tests.store.city import City
from tests.store.ledger_model import Model

Rows = list[dict[str, Any]]


async def check(city: City, model: Model) -> None:
    """Raise AssertionError with the name of the invariant that does not hold."""
    quotas, entries, redemptions, [occasion], holds, units, seats = await city.tables(
        QUOTA, ENTRY, REDEMPTION, OCCASION, HOLD, HELD_QUOTA, HELD_SEAT
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
    for row in quotas:
        taken = await city.ledger.used(row["pseudonym"], row["bucket"])
        assert taken == model.used(row["pseudonym"], row["bucket"]), "what is taken"
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
    """What is used is what stands; what is held is what holds keep."""
    standing, held = Counter[Any](), Counter[Any]()
    for row in redemptions:
        standing[row["pseudonym"], row["bucket"]] += row["quantity"] - row["reversed_quantity"]
    for row in units:
        held[row["pseudonym"], row["bucket"]] += row["quantity"]
    found = {(row["pseudonym"], row["bucket"]): row for row in quotas}
    assert {*standing, *held} <= set(found), "I8"
    assert {key: row["used"] for key, row in found.items()} == {key: standing[key] for key in found}, "I8"
    assert {key: row["held"] for key, row in found.items()} == {key: held[key] for key in found}, "I8"
