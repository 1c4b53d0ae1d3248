"""A folder of cards: whoever has one there gets no other, whatever list and line it was; nobody is left out."""

import csv
import errno
import fcntl
import os
from pathlib import Path

import pytest

from gateway.cli import issued_cards
from gateway.cli.console import BUG
from gateway.domain.passes import IssuedPass
from gateway.office.printing import Printer
from tests.cli.conftest import Done, Steward
from tests.cli.office import known, passes_on_record, scanned

FIRST = "registry_id,sectors\nWANG-1,transit;gas\nLIN-3,health\n"
BOTH_THERE = "0 cards issued, 2 skipped because they are there, 0 rejected.\n"


def issue(office: Steward, text: str = FIRST) -> Done:
    """Say the command for a list."""
    return office.run("pass", "issue-many", office.file("list.csv", text), "--out", "cards")


def cards(office: Steward) -> list[str]:
    """The names of the cards in the folder."""
    return sorted(path.name for path in (office.folder / "cards").glob("*card-*"))


def lines(office: Steward) -> dict[str, list[str]]:
    """The sectors of the card that each line of the last list has."""
    content = (office.folder / "cards" / "lines.csv").read_text("utf-8")
    return {
        row["line"]: sorted(
            known(office, token).sector for token in scanned(office.folder / "cards" / f"{row['card']}.pdf")
        )
        for row in csv.DictReader(content.splitlines())
    }


def test_the_same_list_again_issues_nothing(office: Steward) -> None:
    issue(office)
    assert (issue(office).output, cards(office)) == (BOTH_THERE, ["card-000001.pdf", "card-000002.pdf"])
    assert lines(office) == {"2": ["gas", "transit"], "3": ["health"]}
    assert passes_on_record(office) == 3


def test_another_list_leaves_nobody_out_and_overwrites_nothing(office: Steward) -> None:
    issue(office)
    before = (office.folder / "cards" / "card-000001.pdf").read_bytes()
    done = issue(office, "registry_id,sectors\nLIN-3,venue\nWANG-1,venue\nWANG-1,transit\n")
    assert done.output.startswith("3 cards issued, 0 skipped")
    assert cards(office) == [f"card-00000{number}.pdf" for number in range(1, 6)]
    assert lines(office) == {"2": ["venue"], "3": ["venue"], "4": ["transit"]}
    assert (office.folder / "cards" / "card-000001.pdf").read_bytes() == before


def test_a_list_in_another_order_or_without_some_issues_what_is_missing(office: Steward) -> None:
    issue(office)
    done = issue(office, "sectors,registry_id\nhealth,LIN-3\nvenue,LIN-3\ngas;transit, WANG-1\n")
    assert done.output.startswith("1 cards issued, 2 skipped")
    assert lines(office) == {"2": ["health"], "3": ["venue"], "4": ["gas", "transit"]}


def test_whoever_is_on_a_list_twice_gets_one_card(office: Steward) -> None:
    assert issue(office, FIRST + "WANG-1,gas;transit\n").output.startswith("2 cards issued, 1 skipped")
    assert lines(office)["4"] == lines(office)["2"]


def test_two_runs_at_once_do_not_share_a_folder(office: Steward) -> None:
    issue(office)
    with (office.folder / "cards" / "issued.csv").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        done = issue(office, FIRST + "LIN-3,venue\n")
    assert (done.status, done.output) == (1, "")
    assert done.errors.startswith("gateway: --out: Another run issues cards into cards;")
    assert passes_on_record(office) == 3
    assert issue(office, FIRST + "LIN-3,venue\n").status == 0


def test_the_lists_name_nobody(office: Steward) -> None:
    issue(office)
    for name in ("issued.csv", "lines.csv"):
        content = (office.folder / "cards" / name).read_text("utf-8")
        assert not [said for said in ("WANG", "LIN", "health", "gas") if said in content]


@pytest.mark.parametrize("name", ["issued.csv", "lines.csv"])
def test_files_of_somebody_else_are_left_alone(office: Steward, name: str) -> None:
    (office.folder / "cards").mkdir()
    office.file(f"cards/{name}", "registry_id,sectors\n")
    done = issue(office)
    assert (done.status, "something else" in done.errors, passes_on_record(office)) == (1, True, 0)
    assert (office.folder / "cards" / name).read_text() == "registry_id,sectors\n"


def test_cards_whose_list_is_gone_are_not_printed_over(office: Steward) -> None:
    issue(office)
    (office.folder / "cards" / "issued.csv").unlink()
    done = issue(office)
    assert (done.status, "name another folder" in done.errors) == (1, True)
    assert passes_on_record(office) == 3


def test_a_card_that_was_on_the_list_when_the_machine_failed_is_moved_into_its_place(office: Steward) -> None:
    issue(office)
    folder = office.folder / "cards"
    (folder / "card-000002.pdf").rename(folder / ".card-000002.pdf.part")
    assert (issue(office).output, cards(office)) == (BOTH_THERE, ["card-000001.pdf", "card-000002.pdf"])


def test_a_card_that_was_not_yet_on_the_list_is_issued_anew(office: Steward) -> None:
    issue(office)
    folder = office.folder / "cards"
    (folder / "card-000002.pdf").rename(folder / ".card-000002.pdf.part")
    rows = (folder / "issued.csv").read_bytes()
    (folder / "issued.csv").write_bytes(rows[:-5])
    assert issue(office).output.startswith("1 cards issued, 1 skipped")
    assert cards(office) == ["card-000001.pdf", "card-000002.pdf"]
    assert lines(office)["3"] == ["health"]
    assert len((folder / "issued.csv").read_bytes()) == len(rows)


@pytest.mark.parametrize("step", ["write_drafts", "place"])
def test_a_card_that_cannot_be_written_leaves_no_pass_that_works(
    office: Steward, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(paths: list[Path], contents: object = None) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(paths[0]))

    with monkeypatch.context() as broken:
        broken.setattr(issued_cards, step, full)
        done = issue(office)
    assert (done.status, "No space left" in done.errors) == (2, True)
    assert (passes_on_record(office), passes_on_record(office, working=True)) == (2, 0)
    assert cards(office) == []
    assert issue(office).output.startswith("2 cards issued, 0 skipped")


def test_a_card_that_cannot_be_drawn_leaves_no_pass_that_works(
    office: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = Printer.print

    def fail_at_real_ones(printer: Printer, passes: list[IssuedPass]) -> list[bytes]:
        if len(passes) == 2:  # the rehearsal has one of each sector
            raise RuntimeError("typesetter")
        return draw(printer, passes)

    monkeypatch.setattr(Printer, "print", fail_at_real_ones)
    done = issue(office)
    assert done.status == BUG
    assert "This is a bug" in done.errors
    assert "typesetter" not in done.errors
    assert (passes_on_record(office), passes_on_record(office, working=True)) == (2, 0)
