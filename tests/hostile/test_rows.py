"""Every row of the tables, over HTTP: the status, what the caller is told, and the reason that is for the log."""

import json
from collections import defaultdict

import pytest

from tests.hostile import access_tokens, assertions, envelopes, keys, proofs, transport
from tests.hostile.door import Door
from tests.hostile.rows import Row

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("hostile")]

ROWS: list[Row] = [
    row for table in (transport, envelopes, keys, assertions, access_tokens, proofs) for row in table.ROWS
]
CHECKS = {
    *("A1", "A2", "B1", "B2", "B3", "B4", "B5", "B6", "C1", "D1", "D2", "D3", "D4"),
    *("E1", "E2", "E3", "E4", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "G2", "G4"),
}


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
async def test_each_row_is_answered_as_it_has_to_be(door: Door, row: Row) -> None:
    seen = await door.send(row.make(door), times=row.times)
    assert (seen.status, seen.told, seen.reason) == (row.status, row.told, row.reason)
    if seen.told == "UNAUTHENTICATED":
        [error] = seen.answer.json()["errors"]
        error["extensions"].pop("requestId")
        assert json.dumps(error) == UNIFORM
        assert seen.answer.headers["www-authenticate"].startswith('DPoP error="invalid_token"')


UNIFORM = json.dumps(
    {
        "message": "Send a valid access token and a fresh proof made for this request.",
        "extensions": {"code": "UNAUTHENTICATED"},
    }
)


def test_every_check_has_rows_on_both_of_its_sides() -> None:
    sides = defaultdict(set)
    for row in ROWS:
        sides[row.check].add(row.passes)
    assert sides == {check: {True, False} for check in CHECKS}
    assert len({row.id for row in ROWS}) == len(ROWS) >= 100
