"""Where the house is, and what stands in it."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTNERS = ROOT / "partners"
KINDS = sorted(path.parent for path in PARTNERS.glob("*/profile.toml"))
_NOT_OURS = {".venv", "node_modules", "var", ".git", "build"}


def sources(*folders: str) -> Iterator[Path]:
    """Yield the Python files of folders, without those of tests."""
    for folder in folders:
        found = sorted((ROOT / folder).rglob("*.py"))
        assert found, f"there is no Python in {folder}"
        yield from (path for path in found if "tests" not in path.relative_to(ROOT).parts)


def pages() -> Iterator[Path]:
    """Yield every Markdown page of the repository."""
    for path in sorted(ROOT.rglob("*.md")):
        if _NOT_OURS.isdisjoint(path.relative_to(ROOT).parts) and not path.is_relative_to(ROOT / ".pytest_cache"):
            yield path
