"""Cards as files: what can go wrong is told before a pass is made, and no pass is ever swallowed."""

import json
import os
import shutil
import stat
from datetime import date
from pathlib import Path

import pytest

from gateway.cards.words import written_day
from gateway.cli import card_desk
from gateway.settings import Settings
from tests.cards.printer import texts
from tests.cli.conftest import Steward
from tests.cli.office import known, one_printed, passes_on_record, printed, scanned

SECTORS = ["transit", "venue", "gas", "telecom", "public-service"]
PARTNERS = Settings().partners_dir


@pytest.mark.parametrize(
    ("name", "paper", "files"),
    [
        ("card.pdf", "a4", ["card.pdf"]),
        ("card.pdf", "a6", ["card.pdf"]),
        ("card.svg", "a4", ["card-1.svg", "card-2.svg"]),
        ("card.svg", "a6", [f"card-{number}.svg" for number in range(1, 6)]),
    ],
    ids=str,
)
def test_the_card_has_a_qr_code_of_each_pass(office: Steward, name: str, paper: str, files: list[str]) -> None:
    said = office.does("pass", "issue", "WANG-1", *SECTORS, "--card", name, "--paper", paper)
    passes, cards = said.split("card ", 1)
    assert [line.removeprefix("card").strip() for line in cards.splitlines()] == files
    assert sorted(path.name for path in office.folder.glob("card*")) == files
    tokens = [one["token"] for one in printed(passes.strip())]
    assert sorted(text for file in files for text in scanned(office.folder / file)) == sorted(tokens)


@pytest.mark.parametrize(
    ("options", "said"), [((), "It has no PIN."), (("--pin", "1234"), "It has a PIN")], ids=str
)
def test_the_card_says_what_is_true_of_the_pass(office: Steward, options: tuple[str, ...], said: str) -> None:
    issued = one_printed(office.does("pass", "issue", "WANG-1", "gas", "--card", "card.pdf", *options))
    [text] = texts((office.folder / "card.pdf").read_bytes())
    assert issued["code"].replace("-", " ") in text
    assert written_day(date.fromisoformat(issued["until"])).en in text
    for title in ("燃气服务", "Gas services", "志愿者与道德模范礼遇计划", said):
        assert title in text
    assert "WANG" not in text
    assert "1234" not in text


def test_one_page_is_one_file_of_its_own_name(office: Steward) -> None:
    issued = one_printed(office.does("pass", "issue", "WANG-1", "transit", "--card", "card.svg"))
    assert issued["card"] == "card.svg"
    drawing = (office.folder / "card.svg").read_text()
    assert scanned(office.folder / "card.svg") == [issued["token"]]
    assert issued["token"] not in drawing


def test_a_card_is_its_owners_alone(office: Steward) -> None:
    before = os.umask(0)
    try:
        office.does("pass", "issue", "WANG-1", "transit", "--card", "card.pdf")
    finally:
        os.umask(before)
    assert stat.S_IMODE((office.folder / "card.pdf").stat().st_mode) == 0o600


def test_a_replaced_pass_gets_a_card_too(office: Steward) -> None:
    old = one_printed(office.does("pass", "issue", "WANG-1", "transit"))
    new = one_printed(office.does("pass", "replace", old["code"], "--yes", "--card", "new.pdf", "--paper", "a6"))
    assert scanned(office.folder / "new.pdf") == [new["token"]]


def test_who_asks_for_json_learns_the_files(office: Steward) -> None:
    facts = json.loads(office.does("pass", "issue", "WANG-1", *SECTORS, "--card", "card.svg", "--json"))
    assert facts["files"] == ["card-1.svg", "card-2.svg"]
    assert scanned(office.folder / "card-2.svg") == [facts["passes"][4]["token"]]


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("nowhere/card.pdf", "make the folder"),
        ("registry.csv/card.pdf", "make the folder"),
        ("there.pdf", "there already"),
        ("dangling.pdf", "there already"),
        ("card.png", ".pdf or .svg"),
        ("card", ".pdf or .svg"),
        ("card.PDF", ".pdf or .svg"),
    ],
    ids=str,
)
@pytest.mark.parametrize("command", ["issue", "replace"])
def test_a_wrong_file_is_told_before_a_pass_is_made_or_revoked(
    office: Steward, command: str, card: str, said: str
) -> None:
    code = one_printed(office.does("pass", "issue", "WANG-1", "transit"))["code"]
    office.file("there.pdf", "somebody's card")
    (office.folder / "dangling.pdf").symlink_to("gone.pdf")
    words = ("issue", "LIN-3", "transit") if command == "issue" else ("replace", code, "--yes")
    assert said in office.is_refused("pass", *words, "--card", card)
    assert passes_on_record(office, working=True) == 1
    assert not known(office, code).revoked
    assert (office.folder / "there.pdf").read_text() == "somebody's card"


def test_any_page_that_is_there_already_is_told(office: Steward) -> None:
    office.file("card-2.svg", "somebody's card")
    assert "card-2.svg" in office.is_refused("pass", "issue", "WANG-1", *SECTORS, "--card", "card.svg")
    assert passes_on_record(office) == 0


def test_a_title_that_cannot_be_printed_is_told_before_a_pass_is_made(office: Steward, tmp_path: Path) -> None:
    partners = tmp_path / "partners"
    shutil.copytree(PARTNERS, partners, ignore=shutil.ignore_patterns("client"))
    programme = partners / "catalogue" / "programme.toml"
    programme.write_text(programme.read_text("utf-8").replace("Public transport", "Transport 🚇"), "utf-8")
    sentence = office.is_refused(
        *("pass", "issue", "WANG-1", "gas", "transit", "--card", "card.pdf"),
        status=2,
        GATEWAY_PARTNERS_DIR=str(partners),
    )
    assert "U+1F687" in sentence
    assert passes_on_record(office) == 0
    assert not (office.folder / "card.pdf").exists()


def test_a_full_disk_swallows_no_pass(office: Steward, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(card_desk, "write_new", full)
    done = office.run("pass", "issue", "WANG-1", "transit", "--card", "card.pdf")
    assert (done.status, done.errors) == (2, "gateway: card.pdf: No space left on device.\n")
    assert known(office, one_printed(done.output)["code"]).sector == "transit"
