"""`gateway occasions cancel`: all comes back once, whoever is killed meanwhile; said again, it goes on."""

import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.box_office import HEAD, open_theatre, show
from tests.cli.conftest import Steward
from tests.flow.processes import END_SECONDS, surroundings

SOLD = 6_000
"""Tickets, each of two places: sixty transactions, enough to be caught amid them."""

START_SECONDS = 60
GO_ON = "What was taken back stays so; say it again to go on."

TICKETS = """
WITH RECURSIVE ticket(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM ticket WHERE n < :sold)
INSERT INTO redemption (id, partner_id, device_id, request_id, reward, quantity, reversed_quantity, tariff_fen,
  occasion, pseudonym, bucket, key_period, redeemed_at, reversible_until, policy_version)
SELECT 'rdm_' || n, 'grand-theatre', 'till', 'request-' || n, 'cultural-event', 2, n % 2, 4500, 'ham-1',
  CAST('resident-' || n AS BLOB), 'last-year', '2025', '2025-12-31 12:00:00.000000',
  '2026-01-01 12:00:00.000000', ''
FROM ticket
"""
"""From last year, their window closed; of every other one a place has already come back."""

BOOKS = (
    "INSERT INTO quota (pseudonym, bucket, used, allowance) "
    "SELECT pseudonym, bucket, quantity - reversed_quantity, 2 FROM redemption",
    "INSERT INTO entry (partner_id, request_id, fingerprint, kind, redemption_id, quantity, reversed_quantity, "
    "recorded_at) SELECT partner_id, request_id, x'00', 'REDEEMED', id, quantity, 0, redeemed_at FROM redemption",
    "INSERT INTO entry (partner_id, request_id, fingerprint, kind, redemption_id, quantity, reversed_quantity, "
    "recorded_at) SELECT partner_id, 'back-' || id, x'00', 'REVERSED', id, 1, 1, redeemed_at FROM redemption "
    "WHERE reversed_quantity = 1",
    "UPDATE occasion SET used = (SELECT sum(quantity - reversed_quantity) FROM redemption) WHERE id = 'ham-1'",
)


def database(office: Steward) -> Path:
    """The file of the office's database."""
    return Path(office.settings["GATEWAY_DATABASE_URL"].partition("///")[2])


def count(office: Steward, statement: str) -> int:
    """What a statement counts."""
    with closing(sqlite3.connect(database(office))) as connection:
        return int(connection.execute(statement).fetchone()[0])


def undone(office: Steward) -> int:
    """How many redemptions the cancellation has taken back."""
    return count(office, "SELECT count(*) FROM entry WHERE request_id LIKE 'cancelled:%'")


@pytest.fixture
def office(steward: Steward) -> Steward:
    """A theatre of 10000 places with one show almost sold out, and another one that nobody bought."""
    open_theatre(steward)
    lines = HEAD + show("ham-1", capacity=10_000) + show("ham-2")
    steward.does("occasions", "import", steward.file("shows.csv", lines))
    with closing(sqlite3.connect(database(steward))) as connection, connection:
        connection.execute(TICKETS, {"sold": SOLD})
        for statement in BOOKS:
            connection.execute(statement)
    return steward


def begin(office: Steward, stderr: int = subprocess.PIPE) -> "subprocess.Popen[str]":
    """Start the cancellation in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", "occasions", "cancel", "ham-1", "--yes", "--json"],
        cwd=office.folder,
        env={**surroundings(office.settings), "TERM": "xterm", "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_it_goes_on_where_it_was(office: Steward, number: signal.Signals) -> None:
    process = begin(office)
    deadline = time.monotonic() + START_SECONDS
    while undone(office) == 0 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    output, errors = process.communicate(timeout=END_SECONDS)
    so_far = undone(office)
    assert 0 < so_far < SOLD
    assert so_far % 100 == 0, "whole transactions"
    assert output == ""
    if number == signal.SIGINT:
        assert (process.returncode, errors) == (130, f"gateway: Interrupted. {GO_ON}\n")
    receipt = json.loads(office.does("occasions", "cancel", "ham-1", "--json"))  # nobody is asked again
    assert all_came_back(office, receipt)


def all_came_back(office: Steward, receipt: dict[str, Any]) -> bool:
    """Whether the receipt and the books say that everything came back once."""
    assert (receipt["partner"], receipt["occasion"], receipt["status"]) == ("grand-theatre", "ham-1", "DONE")
    assert (receipt["reversed"], receipt["reversed_units"]) == (SOLD, SOLD * 2 - SOLD // 2)
    assert receipt["released_holds"] == 0
    assert undone(office) == SOLD
    assert count(office, "SELECT sum(used) FROM quota") == 0
    assert count(office, "SELECT sum(used) FROM occasion") == 0
    return "The books balance." in office.does("audit", "ledger")


def test_said_again_it_gives_the_same_receipt_and_one_act(office: Steward) -> None:
    first = office.does("occasions", "cancel", "ham-1", "--yes")
    assert "grand-theatre/ham-1 is cancelled since" in first
    assert "6,000 redemptions of 9,000 units; released: 0 holds. Nothing remains." in first
    assert office.does("occasions", "cancel", "ham-1") == first
    [act] = office.does("audit", "acts", "--json", "--action", "occasions cancel").splitlines()
    assert {"subject": "grand-theatre", "facts": {"occasion": "ham-1"}}.items() <= json.loads(act).items()
    assert "ham-1" not in office.does("occasions", "list")


def test_a_terminal_sees_how_far_it_is(office: Steward) -> None:
    ours, its = pty.openpty()
    process = begin(office, its)
    os.close(its)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # Linux: the other side of the terminal is closed
        pass
    os.close(ours)
    output, _ = process.communicate(timeout=END_SECONDS)
    assert all_came_back(office, json.loads(output))
    assert "taking back" in shown.decode()
    assert "6,000 redemptions and holds" in shown.decode()


def test_nobody_cancels_by_mistake(office: Steward) -> None:
    said = office.is_refused("occasions", "cancel", "ham-1")
    assert "Cancel grand-theatre/ham-1 for good, with 9,000 places sold and 0 held?" in said
    assert "no such occasion" in office.is_refused("occasions", "cancel", "ham-9", "--yes")
    assert "no such occasion" in office.is_refused("occasions", "cancel", "ham-1", "--partner", "nobody", "--yes")
    assert (undone(office), count(office, "SELECT count(*) FROM cancellation")) == (0, 0)


def test_of_two_partners_with_one_id_it_has_to_be_said_whose(office: Steward) -> None:
    office.does("partners", "add", "venue-counter", "Small Theatre")
    office.does("occasions", "import", office.file("other.csv", HEAD + show("ham-2", partner="small-theatre")))
    said = office.is_refused("occasions", "cancel", "ham-2", "--yes")
    assert "grand-theatre, small-theatre" in said
    facts = json.loads(
        office.does("occasions", "cancel", "ham-2", "--partner", "small-theatre", "--yes", "--json")
    )
    assert (facts["partner"], facts["reversed"], facts["status"]) == ("small-theatre", 0, "DONE")
    assert "ham-2" in office.does("occasions", "list", "--partner", "grand-theatre")
