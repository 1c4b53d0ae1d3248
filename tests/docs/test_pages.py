"""Pages keep their word: links lead somewhere, files and commands that they name exist, examples are Python."""

import argparse
import re
from pathlib import Path

import pytest
import typer.main

import laurel_client
from gateway.cli import app
from keys.__main__ import _parser
from tests.docs.pages import PAGES, ROOT, anchors, blocks, links, make_targets, paths, shown

each_page = pytest.mark.parametrize("page", PAGES, ids=shown)

ELSEWHERE = ("var/", ".venv/", "private/", "public/", "text/", "https/")
"""What is made later, or is no path: a key home's folders, media types."""


def test_the_pages_are_found() -> None:
    assert {"README.md", "SECURITY.md", "docs/operations.md", "keys/README.md", "docker/README.md"} <= set(
        map(shown, PAGES)
    )


@each_page
def test_a_link_leads_to_a_page_and_to_a_heading_of_it(page: Path) -> None:
    for file, anchor in links(page.read_text("utf-8")):
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), file
        assert not anchor or anchor in anchors(target.read_text("utf-8")), f"{file}#{anchor}"


@each_page
def test_a_file_that_a_page_names_exists(page: Path) -> None:
    for path in paths(page.read_text("utf-8")):
        if path.startswith(ELSEWHERE) or path.split("/")[0] in ("application", "laurel"):
            continue
        assert (ROOT / path).exists() or (page.parent / path).exists(), path


@each_page
def test_a_command_that_a_page_names_exists(page: Path) -> None:
    for words in re.findall(r"(?:^|[`(] ?|&& |-m )gateway ((?:[a-z-]+ ?){1,2})", page.read_text("utf-8"), re.M):
        command = typer.main.get_command(app)
        for word in words.split():
            commands = getattr(command, "commands", None)
            if commands is None:
                break  # what follows is an argument
            assert word in commands, f"gateway {words}"
            command = commands[word]


@each_page
def test_a_target_of_make_that_a_page_names_exists(page: Path) -> None:
    for word in re.findall(r"(?:^|`|\$ )make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE):
        assert word in make_targets(), f"make {word}"


@each_page
def test_a_command_of_the_key_tool_exists(page: Path) -> None:
    actions = [one for one in _parser()._actions if isinstance(one, argparse._SubParsersAction)]
    known = set(actions[0].choices)
    for words in re.findall(r"python -m keys (?:--home \S+ )?([a-z]+)", page.read_text("utf-8")):
        assert words in known, words


@each_page
def test_an_example_is_python_that_the_client_understands(page: Path) -> None:
    text = page.read_text("utf-8")
    here_documents = re.findall(r"<<'EOF'\n(.*?)^EOF$", "".join(blocks(text, "sh")), re.MULTILINE | re.DOTALL)
    for example in (*blocks(text, "python"), *here_documents):
        compile(example, shown(page), "exec")
        for names in re.findall(r"^ *from laurel_client import ([\w, ]+)$", example, re.MULTILINE):
            assert set(names.split(", ")) <= set(laurel_client.__all__)
