"""`gateway pass show`: what has become of a pass, by whatever is left of it, and nothing of whose it is."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from tests.cli.conftest import Steward
from tests.cli.office import ZERO, database_file, one_printed


def _shown(office: Steward, presented: str) -> dict[str, str]:
    return one_printed(office.does("pass", "show", "-", given=f"{presented}\n"))


@pytest.mark.parametrize("by", ["code", "token"])
@pytest.mark.parametrize(("options", "pin"), [((), "no"), (("--pin", "1234"), "yes")], ids=["no pin", "pin"])
def test_a_pass_that_works(office: Steward, by: str, options: tuple[str, ...], pin: str) -> None:
    issued = one_printed(office.does("pass", "issue", "WANG-1", "gas", *options))
    expected = {"state": "works", "sector": "gas", "form": "card", "until": issued["until"], "pin": pin}
    assert _shown(office, issued[by]) == expected


def test_a_revoked_pass(office: Steward) -> None:
    issued = one_printed(office.does("pass", "issue", "WANG-1", "gas"))
    office.does("pass", "revoke", issued["code"], "--yes")
    assert _shown(office, issued["token"])["state"] == "revoked"


def test_a_pass_that_was_replaced_and_the_one_in_its_place(office: Steward) -> None:
    old = one_printed(office.does("pass", "issue", "WANG-1", "gas", "--pin", "1234"))
    new = one_printed(office.does("pass", "replace", old["code"], "--yes"))
    assert [_shown(office, one["code"])["state"] for one in (old, new)] == ["revoked", "works"]
    assert _shown(office, new["code"])["pin"] == "yes"


@pytest.mark.parametrize(("revoked", "state"), [(False, "expired"), (True, "revoked")])
def test_a_pass_that_is_over(office: Steward, revoked: bool, state: str) -> None:
    issued = one_printed(office.does("pass", "issue", "WANG-1", "gas"))
    if revoked:
        office.does("pass", "revoke", issued["code"], "--yes")
    with closing(sqlite3.connect(database_file(office))) as connection, connection:
        a_moment_ago = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.000000")
        connection.execute("UPDATE pass SET expires_at = ?", (a_moment_ago,))
    assert _shown(office, issued["code"])["state"] == state


def test_a_pass_that_nobody_has(office: Steward) -> None:
    assert _shown(office, ZERO) == {"state": "unknown"}


def test_a_forged_token_is_as_unknown(office: Steward) -> None:
    token = one_printed(office.does("pass", "issue", "WANG-1", "gas"))["token"]
    head, body, signature = token.split(".")
    forged = f"{head}.{body}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    assert _shown(office, forged) == {"state": "unknown"}


def test_all_of_it_as_json(office: Steward) -> None:
    issued = one_printed(office.does("pass", "issue", "WANG-1", "gas", "--pin", "1234"))
    told = json.loads(office.does("pass", "show", issued["token"], "--json"))
    assert told == {"state": "works", "sector": "gas", "form": "card", "until": issued["until"], "pin": True}
    assert json.loads(office.does("pass", "show", ZERO, "--json")) == {"state": "unknown"}


def test_it_changes_nothing(office: Steward) -> None:
    code = one_printed(office.does("pass", "issue", "WANG-1", "gas"))["code"]
    with closing(sqlite3.connect(database_file(office))) as connection:
        before = list(connection.iterdump())
        _shown(office, code)
        assert list(connection.iterdump()) == before
