"""Every command explains itself; what is wrong with settings, catalogue or command line is one plain message."""

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.main import get_command

from gateway import __version__
from gateway.auth.hashing import RegistryHasher
from gateway.cli import app
from tests.cli.conftest import Steward
from tests.flow.processes import ROOT, run


def _commands() -> Iterator[tuple[str, ...]]:
    """Every command and group of commands, by the words that call it."""
    pending: list[tuple[tuple[str, ...], object]] = [((), get_command(app))]
    while pending:
        words, command = pending.pop()
        yield words
        pending += [((*words, name), each) for name, each in getattr(command, "commands", {}).items()]


COMMANDS = sorted(_commands())


def test_the_commands_are_those_of_the_guides() -> None:
    assert {" ".join(words) for words in COMMANDS} >= {
        "serve",
        "sandbox",
        "migrate",
        "schema",
        "reference",
        "version",
        "registry import",
        "registry sample",
        "audit acts",
        "occasions import",
        "occasions list",
        "partners add",
        "partners check",
        "partners documents",
        "partners import",
        "partners resume",
        "partners show",
        "partners suspend",
        "partners withdraw-codes",
        "pass expiring",
        "registry status",
        "rewards check",
        "rewards count",
        "partners list",
        "partners add-device",
        "partners revoke-device",
        "pass issue",
        "pass issue-many",
        "pass show",
        "pass revoke",
        "pass replace",
        "rewards list",
    }


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(steward: Steward, words: tuple[str, ...]) -> None:
    helped = steward.does(*words, "--help")
    assert "Usage: " in helped
    assert helped.count(".") >= 2


def test_version(steward: Steward) -> None:
    assert steward.does("version") == f"{__version__}\n"
    assert json.loads(steward.does("version", "--json")) == {"version": __version__}


def test_the_schema_that_is_printed_is_the_committed_one(steward: Steward) -> None:
    committed = (ROOT / "gateway" / "schema" / "schema.graphql").read_text("utf-8")
    assert steward.does("schema") == committed
    assert steward.does("schema", "--out", "laurel.graphql") == ""
    assert (steward.folder / "laurel.graphql").read_text("utf-8") == committed


def test_a_schema_that_cannot_be_written_is_told(steward: Steward) -> None:
    assert "nowhere" in steward.is_refused("schema", "--out", "nowhere/laurel.graphql", status=2)


def test_migrate_makes_a_database_and_may_be_repeated(steward: Steward) -> None:
    path = steward.folder / "new" / "laurel.sqlite"
    for _ in range(2):
        done = steward.run("migrate", GATEWAY_DATABASE_URL=f"sqlite:///{path}")
        assert (done.status, done.errors) == (0, "")
    with closing(sqlite3.connect(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert {"resident", "pass", "redemption", "alembic_version"} <= tables


def test_the_catalogue_is_listed(steward: Steward) -> None:
    listed = steward.run("rewards", "list", COLUMNS="200").output
    for path in (ROOT / "partners" / "catalogue").glob("*.toml"):
        assert (path.stem in listed) == (path.stem != "programme")


@pytest.mark.parametrize("command", [("rewards", "list"), ("serve", "--port", "0"), ("partners", "list")])
def test_a_broken_catalogue_is_told_with_its_file(steward: Steward, command: tuple[str, ...]) -> None:
    partners = steward.folder / "partners"
    shutil.copytree(ROOT / "partners", partners, ignore=shutil.ignore_patterns("client"))
    (partners / "catalogue" / "tourist-site.toml").write_text("code = ")
    sentence = steward.is_refused(*command, status=2, GATEWAY_PARTNERS_DIR=str(partners))
    assert "tourist-site.toml" in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEWAY_LOG_LEVEL", "loud"),
        ("GATEWAY_LOG_LEVEL", ""),
        ("GATEWAY_REDIS_URI", "geheim"),
        ("GATEWAY_PUBLIC_URL", "http://laurel.example"),
        ("GATEWAY_PUBLIC_URL", "https://laurel.example/path"),
        ("GATEWAY_PUBLIC_URL", "laurel.example"),
        ("GATEWAY_DATABASE_URL", "mysql://steward:geheim@127.0.0.1/laurel"),
        ("GATEWAY_DATABASE_URL", "geheim"),
        ("GATEWAY_DATABASE_URL", "sqlite:///:memory:"),
        ("GATEWAY_REDIS_URL", "geheim"),
        ("GATEWAY_REDIS_URL", "redis://:geheim@127.0.0.1:port/0"),
        ("GATEWAY_PARTNERS_DIR", "/nowhere"),
        ("GATEWAY_KEYS_DIR", "/nowhere"),
    ],
)
@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("partners", "list")], ids=" ".join)
def test_a_wrong_setting_stops_every_command_with_its_name(
    steward: Steward, command: tuple[str, ...], name: str, value: str
) -> None:
    sentence = steward.is_refused(*command, status=2, **{name: value})
    assert name in sentence or value in sentence
    assert "geheim" not in sentence


def test_a_database_that_is_not_migrated_stops_a_command(steward: Steward) -> None:
    sentence = steward.is_refused("partners", "list", status=2, GATEWAY_DATABASE_URL="sqlite:///new.sqlite")
    assert "run `gateway migrate`" in sentence


def test_a_file_that_is_no_database_is_left_alone(steward: Steward) -> None:
    path = steward.file("thesis.txt", "years of work " * 1000)
    told = steward.is_refused("migrate", status=2, GATEWAY_DATABASE_URL=f"sqlite:///{path}")
    assert "GATEWAY_DATABASE_URL: the file is no SQLite database." in told
    assert path.read_text() == "years of work " * 1000


@pytest.mark.parametrize("words", [("bake",), ("pass", "print"), ("pass", "issue"), ("serve", "--port", "65536")])
def test_a_wrong_command_line_is_a_usage_error(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run(*words, folder=tmp_path, settings={})
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: " in done.stderr
    assert "Traceback" not in done.stderr


def test_no_command_hides_an_exception_in_a_box() -> None:
    assert app.pretty_exceptions_enable is False  # its boxes would show the values of local variables


def test_a_bug_is_told_by_its_place_and_repeats_nothing(steward: Steward, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: RegistryHasher, registry_id: str) -> bytes:
        raise RuntimeError(f"nobody of {registry_id}")

    monkeypatch.setattr(RegistryHasher, "hash", fail)
    sentence = steward.is_refused("registry", "erase", "WANG-1", "--yes", status=70)
    assert re.fullmatch(r"gateway: This is a bug, please report it: RuntimeError at .*\.py:\d+\.", sentence)
    assert "WANG" not in sentence
