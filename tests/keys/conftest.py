"""Key homes in temporary directories, made by the tool itself."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keys.commands import new_missing
from keys.home import Home


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that does not exist yet."""
    return Home(tmp_path / "home")


@pytest.fixture(scope="session")
def full_once(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home(tmp_path_factory.mktemp("keys") / "home")
    new_missing(made, now=datetime(2026, 11, 22, 8, 30, tzinfo=UTC))
    return made


@pytest.fixture
def full(full_once: Home, tmp_path: Path) -> Home:
    """A home with an active key for every purpose, as of `now`."""
    shutil.copytree(full_once.root, tmp_path / "full")
    return Home(tmp_path / "full")


@pytest.fixture
def kid_for(full: Home) -> Callable[[str], str]:
    """Return the kid of the one key of a purpose in the full home."""

    def find(purpose: str) -> str:
        return next(key.kid for key in full.read_manifest().keys if key.purpose.name == purpose)

    return find


@pytest.fixture
def secrets_of() -> Callable[[Home], set[str]]:
    """Return every secret string in a home: none may ever be shown."""

    def collect(home: Home) -> set[str]:
        found = set()
        for path in home.private_directory.glob("*.jwk.json"):
            jwk = json.loads(path.read_bytes())
            found.add(jwk.get("d") or jwk["k"])
        return found

    return collect
