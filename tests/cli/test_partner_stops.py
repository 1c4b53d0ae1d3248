"""Stopping a partner: asked for, told, undone, and on record with who did it."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.cli.conftest import Steward
from tests.flow.steward import new_key


@pytest.fixture
def metro(steward: Steward) -> Steward:
    """A steward with one partner who has two machines and an open code."""
    steward.does("partners", "add", "transit-turnstile", "Harbour Metro")
    for _ in range(2):
        steward.does("partners", "add-device", "harbour-metro", steward.file("key.json", json.dumps(new_key()[1])))
    steward.does("partners", "add-device", "harbour-metro")
    return steward


def _acts(steward: Steward) -> list[tuple[str, str, Any]]:
    with closing(sqlite3.connect(steward.settings["GATEWAY_DATABASE_URL"].partition("///")[2])) as connection:
        rows = connection.execute("SELECT action, subject, facts FROM admin_record ORDER BY id").fetchall()
    return [(action, subject, json.loads(facts)) for action, subject, facts in rows]


def test_one_is_asked_and_told_what_stops(metro: Steward) -> None:
    acts = _acts(metro)
    asked = metro.is_refused("partners", "suspend", "harbour-metro")
    assert "(Harbour Metro)? 2 devices stop at once, open enrolment codes withdrawn: 1." in asked
    assert "--yes" in asked
    assert _acts(metro) == acts
    assert not json.loads(metro.does("partners", "show", "harbour-metro", "--json"))["suspended"]


def test_a_partner_is_suspended_and_resumed(metro: Steward) -> None:
    seen = len(_acts(metro))
    said = metro.does("partners", "suspend", "harbour-metro", "--yes", "--json")
    assert json.loads(said) == {"id": "harbour-metro", "suspended": True, "devices": 2, "codes_withdrawn": 1}
    assert "suspended already" in metro.is_refused("partners", "suspend", "harbour-metro", "--yes")
    assert metro.does("partners", "resume", "harbour-metro") == "harbour-metro goes on, within 2 seconds.\n"
    assert "not suspended" in metro.is_refused("partners", "resume", "harbour-metro")
    assert "resume harbour-metro" in metro.does("partners", "suspend", "harbour-metro", "--yes")
    said = metro.does("partners", "resume", "harbour-metro", "--json")
    assert json.loads(said) == {"id": "harbour-metro", "suspended": False}
    assert _acts(metro)[seen:] == [
        ("partners suspend", "harbour-metro", {"devices": 2, "codes": 1}),
        ("partners resume", "harbour-metro", {}),
        ("partners suspend", "harbour-metro", {"devices": 2, "codes": 0}),
        ("partners resume", "harbour-metro", {}),
    ]


@pytest.mark.parametrize(
    "command", [("suspend", "--yes"), ("resume",), ("withdraw-codes", "--yes"), ("show",)], ids=str
)
def test_nobody_else_is_stopped(metro: Steward, command: tuple[str, ...]) -> None:
    name, *flags = command
    assert "no such partner" in metro.is_refused("partners", name, "harbour", *flags)


def test_codes_are_withdrawn(metro: Steward) -> None:
    metro.does("partners", "add-device", "harbour-metro")
    assert json.loads(metro.does("partners", "show", "harbour-metro", "--json"))["open_codes"] == 2
    seen = _acts(metro)
    asked = metro.is_refused("partners", "withdraw-codes", "harbour-metro")
    assert "Withdraw the open enrolment codes of harbour-metro, 2 in all?" in asked
    assert "--yes" in asked
    assert _acts(metro) == seen
    said = metro.does("partners", "withdraw-codes", "harbour-metro", "--yes", "--json")
    assert json.loads(said) == {"id": "harbour-metro", "codes_withdrawn": 2}
    assert _acts(metro)[-1] == ("partners withdraw-codes", "harbour-metro", {"codes": 2})
    assert metro.does("partners", "withdraw-codes", "harbour-metro") == "0 codes are withdrawn.\n"
    assert json.loads(metro.does("partners", "show", "harbour-metro", "--json"))["open_codes"] == 0


def test_a_suspended_partner_gets_keys_for_later_but_no_code(metro: Steward) -> None:
    metro.does("partners", "suspend", "harbour-metro", "--yes")
    path = metro.file("key.json", json.dumps(new_key()[1]))
    assert "once its partner is resumed" in metro.does("partners", "add-device", "harbour-metro", path)
    assert "gateway partners resume" in metro.is_refused("partners", "add-device", "harbour-metro")
