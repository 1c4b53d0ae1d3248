"""What the guides list is what there is: settings, tables, keys, exit codes, registry lines, decisions."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli import console
from gateway.cli.line_files import LineFile
from gateway.cli.registry_files import read_registry
from gateway.settings import Settings
from gateway.store.tables import METADATA
from keys.purposes import PURPOSES, Fixed
from tests.docs.pages import PAGES, ROOT, blocks, shown

DOCS = ROOT / "docs"
TODAY = datetime.now(UTC).date()
DECISIONS = sorted((DOCS / "decisions").glob("*.md"))


def test_operations_names_every_setting() -> None:
    text = (DOCS / "operations.md").read_text("utf-8")
    listed = set(re.findall(r"^\| `(GATEWAY_\w+)` \|", text, re.MULTILINE))
    assert listed == {f"GATEWAY_{field.upper()}" for field in Settings.model_fields}


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_no_page_names_a_setting_that_does_not_exist(page: Path) -> None:
    named = set(re.findall(r"GATEWAY_[A-Z_]*[A-Z]", page.read_text("utf-8")))
    assert named <= {f"GATEWAY_{field.upper()}" for field in Settings.model_fields}


def test_operations_names_every_exit_code() -> None:
    section = (DOCS / "operations.md").read_text("utf-8").partition("## Exit codes")[2]
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)}
    assert listed == {
        0,
        console.WRONG_INPUT,
        console.WRONG_CONFIGURATION,
        console.BUG,
        console.TRY_AGAIN,
        console.INTERRUPTED,
    }


def test_privacy_speaks_of_every_table() -> None:
    section = (
        (DOCS / "privacy.md").read_text("utf-8").partition("## What each table holds")[2].partition("\n## ")[0]
    )
    named = {
        name for row in re.findall(r"^\| (`.+?`) \|", section, re.MULTILINE) for name in row[1:-1].split("`, `")
    }
    assert named == set(METADATA.tables)


@pytest.mark.parametrize(("language", "residents"), [("csv", 4), ("jsonl", 3)])
def test_the_examples_of_a_registry_can_be_imported(tmp_path: Path, language: str, residents: int) -> None:
    [example] = blocks((DOCS / "registry.md").read_text("utf-8"), language)
    file = tmp_path / f"registry.{language}"
    file.write_text(example, "utf-8")
    with LineFile(file) as lines:
        found = read_registry(lines, lambda line, reason: pytest.fail(f"{line}: {reason}"), today=TODAY)
        assert len(list(found)) == residents


def test_the_guide_to_keys_tells_what_each_purpose_is() -> None:
    text = (ROOT / "keys" / "README.md").read_text("utf-8")
    rows = re.findall(
        r"^\| `([\w-]+)` \| ([\w-]+)(?: \(Ed25519\))? \| .+ \| (\d+) \| (.+) \|$", text, re.MULTILINE
    )
    assert {name: (algorithm, int(days), overlap) for name, algorithm, days, overlap in rows} == {
        one.name: (
            one.algorithm.value,
            one.days,
            "can't rotate" if isinstance(one.rotation, Fixed) else str(one.rotation.overlap_days),
        )
        for one in PURPOSES.values()
    }


def test_the_readme_is_short_and_shows_where_things_happen() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 150
    rows = re.findall(r"^\| .+ \| (`.+)\|$", text.partition("## Where does X happen?")[2], re.MULTILINE)
    named = [path for row in rows for path in re.findall(r"`([\w./-]+)`", row)]
    assert len(named) >= 15
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_the_changelog_has_a_place_for_what_comes() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == "[Unreleased]"


def test_decisions_are_numbered_and_listed() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == sorted(set(numbers))  # a number that was kept for somebody may stay free
    index = (DOCS / "README.md").read_text("utf-8")
    assert [path.name for path in DECISIONS if f"(decisions/{path.name})" not in index] == []


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_short_and_says_why(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith(f"# {path.name[:4]}. ")
    assert [line for line in lines if line.startswith("## ")] == [
        "## Context",
        "## Decision",
        "## Alternatives",
        "## Consequences",
    ]
    assert 25 <= len(lines) <= 60
