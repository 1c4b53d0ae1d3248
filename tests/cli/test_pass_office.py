"""The card office: a pass is shown once, replaced by another, and revoked; who holds it stays unknown."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.auth.keyring import Keyring
from gateway.auth.passes import PassReader
from gateway.domain.codes import normalise
from gateway.domain.passes import PassRecord, PresentedPass
from gateway.store.database import Database
from gateway.store.passes import SqlPassDirectory
from tests.cli.conftest import Steward

ISSUER = "http://127.0.0.1:8000"
ZERO = "0000-0000-0000-0000"
"""A well-formed code that nobody holds."""


@pytest.fixture
def office(steward: Steward) -> Steward:
    """A steward with one resident in the registry, WANG-1."""
    day = datetime.now(UTC).date() - timedelta(days=1)
    steward.does(
        "registry", "import", steward.file("registry.csv", f"registry_id,hours,as_of,honours\nWANG-1,10,{day},\n")
    )
    return steward


def _printed(output: str) -> dict[str, str]:
    return dict(line.split(maxsplit=1) for line in output.splitlines())


def _record(office: Steward, shown: str) -> PassRecord | None:
    """What is on record of a pass, as a gate's request would find it."""
    keyring = Keyring.load(Path(office.settings["GATEWAY_KEYS_DIR"]), clock=lambda: datetime.now(UTC))
    handle = PassReader(keyring, issuer=ISSUER).open(PresentedPass(shown)).handle

    async def look() -> PassRecord | None:
        database = Database(office.settings["GATEWAY_DATABASE_URL"])
        try:
            return (await SqlPassDirectory(database).look_up(handle)).record
        finally:
            await database.close()

    return asyncio.run(look())


def test_a_pass_is_issued_as_a_token_and_a_code_of_one_sector(office: Steward) -> None:
    printed = _printed(office.does("pass", "issue", "WANG-1", "transit", "--days", "30"))
    assert printed.keys() == {"sector", "until", "code", "token"}
    by_code, by_token = _record(office, printed["code"]), _record(office, printed["token"])
    assert by_code is not None
    assert by_code == by_token
    assert (by_code.sector, by_code.revoked, by_code.pin_hash) == ("transit", False, None)
    assert (
        printed["until"]
        == (by_code.expires_at - timedelta(seconds=1)).astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()
    )
    assert timedelta(days=29) < by_code.expires_at - datetime.now(UTC) < timedelta(days=32)


def test_who_it_is_and_the_pin_come_by_standard_input_too(office: Steward) -> None:
    printed = _printed(office.does("pass", "issue", "-", "health", "--pin", "-", given="WANG-1\n1234\n"))
    record = _record(office, printed["code"])
    assert record is not None
    assert record.pin_hash


def test_the_qr_code_is_a_file_if_one_is_named(office: Steward) -> None:
    printed = _printed(office.does("pass", "issue", "WANG-1", "transit", "--svg", "card.svg"))
    drawing = (office.folder / "card.svg").read_text()
    assert drawing.startswith("<svg")
    assert printed["code"] not in drawing
    assert printed["token"] not in drawing


def test_a_revoked_pass_is_revoked_once(office: Steward) -> None:
    code = _printed(office.does("pass", "issue", "WANG-1", "transit"))["code"]
    assert office.does("pass", "revoke", "-", given=f"{code.lower()}\n") == "The pass is revoked.\n"
    record = _record(office, code)
    assert record is not None
    assert record.revoked
    assert "revoked already" in office.is_refused("pass", "revoke", code)


def test_a_replaced_pass_is_another_of_the_same_resident_and_pin(office: Steward) -> None:
    old = _printed(office.does("pass", "issue", "WANG-1", "health", "--pin", "1234"))
    new = _printed(office.does("pass", "replace", old["token"], "--svg", "new.svg"))
    assert not set(old.values()) & {new["code"], new["token"]}
    before, after = _record(office, old["code"]), _record(office, new["code"])
    assert before is not None
    assert after is not None
    assert (before.revoked, after.revoked) == (True, False)
    assert before.resident_secret == after.resident_secret
    assert before.pin_hash == after.pin_hash
    assert (office.folder / "new.svg").exists()
    assert "issue a new one" in office.is_refused("pass", "replace", old["code"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("issue", "LI-2", "transit"), "no such resident"),
        (("issue", " ", "transit"), "empty"),
        (("issue", "WANG-1", "cinema"), "transit"),
        (("issue", "WANG-1", "health", "--pin", "123"), "four digits"),
        (("issue", "WANG-1", "health", "--pin", "١٢٣٤"), "four digits"),
        (("revoke", ZERO), "unknown"),
        (("replace", ZERO), "unknown"),
        (("revoke", "1000-0000-0000-0000"), "mistyped"),
        (("revoke", "WANG-1"), "16 letters"),
        (("replace", "a.b.c"), "not a whole pass token"),
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


def test_a_drawing_that_cannot_be_written_is_told_after_the_pass_itself(office: Steward) -> None:
    """It is on record already, and shown nowhere else."""
    done = office.run("pass", "issue", "WANG-1", "transit", "--svg", "nowhere/x.svg")
    assert done.status == 2
    assert _printed(done.output).keys() == {"sector", "until", "code", "token"}
    assert done.errors == "gateway: nowhere/x.svg: No such file or directory.\n"


def test_nothing_of_it_is_in_the_database(office: Steward) -> None:
    printed = _printed(office.does("pass", "issue", "WANG-1", "health", "--pin", "7391"))
    with closing(sqlite3.connect(office.settings["GATEWAY_DATABASE_URL"].partition("///")[2])) as connection:
        dump = "\n".join(connection.iterdump())
    for personal in ("WANG-1", printed["code"], normalise(printed["code"]), printed["token"], "'7391'"):
        assert personal not in dump
