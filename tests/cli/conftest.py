"""The command `gateway` on an empty, migrated database of the test's own, without a process for each command."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from gateway.cli import app
from tests.flow.production import make_keys


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, and what it said."""

    status: int
    output: str
    errors: str


@dataclass(frozen=True, slots=True)
class Steward:
    """Somebody at a terminal, with an environment that holds nothing but these settings."""

    folder: Path
    settings: Mapping[str, str]

    def run(self, *arguments: str | Path, given: str = "", **settings: str) -> Done:
        """Run a command. `given` is its standard input, `settings` add to the environment."""
        result = CliRunner().invoke(
            app, [str(each) for each in arguments], input=given, env={**self.settings, **settings}
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    def does(self, *arguments: str | Path, given: str = "") -> str:
        """Run a command that must succeed, and return what it prints."""
        done = self.run(*arguments, given=given)
        assert (done.status, done.errors) == (0, "")
        return done.output

    def is_refused(self, *arguments: str | Path, given: str = "", status: int = 1, **settings: str) -> str:
        """Run a command that must fail in one sentence, and return that."""
        done = self.run(*arguments, given=given, **settings)
        assert (done.status, done.output) == (status, ""), done
        [sentence] = done.errors.splitlines()
        assert sentence.startswith("gateway: ")
        return sentence

    def file(self, name: str, content: str | bytes) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A key home for production, to be read only."""
    home = tmp_path_factory.mktemp("cli") / "keys"
    make_keys(home)
    return str(home)


@contextmanager
def own_logging() -> Iterator[None]:
    """Undo what commands change of how this process logs."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def steward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: str, sqlite_url: str) -> Iterator[Steward]:
    """A steward in an empty folder."""
    for name in [name for name in os.environ if name.startswith("GATEWAY_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    with own_logging():
        yield Steward(tmp_path, {"GATEWAY_DATABASE_URL": sqlite_url, "GATEWAY_KEYS_DIR": keys})


@pytest.fixture
def office(steward: Steward) -> Steward:
    """A card office with two residents in the registry, WANG-1 and LIN-3."""
    day = datetime.now(UTC).date() - timedelta(days=1)
    rows = "".join(f"{whose},10,{day},\n" for whose in ("WANG-1", "LIN-3"))
    steward.does("registry", "import", steward.file("registry.csv", f"registry_id,hours,as_of,honours\n{rows}"))
    return steward
