"""The pages tell the truth: settings are documented, links lead somewhere, commands are listed."""

import re
import subprocess
from pathlib import Path

import pytest

from gateway.settings import Settings
from tests.contract.house import ROOT, pages

LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]*)?(?: \"[^\"]*\")?\)")
CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
SETTINGS = {f"GATEWAY_{name.upper()}" for name in Settings.model_fields}


def links_of(text: str) -> list[tuple[str, str]]:
    """Return the paths and anchors of the links that lead into the repository."""
    return [(found[1], found[2] or "") for found in LINK.finditer(CODE.sub("", text))]


def anchors_of(text: str) -> set[str]:
    """Return the anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ +(.+)$", CODE.sub("", text), re.MULTILINE)
    return {"#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE"])
def test_what_a_visitor_looks_for_is_there(name: str) -> None:
    assert (ROOT / name).read_text("utf-8").strip()


@pytest.mark.parametrize("page", list(pages()), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for path, anchor in links_of(page.read_text("utf-8")):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{path} does not exist"
        if anchor:
            assert anchor in anchors_of(target.read_text("utf-8")), f"{path} has no heading {anchor}"


def test_links_are_found() -> None:
    text = "[a](b.md) [c](d/e.md#f) [g](#h) [i](https://j.example) ![k](l.svg)\n```\n[m](n.md)\n```\n"
    assert links_of(text) == [("b.md", ""), ("d/e.md", "#f"), ("", "#h"), ("l.svg", "")]
    assert anchors_of("# One, two!\n## `gateway serve`\n") == {"#one-two", "#gateway-serve"}


def test_every_setting_is_documented_and_no_other() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert set(re.findall(r"GATEWAY_[A-Z_]+[A-Z]", page)) == SETTINGS


@pytest.mark.parametrize("page", list(pages()), ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_speaks_of_a_setting_that_does_not_exist(page: Path) -> None:
    assert set(re.findall(r"GATEWAY_[A-Z_]+[A-Z]", page.read_text("utf-8"))) <= SETTINGS


def test_the_changelog_says_what_is_new() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    found = re.search(r"^## \[?Unreleased\]?.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    assert re.search(r"^[-*] \S", found[0], re.MULTILINE)


def test_the_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert {"make run", "make test"} <= set(re.findall(r"make [a-z-]+", text))


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.MULTILINE))
    [phony] = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    # Under `make test` this is a make within a make, which would say so.
    command = ["make", "--no-print-directory", "help"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    listed = re.findall(r"^  make ([a-z-]+) +\S", ran.stdout, re.MULTILINE)
    assert len(listed) == len(set(listed)) == len(ran.stdout.splitlines())
    assert set(listed) == targets == set(phony.split())
