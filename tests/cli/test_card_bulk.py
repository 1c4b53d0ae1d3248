"""`gateway pass issue-many`: a card for each line, whatever happens on the way."""

import csv
import json
import os
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.conftest import Done, Steward
from tests.cli.office import known, passes_on_record, scanned
from tests.flow.processes import END_SECONDS, surroundings

LIST = """registry_id,sectors,pin
WANG-1,transit;gas,
LI-2,transit,
LIN-3,health,1234

WANG-1,cinema,
WANG-1,transit,12
WANG-1
LIN-3,telecom;telecom,
"""
LISTS = ("issued.csv", "lines.csv")
REJECTED = {3: "no such resident", 6: "Choose from", 7: "four digits", 8: "as many values", 9: "once"}


def _issue_many(office: Steward, *options: str, text: str = LIST) -> Done:
    return office.run("pass", "issue-many", office.file("list.csv", text), "--out", "cards", *options)


def _cards(office: Steward) -> list[str]:
    return sorted(path.name for path in (office.folder / "cards").iterdir() if path.name not in LISTS)


def test_each_line_gets_its_card_and_the_others_a_reason(office: Steward) -> None:
    done = _issue_many(office)
    assert (done.status, done.errors) == (1, "")
    assert done.output == "2 cards issued, 0 skipped because they are there, 5 rejected: see cards/rejects.csv.\n"
    assert _cards(office) == ["card-000001.pdf", "card-000002.pdf", "rejects.csv"]
    two, one = (scanned(office.folder / "cards" / f"card-00000{number}.pdf") for number in (1, 2))
    assert sorted(known(office, token).sector for token in two) == ["gas", "transit"]
    [health] = [known(office, token) for token in one]
    assert (health.sector, bool(health.pin_hash)) == ("health", True)
    assert passes_on_record(office) == 3


def test_the_rejects_say_line_and_reason_and_nothing_of_what_it_says(office: Steward) -> None:
    _issue_many(office)
    content = (office.folder / "cards" / "rejects.csv").read_text("utf-8")
    rows = list(csv.DictReader(content.splitlines()))
    assert {int(row["line"]): row["reason"] for row in rows}.keys() == REJECTED.keys()
    assert all(REJECTED[int(row["line"])] in row["reason"] for row in rows)
    assert not [said for said in ("WANG", "LI-2", "LIN", "cinema", ",12,") if said in content]


def test_a_list_without_mistakes_leaves_no_rejects(office: Steward) -> None:
    _issue_many(office)
    done = _issue_many(office, text="registry_id,sectors\nWANG-1,gas;transit\n")
    assert (done.status, done.output) == (0, "0 cards issued, 1 skipped because they are there, 0 rejected.\n")
    assert "rejects.csv" not in _cards(office)


@pytest.mark.parametrize(
    ("paper", "files"),
    [
        ("a4", ["card-000001.svg", "card-000002-1.svg", "card-000002-2.svg"]),
        (
            "a6",
            [f"card-00000{card}-{page}.svg" for card, pages in ((1, 4), (2, 5)) for page in range(1, pages + 1)],
        ),
    ],
)
def test_cards_are_pictures_if_asked(office: Steward, paper: str, files: list[str]) -> None:
    text = "registry_id,sectors\nWANG-1,transit;gas;venue;telecom\nLIN-3,transit;gas;venue;telecom;health\n"
    done = _issue_many(office, "--form", "svg", "--paper", paper, text=text)
    assert (done.status, _cards(office)) == (0, files)
    tokens = {token for file in files for token in scanned(office.folder / "cards" / file)}
    assert len(tokens) == 9
    assert _issue_many(office, text=text).output.startswith("0 cards issued, 2 skipped")


def test_the_tally_as_json(office: Steward) -> None:
    told = json.loads(_issue_many(office, "--json").output)
    counts = {"issued": 2, "skipped": 0, "rejected": 5}
    assert told == {**counts, "rejects": "cards/rejects.csv", "interrupted": False}


def test_cards_are_their_owners_alone(office: Steward) -> None:
    before = os.umask(0)
    try:
        _issue_many(office)
    finally:
        os.umask(before)
    files = [*_cards(office), *LISTS]
    files.remove("rejects.csv")  # it says nothing of anybody
    assert {stat.S_IMODE((office.folder / "cards" / name).stat().st_mode) for name in files} == {0o600}


@pytest.mark.parametrize(
    "heading",
    ["", "registry_id", "registry_id,sectors,name", "registry_id,sectors,sectors", "WANG-1,transit", "\xff"],
)
def test_what_is_no_list_is_refused(office: Steward, heading: str) -> None:
    file = office.file("list.csv", f"{heading}\nWANG-1,transit\n".encode("latin-1"))
    done = office.run("pass", "issue-many", file, "--out", "cards")
    assert done.status == 1
    assert "name the columns" in done.errors
    assert "WANG" not in done.errors
    assert passes_on_record(office) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_interrupts_finds_whole_cards_and_can_go_on(office: Steward, number: signal.Signals) -> None:
    lines = 400
    day = datetime.now(UTC).date() - timedelta(days=1)
    people = "".join(f"P-{number},10,{day},\n" for number in range(lines))
    office.does("registry", "import", office.file("people.csv", f"registry_id,hours,as_of,honours\n{people}"))
    wanted = "".join(f"P-{number},transit\n" for number in range(lines))
    file = office.file("list.csv", f"registry_id,sectors\n{wanted}")
    words = (sys.executable, "-m", "gateway", "pass", "issue-many", file, "--out", "cards")
    process = subprocess.Popen(
        words,
        cwd=office.folder,
        env=surroundings(office.settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not (office.folder / "cards" / "card-000002.pdf").exists():
        time.sleep(0.01)
    process.send_signal(number)
    output, errors = process.communicate(timeout=END_SECONDS)
    cards = _cards(office)
    assert process.returncode == 130
    assert errors == "gateway: Interrupted between two cards. Say the same again to go on with the rest.\n"
    assert output == f"{len(cards)} cards issued, 0 skipped because they are there, 0 rejected.\n"
    assert 2 <= len(cards) < lines
    assert passes_on_record(office) == len(cards)
    assert all(len(scanned(office.folder / "cards" / card)) == 1 for card in (cards[0], cards[-1]))
