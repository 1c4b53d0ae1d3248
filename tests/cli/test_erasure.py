"""`gateway registry erase | readmit`: out for good, until one asks to come back."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Steward
from tests.cli.office import database_file, one_printed, passes_on_record, record


def imported(office: Steward, *whose: str, hours: int = 11) -> dict[str, int]:
    """Import a registry of these residents; return what the command counted."""
    rows = "".join(f"{one},{hours},{datetime.now(UTC).date()},\n" for one in whose)
    file = office.file("again.csv", f"registry_id,hours,as_of,honours\n{rows}")
    facts: dict[str, int] = json.loads(office.does("registry", "import", file, "--json"))
    return facts


def let_time_pass(office: Steward) -> None:
    """Let the day come from which the erased may come back."""
    day = (datetime.now(UTC) - timedelta(days=2)).date()
    with closing(sqlite3.connect(database_file(office))) as connection, connection:
        connection.execute("UPDATE erased SET readmit_from = ?", (day.isoformat(),))


def test_the_erased_are_gone_kept_out_and_told_what_remains(office: Steward) -> None:
    code = one_printed(office.does("pass", "issue", "WANG-1", "venue"))["code"]
    told = office.does("registry", "erase", "-", "--yes", given="WANG-1\n")
    assert "WANG-1" not in told
    for line in ("散列值", "One keyed hash stays", "you may ask to come back"):
        assert line in told
    assert told.rstrip().endswith("Backups from before still hold it.")
    assert record(office, code) is None
    assert passes_on_record(office) == 0
    counts = imported(office, "WANG-1", "LIN-3")
    assert (counts["erased"], counts["new"], counts["changed"]) == (1, 0, 1)
    assert "no such resident" in office.is_refused("pass", "issue", "WANG-1", "venue")


def test_a_dry_run_and_a_missing_yes_change_nothing(office: Steward) -> None:
    office.does("pass", "issue", "WANG-1", "venue", "gas")
    facts = json.loads(office.does("registry", "erase", "WANG-1", "--dry-run", "--json"))
    assert (facts["on_record"], facts["passes"], facts["dry_run"]) == (True, 2, True)
    assert "goes for good with 2 passes" in office.is_refused("registry", "erase", "WANG-1")
    assert passes_on_record(office) == 2
    assert imported(office, "WANG-1")["erased"] == 0


def test_who_was_never_there_can_stay_out(office: Steward) -> None:
    facts = json.loads(office.does("registry", "erase", "ZHAO-9", "--yes", "--json"))
    assert (facts["on_record"], facts["passes"], facts["files"]) == (False, 0, "complete")
    assert imported(office, "ZHAO-9")["erased"] == 1


def test_who_comes_back_waits_and_then_the_same_file_brings_them(office: Steward) -> None:
    office.does("registry", "erase", "WANG-1", "--yes")
    imported(office, "WANG-1", "LIN-3")
    assert "come back on" in office.is_refused("registry", "readmit", "WANG-1", "--yes")
    let_time_pass(office)
    assert "asked to come back" in office.is_refused("registry", "readmit", "WANG-1")
    office.does("registry", "readmit", "WANG-1", "--yes")
    assert imported(office, "WANG-1", "LIN-3")["new"] == 1
    assert "Nobody of this id was erased" in office.is_refused("registry", "readmit", "WANG-1", "--yes")


@pytest.mark.parametrize("command", ["erase", "readmit"])
def test_an_empty_id_is_nobody(office: Steward, command: str) -> None:
    assert "empty" in office.is_refused("registry", command, "-", "--yes", given="\n")


def test_the_record_has_the_day_and_no_name(office: Steward) -> None:
    office.does("registry", "erase", "WANG-1", "--yes")
    [act] = office.does("audit", "acts", "--json", "--action", "registry erase").splitlines()
    facts = json.loads(act)
    assert (facts["subject"], facts["facts"]) == (None, {})
    assert datetime.fromisoformat(facts["at"]).time() == datetime.min.time()
    [_, shown] = office.does("audit", "acts", "--action", "registry erase").splitlines()
    assert ":" not in shown.replace("os:", "")
