"""The pages that people read, and what can be taken from their Markdown."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

PAGES = sorted(
    path
    for place in ("*.md", "docs/**/*.md", "keys/*.md", "docker/*.md", "bench/*.md", "partners/**/*.md")
    for path in ROOT.glob(place)
    if not {"node_modules", "build"} & set(path.parts)
)

_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"`((?:[\w.<>-]+/)+[\w.<>-]*)`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def shown(page: Path) -> str:
    """Return a page's name as a test's id."""
    return str(page.relative_to(ROOT))


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of a language, without the indent of a list."""
    return [body for found, body in _FENCE.findall(text) if found == language]


def prose(text: str) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", text)


def links(text: str) -> Iterator[tuple[str, str]]:
    """Yield file and anchor of each link that stays in the repository."""
    for target in _LINK.findall(prose(text)):
        if "://" not in target:
            file, _, anchor = target.partition("#")
            yield file, anchor


def paths(text: str) -> list[str]:
    """Return what is written `like/a/path`, placeholders apart."""
    return [path for path in _PATH.findall(prose(text)) if not re.search("[<>]|NNNN", path)]


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, made as GitHub makes them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(prose(text))
    }


def make_targets() -> set[str]:
    """Return the targets of the Makefile that a person would name."""
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
