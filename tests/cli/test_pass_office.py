"""The card office: a pass is shown once, replaced by another, and revoked; who holds it stays unknown."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.codes import normalise
from tests.cli.conftest import Steward
from tests.cli.office import ZERO, database_file, known, one_printed, passes_on_record, printed


def test_a_pass_is_issued_as_a_token_and_a_code_of_one_sector(office: Steward) -> None:
    issued = one_printed(office.does("pass", "issue", "WANG-1", "transit", "--days", "30"))
    assert issued.keys() == {"sector", "until", "code", "token"}
    by_code = known(office, issued["code"])
    assert by_code == known(office, issued["token"])
    assert (by_code.sector, by_code.revoked, by_code.pin_hash) == ("transit", False, None)
    last_moment = by_code.expires_at - timedelta(seconds=1)
    assert issued["until"] == last_moment.astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()
    assert timedelta(days=29) < by_code.expires_at - datetime.now(UTC) < timedelta(days=32)


def test_who_it_is_and_the_pin_come_by_standard_input_too(office: Steward) -> None:
    issued = one_printed(office.does("pass", "issue", "-", "health", "--pin", "-", given="WANG-1\n1234\n"))
    assert known(office, issued["code"]).pin_hash


def test_passes_of_several_sectors_are_unlike_and_of_one_resident(office: Steward) -> None:
    sectors = ["venue", "transit", "gas", "telecom", "public-service"]
    passes = printed(office.does("pass", "issue", "WANG-1", *sectors, "--pin", "1234"))
    assert [one["sector"] for one in passes] == sectors
    records = [known(office, one["code"]) for one in passes]
    assert [one.sector for one in records] == sectors
    assert len({one.resident_secret for one in records}) == 1
    assert all(one.pin_hash for one in records)
    assert len({one[name] for one in passes for name in ("code", "token")}) == 10


@pytest.mark.parametrize(
    ("sectors", "said"), [(["transit", "cinema"], "Choose from"), (["gas", "transit", "gas"], "once")], ids=str
)
def test_passes_of_one_call_are_issued_all_or_none(office: Steward, sectors: list[str], said: str) -> None:
    assert said in office.is_refused("pass", "issue", "WANG-1", *sectors)
    assert passes_on_record(office) == 0


def test_who_asks_for_json_gets_all_facts_as_json(office: Steward) -> None:
    facts = json.loads(office.does("pass", "issue", "WANG-1", "transit", "gas", "--pin", "1234", "--json"))
    assert facts["files"] == []
    assert [one["sector"] for one in facts["passes"]] == ["transit", "gas"]
    for one in facts["passes"]:
        assert one.keys() == {"sector", "until", "has_pin", "code", "token"}
        assert one["has_pin"]
        assert known(office, one["code"]) == known(office, one["token"])


@pytest.mark.parametrize(
    ("sectors", "warned"),
    [(["health"], "health-check"), (["transit"], ""), (["transit", "health"], "health-check")],
)
def test_what_needs_a_pin_is_told_where_there_is_none(office: Steward, sectors: list[str], warned: str) -> None:
    done = office.run("pass", "issue", "WANG-1", *sectors)
    assert done.status == 0
    assert done.errors == (f"Without a PIN this card can't redeem {warned}.\n" if warned else "")


def test_a_revoked_pass_is_revoked_once(office: Steward) -> None:
    code = one_printed(office.does("pass", "issue", "WANG-1", "transit"))["code"]
    assert office.does("pass", "revoke", "-", "--yes", given=f"{code.lower()}\n") == "The pass is revoked.\n"
    assert known(office, code).revoked
    assert "revoked already" in office.is_refused("pass", "revoke", code, "--yes")


def test_what_was_revoked_is_told_as_json(office: Steward) -> None:
    code = one_printed(office.does("pass", "issue", "WANG-1", "transit"))["code"]
    told = json.loads(office.does("pass", "revoke", code, "--yes", "--json"))
    assert told == {"revoked": True, "sector": "transit"}


@pytest.mark.parametrize("command", ["revoke", "replace"])
def test_nothing_is_revoked_without_a_yes(office: Steward, command: str) -> None:
    code = one_printed(office.does("pass", "issue", "WANG-1", "transit"))["code"]
    assert "say --yes" in office.is_refused("pass", command, code)
    assert not known(office, code).revoked
    assert passes_on_record(office) == 1


def test_a_replaced_pass_is_another_of_the_same_resident_and_pin(office: Steward) -> None:
    old = one_printed(office.does("pass", "issue", "WANG-1", "health", "--pin", "1234"))
    new = one_printed(office.does("pass", "replace", old["token"], "--yes"))
    assert not set(old.values()) & {new["code"], new["token"]}
    before, after = known(office, old["code"]), known(office, new["code"])
    assert (before.revoked, after.revoked) == (True, False)
    assert before.resident_secret == after.resident_secret
    assert before.pin_hash == after.pin_hash
    assert "issue a new one" in office.is_refused("pass", "replace", old["code"], "--yes")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("issue", "LI-2", "transit"), "no such resident"),
        (("issue", " ", "transit"), "empty"),
        (("issue", "WANG-1", "cinema"), "transit"),
        (("issue", "WANG-1", "health", "--pin", "123"), "four digits"),
        (("issue", "WANG-1", "health", "--pin", "١٢٣٤"), "four digits"),
        (("revoke", ZERO, "--yes"), "unknown"),
        (("revoke", ZERO), "unknown"),
        (("replace", ZERO, "--yes"), "unknown"),
        (("revoke", "1000-0000-0000-0000"), "mistyped"),
        (("revoke", "WANG-1"), "16 letters"),
        (("replace", "a.b.c"), "not a whole pass token"),
        (("show", "a.b.c"), "not a whole pass token"),
        (("show", "1000-0000-0000-0000"), "mistyped"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_told_without_quoting_it(
    office: Steward, arguments: tuple[str, ...], said: str
) -> None:
    normalise(ZERO)  # or it would be refused as mistyped
    sentence = office.is_refused("pass", *arguments)
    assert said in sentence
    assert not [each for each in ("LI-2", "WANG-1", "1000-0000", "1234") if each in sentence]


@pytest.mark.parametrize("days", ["0", "-1", "1096", "soon"])
def test_a_pass_lasts_from_a_day_to_three_years(office: Steward, days: str) -> None:
    done = office.run("pass", "issue", "WANG-1", "transit", "--days", days)
    assert done.status == 2
    assert "--days" in done.errors


def test_nothing_of_it_is_in_the_database(office: Steward) -> None:
    passes = printed(office.does("pass", "issue", "WANG-1", "health", "gas", "--pin", "7391"))
    with closing(sqlite3.connect(database_file(office))) as connection:
        dump = "\n".join(connection.iterdump())
    for one in passes:
        for personal in ("WANG-1", one["code"], normalise(one["code"]), one["token"], "'7391'"):
            assert personal not in dump
