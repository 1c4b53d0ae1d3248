"""A production start refuses what could not end well, in one sentence that says what to do."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.flow.databases import empty_database
from tests.flow.processes import Settings, run
from tests.flow.production import make_keys
from tests.flow.sandboxes import Sandbox
from tests.servers.launcher import free_port


def _refused(folder: Path, settings: Settings, *, command: str = "serve", status: int = 2) -> str:
    """Return the one sentence with which a start is refused."""
    done = run(command, "--port", str(free_port()), folder=folder, settings=settings)
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith("gateway: ")
    return sentence


def test_a_sandboxs_keys(tmp_path: Path, sqlite_url: str) -> None:
    make_keys(tmp_path / "keys", "--sandbox")
    settings = {"GATEWAY_DATABASE_URL": sqlite_url, "GATEWAY_KEYS_DIR": str(tmp_path / "keys")}
    assert "no sandbox's: set GATEWAY_KEYS_DIR" in _refused(tmp_path, settings)


@pytest.mark.xdist_group("sqlite-sandbox")
def test_a_sandboxs_data_under_production_keys(
    tmp_path: Path, production_keys: str, sqlite_sandbox: Sandbox
) -> None:
    settings = {"GATEWAY_DATABASE_URL": sqlite_sandbox.database_url, "GATEWAY_KEYS_DIR": production_keys}
    sentence = _refused(tmp_path, settings)
    assert "sandbox = yes" in sentence
    assert "GATEWAY_DATABASE_URL" in sentence
    assert sqlite_sandbox.gateway.ready()


def test_other_keys_than_the_data_were_made_with(tmp_path: Path, production_keys: str, sqlite_url: str) -> None:
    settings = {"GATEWAY_DATABASE_URL": sqlite_url, "GATEWAY_KEYS_DIR": production_keys}
    run("partners", "list", folder=tmp_path, settings=settings)  # the first use
    make_keys(tmp_path / "others")
    sentence = _refused(tmp_path, {**settings, "GATEWAY_KEYS_DIR": str(tmp_path / "others")})
    assert "registry-key" in sentence
    assert "GATEWAY_KEYS_DIR" in sentence


def test_production_data_in_a_sandbox(tmp_path: Path, production_keys: str, sqlite_url: str) -> None:
    settings = {"GATEWAY_DATABASE_URL": sqlite_url, "GATEWAY_KEYS_DIR": production_keys}
    run("partners", "list", folder=tmp_path, settings=settings)
    for _ in range(2):
        assert "GATEWAY_DATABASE_URL is no sandbox's" in _refused(tmp_path, settings, command="sandbox")
        settings.pop("GATEWAY_KEYS_DIR", None)
    del settings["GATEWAY_DATABASE_URL"]
    settings["GATEWAY_KEYS_DIR"] = production_keys
    assert "a sandbox's: set GATEWAY_KEYS_DIR" in _refused(tmp_path, settings, command="sandbox")


def test_a_database_that_was_not_migrated(tmp_path: Path, production_keys: str, postgres_server: str) -> None:
    with empty_database(postgres_server) as url:
        settings = {"GATEWAY_DATABASE_URL": url, "GATEWAY_KEYS_DIR": production_keys}
        assert "run `gateway migrate`" in _refused(tmp_path, settings)
        for command in (("migrate",), ("migrate",), ("partners", "list")):
            done = run(*command, folder=tmp_path, settings=settings)
            assert (done.returncode, done.stderr) == (0, "")


def test_a_missing_key(tmp_path: Path, sqlite_url: str) -> None:
    home = tmp_path / "keys"
    make_keys(home)
    manifest = home / "manifest.toml"
    [kid] = [line for line in manifest.read_text().splitlines() if line.startswith('kid = "pin-')]
    kept = [each for each in manifest.read_text().split("[[key]]") if kid not in each]
    manifest.write_text("[[key]]".join(kept))
    sentence = _refused(tmp_path, {"GATEWAY_DATABASE_URL": sqlite_url, "GATEWAY_KEYS_DIR": str(home)})
    assert "no active key for pin" in sentence
    assert "`python -m keys new --all`" in sentence


def test_a_database_that_does_not_answer(tmp_path: Path, production_keys: str) -> None:
    url = f"postgresql://steward:geheim@127.0.0.1:{free_port()}/laurel"
    settings = {"GATEWAY_DATABASE_URL": url, "GATEWAY_KEYS_DIR": production_keys}
    assert "Try again" in _refused(tmp_path, settings, status=75)


@pytest.mark.parametrize("wrong", ["password", "database"])
def test_a_database_that_lets_nobody_in(
    tmp_path: Path, production_keys: str, postgres_server: str, wrong: str
) -> None:
    parts = urlsplit(postgres_server)
    changed = {
        "password": parts._replace(netloc=parts.netloc.replace("@", "x@")),
        "database": parts._replace(path="/no_such_database"),
    }
    settings = {"GATEWAY_DATABASE_URL": changed[wrong].geturl(), "GATEWAY_KEYS_DIR": production_keys}
    sentence = _refused(tmp_path, settings)
    assert "GATEWAY_DATABASE_URL" in sentence
    assert str(parts.password) not in sentence
