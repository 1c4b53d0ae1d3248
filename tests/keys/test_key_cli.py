"""The command line as people and the sandbox use it: a process of its own, started in the repository."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from keys.__main__ import main
from keys.home import DEFAULT_HOME, Home
from keys.purposes import PURPOSES

REPOSITORY = DEFAULT_HOME.parent


def _keys(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "keys", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=30)


def test_the_committed_home_passes() -> None:
    answer = _keys("check")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("keys: all is well")


def test_a_home_without_a_key_says_so(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.root.mkdir()
    home.manifest_path.write_text("sandbox = false\n")
    assert main(["--home", str(home.root), "check"]) == 0
    assert "there is no key yet" in capsys.readouterr().out


def test_a_sandbox_home_from_nothing_and_again(
    home: Home, secrets_of: Callable[[Home], set[str]], tmp_path: Path
) -> None:
    where = str(home.root)
    first = _keys("new", "--all", "--sandbox", "--home", where)
    assert (first.returncode, first.stderr) == (0, "")
    assert len(first.stdout.splitlines()) == len(PURPOSES)
    manifest = home.read_manifest()
    assert manifest.sandbox
    again = _keys("new", "--all", "--sandbox", "--home", where)
    assert again.stdout == f"Every purpose has a live key in {where}.\n"
    assert home.read_manifest() == manifest
    listed = _keys("--home", where, "list")
    for key in manifest.keys:
        assert key.kid in listed.stdout
    checked = _keys("check", "--home", where)
    assert (checked.returncode, checked.stdout) == (0, f"{where}: all is well with 12 keys.\n")
    shown = first.stdout + listed.stdout + checked.stdout
    assert not any(secret in shown for secret in secrets_of(home))


def test_the_life_of_a_key(home: Home) -> None:
    at = ("--home", str(home.root))
    assert _keys(*at, "new", "pass", "--days", "400").returncode == 0
    fresh = _keys(*at, "new", "pass", "--state", "next").stdout.split()[0]
    assert f"{fresh} is active until" in _keys(*at, "activate", fresh).stdout
    old = home.read_manifest().keys[0].kid
    assert f"{old} is retired until" in _keys(*at, "retire", old, "--overlap-days", "9").stdout
    rotated = _keys(*at, "rotate", "pass", "--overlap-days", "9").stdout.splitlines()
    assert rotated[1].startswith(f"{fresh} is retired until")
    assert _keys(*at, "revoke", old).stdout == f"{old} is revoked.\n"
    published = json.loads(_keys(*at, "jwks", "--purpose", "pass").stdout)["keys"]
    assert [jwk["kid"] for jwk in published] == [fresh, rotated[0].split()[0]]


def test_check_fails_with_a_sentence_for_each_problem(full: Home, kid_for: Callable[[str], str]) -> None:
    full.private_path(kid_for("pin")).unlink()
    full.public_path(kid_for("pass")).unlink()
    answer = _keys("check", "--home", str(full.root))
    assert (answer.returncode, answer.stdout) == (1, "")
    lines = answer.stderr.splitlines()
    assert len(lines) == 2
    assert all(line.endswith(".") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["rotate", "registry"], "registry can't rotate"),
        (["new"], "name one purpose, or give --all"),
        (["new", "pass", "--all"], "name one purpose, or give --all"),
        (["new", "--all", "--state", "next"], "--all makes active keys"),
        (["new", "pass"], "use `rotate`"),
        (["revoke", "nobody"], "no key with that kid"),
    ],
)
def test_a_refusal_is_one_sentence_and_changes_nothing(
    full: Home, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    before = full.manifest_path.read_bytes()
    assert main([*arguments, "--home", str(full.root)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert len(err.splitlines()) == 1
    assert full.manifest_path.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["new", "passport"],
        ["new", "pass", "--days", "0"],
        ["new", "pass", "--days", "99999"],
        ["new", "pass", "--days", "-3"],
        ["new", "pass", "--state", "retired"],
        ["jwks", "--purpose", "pin"],
        [],
    ],
)
def test_a_wrong_command_line_is_refused(home: Home, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(home.root), *arguments])
    assert ended.value.code == 2
    assert not home.root.exists()


def test_the_repositorys_own_home_never_becomes_a_sandbox(capsys: pytest.CaptureFixture[str]) -> None:
    before = (DEFAULT_HOME / "manifest.toml").read_bytes()
    assert main(["new", "--all", "--sandbox"]) == 1
    assert "add --home DIR" in capsys.readouterr().err
    assert (DEFAULT_HOME / "manifest.toml").read_bytes() == before


def test_a_file_in_the_way_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "home").write_text("a file")
    assert main(["new", "pass", "--home", str(tmp_path / "home")]) == 1
    assert str(tmp_path / "home") in capsys.readouterr().err


def test_two_runs_at_once_lose_no_key(home: Home) -> None:
    at = ("--home", str(home.root))
    runs = [threading.Thread(target=_keys, args=(*at, "new", "pass", "--state", "next")) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    manifest = home.read_manifest()
    assert len(manifest.keys) == 4
    assert {path.name.removesuffix(".jwk.json") for path in home.private_directory.iterdir()} == {
        key.kid for key in manifest.keys
    }
