"""A code instead of a key file: shown once, with its end and what to do with it, and kept as a hash alone."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.auth.enrolment import EnrolmentCodes
from gateway.auth.keyring import Keyring
from gateway.domain.codes import normalise
from tests.cli.conftest import Steward


@pytest.fixture
def metro(steward: Steward) -> Steward:
    """A steward with one partner, harbour-metro."""
    steward.does("partners", "add", "transit-turnstile", "Harbour Metro")
    return steward


def _database(steward: Steward) -> Path:
    return Path(steward.settings["GATEWAY_DATABASE_URL"].partition("///")[2])


def _rows(steward: Steward) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(_database(steward))) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM enrolment")]


def test_a_code_is_shown_with_its_end_and_the_next_step(metro: Steward) -> None:
    said = metro.does("partners", "add-device", "harbour-metro", "--label", "gate 9")
    lines = said.splitlines()
    code = lines[0].removeprefix("code     ")
    assert re.fullmatch(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", code)
    assert normalise(code)
    assert lines[1] == "for      gate 9 of harbour-metro"
    assert re.fullmatch(r"until    \d{4}-\d\d-\d\d \d\d:\d\d \(Asia/Shanghai\)", lines[2])
    assert "python -m laurel_client enrol http://127.0.0.1:8000 - --out harbour-metro.json" in said
    assert "1 open enrolment code" in metro.does("partners", "show", "harbour-metro")


def test_a_code_of_the_card_office_is_for_its_page(steward: Steward) -> None:
    steward.does("partners", "add", "card-office", "District Office")
    said = steward.does("partners", "add-device", "district-office", "--label", "desk 1")
    assert "open http://127.0.0.1:8000/office in a browser" in said
    assert "laurel_client" not in said
    shown = json.loads(steward.does("partners", "show", "district-office", "--json"))
    assert (shown["kind"], shown["rewards"], shown["open_codes"]) == ("card-office", [], 1)


def test_only_a_keyed_hash_of_the_code_is_kept(metro: Steward) -> None:
    given = ("--label", "gate 9", "--scopes", "verify redeem", "--days", "30", "--code-hours", "2", "--json")
    facts = json.loads(metro.does("partners", "add-device", "harbour-metro", *given))
    [row] = _rows(metro)
    ring = Keyring.load(Path(metro.settings["GATEWAY_KEYS_DIR"]), clock=lambda: datetime.now(UTC))
    assert row["code_hash"] == EnrolmentCodes(ring).read(facts["code"]).hash
    assert (row["partner_id"], row["label"]) == ("harbour-metro", "gate 9")
    assert (row["scopes"], row["key_days"]) == ("redeem verify", 30)
    assert (facts["scopes"], facts["key_days"]) == (["redeem", "verify"], 30)
    assert facts["address"] == "http://127.0.0.1:8000/devices"
    left = datetime.fromisoformat(facts["expires"]) - datetime.now(UTC)
    assert timedelta(hours=1, minutes=55) < left <= timedelta(hours=2)
    files = b"".join(path.read_bytes() for path in _database(metro).parent.glob("laurel.db*"))
    assert not re.search(normalise(facts["code"]).encode(), files, re.IGNORECASE)
    assert facts["code"].encode() not in files


def test_a_code_lasts_a_day_and_is_for_all_that_the_kind_does(metro: Steward) -> None:
    facts = json.loads(metro.does("partners", "add-device", "harbour-metro", "--json"))
    assert (facts["label"], facts["key_days"]) == ("device", 365)
    assert facts["scopes"] == ["redeem", "report", "reverse", "verify"]
    left = datetime.fromisoformat(facts["expires"]) - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(hours=24)


@pytest.mark.parametrize(
    "wrong", [("--code-hours", "0"), ("--code-hours", "169"), ("--days", "0"), ("--days", "1096")], ids=str
)
def test_a_code_and_a_key_have_their_limits(metro: Steward, wrong: tuple[str, str]) -> None:
    assert metro.run("partners", "add-device", "harbour-metro", *wrong).status == 2
    assert _rows(metro) == []


def test_what_cannot_be_gets_no_code(metro: Steward) -> None:
    assert "no such partner" in metro.is_refused("partners", "add-device", "nobody")
    assert "Choose from" in metro.is_refused("partners", "add-device", "harbour-metro", "--scopes", "admin")
    assert "label" in metro.is_refused("partners", "add-device", "harbour-metro", "--label", "")
    assert _rows(metro) == []
