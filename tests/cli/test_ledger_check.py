"""`gateway audit ledger`: ends with 0 while the books balance and with 1 otherwise, and needs no key."""

import json
import sqlite3
from contextlib import closing

from gateway.domain.conservation import Law
from tests.cli.conftest import Steward
from tests.cli.office import database_file


def _add_a_place(steward: Steward) -> None:
    """Let an occasion have a place used that nobody redeemed."""
    steward.does("partners", "add", "venue-counter", "Grand Theatre")
    with closing(sqlite3.connect(database_file(steward))) as connection, connection:
        connection.execute(
            "INSERT INTO occasion (partner_id, id, reward, capacity, used, ends_at, announced_end)"
            " VALUES ('grand-theatre', 'hamlet', 'theatre-discount', 2, 1, '2030-01-01', '2030-01-01')"
        )


def test_books_that_balance(steward: Steward) -> None:
    without_keys = steward.run("audit", "ledger", GATEWAY_KEYS_DIR="/nowhere")
    assert (without_keys.status, without_keys.errors) == (0, "")
    assert without_keys.output.endswith("\nThe books balance.\n")
    lines = [json.loads(line) for line in steward.does("audit", "ledger", "--json").splitlines()]
    assert lines == [{"law": law, "rows": 0, "differing": 0} for law in Law]


def test_books_that_do_not(steward: Steward) -> None:
    _add_a_place(steward)
    people = steward.run("audit", "ledger")
    assert people.status == 1
    assert "occasion grand-theatre/hamlet" in people.output
    assert people.output.endswith("\nThe books don't balance.\n")
    machines = steward.run("audit", "ledger", "--json")
    assert machines.status == 1
    [found] = [line for line in map(json.loads, machines.output.splitlines()) if "subject" in line]
    assert found == {
        "law": Law.OCCASION,
        "subject": "occasion grand-theatre/hamlet",
        "redemption": None,
        "recorded": 1,
        "recomputed": 0,
    }
