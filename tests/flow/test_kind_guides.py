"""The page of each kind of partner is true: its commands run as they stand there, and end as it says."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.contract.house import KINDS
from tests.docs.pages import blocks
from tests.flow.processes import ROOT
from tests.flow.sandboxes import Sandbox

pytestmark = pytest.mark.xdist_group("sqlite-sandbox")

PAGES = sorted((ROOT / "docs" / "kinds").glob("*.md"))
HEADINGS = [
    "What to build",
    "Which reward",
    "Which screen",
    "When the line is down",
    "Try it with the personas",
    "Then for real",
]
COMMANDS_MAX = 3
"""From an empty folder with a checkout's sandbox beside it to the first redemption."""

MAIN_JOB_SECONDS = 60


@pytest.fixture
def visitor(tmp_path: Path, sqlite_sandbox: Sandbox) -> Path:
    """A folder that looks like a checkout after `make run`, which writes this file when its main job is done."""
    give_up_at = time.monotonic() + MAIN_JOB_SECONDS
    while not (sqlite_sandbox.home / "first-request.json").exists():
        assert time.monotonic() < give_up_at
        time.sleep(0.1)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "sandbox").symlink_to(sqlite_sandbox.home)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


def types(commands: str, folder: Path) -> tuple[int, str]:
    """Run commands as they stand on a page; return the exit status and all that they print."""
    paths = ":".join(str(ROOT / each) for each in ("partners/client", "partners/transit-turnstile"))
    done = subprocess.run(
        ["/bin/sh", "-ec", commands],
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=150,
        check=False,
    )
    return done.returncode, done.stdout


def test_each_kind_has_a_page() -> None:
    told = {re.findall(r"gateway partners add ([a-z-]+) ", page.read_text("utf-8"))[0] for page in PAGES}
    assert told == {kind.name for kind in KINDS}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_answers_what_a_partner_asks(page: Path) -> None:
    text = page.read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    kind = re.findall(r"gateway partners add ([a-z-]+) ", text)[0]
    profile = (ROOT / "partners" / kind / "profile.toml").read_text("utf-8")
    rewards = re.findall(r'"([a-z-]+)"', profile.partition("rewards")[2])
    assert rewards
    assert [reward for reward in rewards if f"`{reward}`" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_first_redemption_takes_the_page_and_nothing_else(page: Path, visitor: Path) -> None:
    rehearse, redeem, *rest = blocks(page.read_text("utf-8"), "sh")
    assert len((rehearse + redeem).strip().splitlines()) < COMMANDS_MAX
    status, said = types(rehearse, visitor)
    assert (status, said.splitlines()[-1]) == (0, "All as it must be.")
    status, said = types(redeem, visitor)
    assert (status, said.splitlines()[-1]) == (0, "All as it must be.")
    assert "redeemed, again, taken back" in said
    assert len(rest) == (page.stem == "transit")


def test_the_gates_agent_opens_as_its_page_says(visitor: Path) -> None:
    page = next(page for page in PAGES if page.stem == "transit")
    status, said = types(blocks(page.read_text("utf-8"), "sh")[2], visitor)
    assert status == 0, said
    assert '"answer": "open", "by": "gateway"' in said
    assert '"trouble": null' in said


def test_a_wrong_answer_is_told(visitor: Path, tmp_path: Path) -> None:
    passes = (visitor / "var" / "sandbox" / "passes.json").read_text("utf-8")
    (tmp_path / "wrong.json").write_text(passes.replace('"NOT_ELIGIBLE"', '"ELIGIBLE"'))
    command = ".venv/bin/python -m laurel_client rehearse var/sandbox/partners/city-gas.json wrong.json"
    status, said = types(f"{command} || exit 7", visitor)
    assert status == 7
    assert "must be another" in said
    status, said = types(command.replace("wrong.json", "none.json") + " || exit 7", visitor)
    assert (status, len(said.splitlines())) == (7, 1)
