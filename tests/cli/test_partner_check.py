"""`gateway partners check`: silent success for cron, or a table of what has to be done, and exit code 1."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.cli.conftest import Steward
from tests.flow.steward import new_key


@pytest.fixture
def metro(steward: Steward) -> Steward:
    """A steward with one partner whose one machine has a good key."""
    steward.does("partners", "add", "transit-turnstile", "Harbour Metro")
    _register(steward, days=400)
    return steward


def _register(steward: Steward, *, days: int, partner: str = "harbour-metro") -> str:
    path = steward.file("gate.json", json.dumps(new_key()[1]))
    given = ("--label", f"gate with {days}", "--days", str(days), "--json")
    return str(json.loads(steward.does("partners", "add-device", partner, path, *given))["id"])


def _end(steward: Steward, device: str) -> None:
    """Let a key have ended years ago."""
    with closing(sqlite3.connect(steward.settings["GATEWAY_DATABASE_URL"].partition("///")[2])) as connection:
        connection.execute("UPDATE device SET not_after = '2020-01-01 00:00:00.000000' WHERE id = ?", (device,))
        connection.commit()


def _checked(steward: Steward, status: int) -> dict[str, Any]:
    done = steward.run("partners", "check", "--json")
    assert (done.status, done.errors) == (status, "")
    facts: dict[str, Any] = json.loads(done.output)
    return facts


def test_when_all_is_well_one_sentence_says_so(metro: Steward) -> None:
    assert metro.does("partners", "check") == "No device's key expires within 30 days.\n"
    assert _checked(metro, 0) == {
        "expired": [],
        "within_1_day": [],
        "within_7_days": [],
        "within_30_days": [],
        "without_device": [],
        "suspended": [],
    }


def test_keys_are_grouped_by_urgency_and_sorted_by_their_end(metro: Steward) -> None:
    ids = {days: _register(metro, days=days) for days in (31, 30, 8, 7, 2, 1, 12, 300)}
    _end(metro, ids[300])
    done = metro.run("partners", "check")
    assert (done.status, done.errors) == (1, "")
    heading, *lines = done.output.splitlines()
    assert heading.startswith("key expires")
    assert [line.rpartition("  ")[2] for line in lines[:7]] == [ids[days] for days in (300, 1, 2, 7, 8, 12, 30)]
    assert lines[0].startswith("expired         2020-01-01  harbour-metro  gate with 300  ")
    assert lines[1].startswith("within 1 day ")
    assert lines[-1].endswith("gateway partners revoke-device DEVICE")
    facts = _checked(metro, 1)
    assert {name: [one["id"] for one in found] for name, found in facts.items()} == {
        "expired": [ids[300]],
        "within_1_day": [ids[1]],
        "within_7_days": [ids[2], ids[7]],
        "within_30_days": [ids[8], ids[12], ids[30]],
        "without_device": [],
        "suspended": [],
    }
    assert [one["days_left"] for one in facts["within_7_days"]] == [2, 7]


@pytest.mark.parametrize("days", [1, 7, 30])
def test_one_key_that_ends_soon_is_enough(metro: Steward, days: int) -> None:
    device = _register(metro, days=days)
    assert metro.run("partners", "check").status == 1
    metro.does("partners", "revoke-device", device, "--yes")
    assert metro.run("partners", "check").status == 0


def test_a_key_that_has_ended_is_told_until_it_is_revoked(metro: Steward) -> None:
    device = _register(metro, days=1)
    _end(metro, device)
    assert [one["state"] for one in _checked(metro, 1)["expired"]] == ["expired"]
    metro.does("partners", "revoke-device", device, "--yes")
    _checked(metro, 0)


def test_partners_that_can_do_nothing_are_named(metro: Steward) -> None:
    metro.does("partners", "add", "gas-desk", "East Gas")
    metro.does("partners", "add", "gas-desk", "West Gas")
    _register(metro, days=1, partner="west-gas")
    metro.does("partners", "add", "gas-desk", "North Gas")
    for partner in ("west-gas", "north-gas"):
        metro.does("partners", "suspend", partner, "--yes")
    done = metro.run("partners", "check")
    assert (done.status, done.output.splitlines()[1:]) == (
        0,
        ["Without a working device: east-gas", "Suspended: north-gas, west-gas"],
    )
    facts = _checked(metro, 0)
    assert (facts["without_device"], facts["suspended"]) == (["east-gas"], ["north-gas", "west-gas"])
