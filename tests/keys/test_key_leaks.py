"""Private keys that git tracks are found wherever they lie; what only looks like one is not."""

import json
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from keys.check import find_problems
from keys.home import Home
from keys.material import generate, thumbprint
from keys.purposes import Algorithm

Secrets = Callable[[Home], set[str]]


def _git(place: Path, *command: str) -> None:
    subprocess.run(["git", "-C", str(place), *command], check=True, capture_output=True)


@pytest.fixture
def checkout(full: Home, tmp_path: Path) -> Path:
    """A git checkout around the full home, whose private directory is ignored."""
    _git(tmp_path, "init", "--quiet")
    (tmp_path / ".gitignore").write_text("/full/private/\n")
    _git(tmp_path, "add", "--all")
    return tmp_path


def _pem() -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def _python(jwk: dict[str, str]) -> str:
    return "key = dict(" + ", ".join(f"{name}={value!r}" for name, value in jwk.items()) + ")\n"


def _toml(jwk: dict[str, str]) -> str:
    return "".join(f'{name} = "{value}"\n' for name, value in jwk.items())


def _yaml(jwk: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in jwk.items())


def _json_in_json(jwk: dict[str, str]) -> str:
    return json.dumps({"key": json.dumps(jwk)})


def test_a_checkout_without_private_keys_is_well(checkout: Path, full: Home, now: datetime) -> None:
    assert find_problems(full, now=now) == []


def test_a_tracked_file_of_the_private_directory(
    checkout: Path, full: Home, secrets_of: Secrets, now: datetime
) -> None:
    (full.private_directory / "note.txt").write_text("whatever")
    (full.private_directory / "note.txt").chmod(0o600)
    _git(checkout, "add", "--force", "--all", "full/private")
    problems = find_problems(full, now=now)
    assert len(problems) == 13
    assert any("note.txt is tracked by git and holds a private key" in problem for problem in problems)
    assert not any(secret in problem for problem in problems for secret in secrets_of(full))


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize("write", [json.dumps, _python, _toml, _yaml, _json_in_json])
def test_a_private_jwk_anywhere(
    checkout: Path, full: Home, now: datetime, algorithm: Algorithm, write: Callable[[dict[str, str]], str]
) -> None:
    (checkout / "tests").mkdir()
    leaked = checkout / "tests" / "vector"
    leaked.write_text(write(generate("a", algorithm).private))
    assert find_problems(full, now=now) == []  # not tracked yet
    _git(checkout, "add", "tests")
    assert [f"{leaked} is tracked by git" in problem for problem in find_problems(full, now=now)] == [True]


def test_a_pem_in_the_index_or_in_the_work_tree_alone(checkout: Path, full: Home, now: datetime) -> None:
    leaked = checkout / "server é.pem"
    leaked.write_text(_pem())
    _git(checkout, "add", "--all")
    leaked.write_text("removed")
    assert [str(leaked) in problem for problem in find_problems(full, now=now)] == [True]
    _git(checkout, "add", "--all")
    assert find_problems(full, now=now) == []
    leaked.write_text(_pem())
    assert [str(leaked) in problem for problem in find_problems(full, now=now)] == [True]


def test_what_only_looks_like_a_private_key(checkout: Path, full: Home, now: datetime) -> None:
    public = generate("a", Algorithm.ES256).public
    assert public is not None
    (checkout / "public.json").write_text(json.dumps(public))
    (checkout / "icon.svg").write_text(f'<path d="M{"0" * 46}" />')
    (checkout / "code.py").write_text(f'assert jwk["kty"]\nd = decode(jwk["d"])\nkid = "{thumbprint(public)}"\n')
    _git(checkout, "add", "--all")
    assert find_problems(full, now=now) == []


def test_a_private_directory_that_git_does_not_ignore(checkout: Path, full: Home, now: datetime) -> None:
    (checkout / ".gitignore").write_text("")
    assert ["is not ignored by git" in problem for problem in find_problems(full, now=now)] == [True]


def test_a_checkout_that_git_cannot_read(full: Home, tmp_path: Path, now: datetime) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    assert ["git can't read" in problem for problem in find_problems(full, now=now)] == [True]


def test_a_machine_without_git(
    checkout: Path, full: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ["git can't read" in problem for problem in find_problems(full, now=now)] == [True]
