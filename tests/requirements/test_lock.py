"""The lock check passes on the committed lock, and on none that was broken."""

import re
import shutil
from pathlib import Path

import pytest

from requirements import check

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of all that the check reads, to be broken."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    for lock in check.NODE_LOCKS:
        (tmp_path / lock).parent.mkdir(parents=True)
        shutil.copy(ROOT / lock, tmp_path / lock)
    return tmp_path


def _change(copy: Path, file: str, pattern: str, replacement: str) -> None:
    text = (copy / file).read_text()
    changed = re.sub(pattern, replacement, text, count=1, flags=re.MULTILINE)
    assert changed != text, "the copy was not broken"
    (copy / file).write_text(changed)


def test_the_committed_lock_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main(ROOT) == 0
    assert capsys.readouterr().err == ""


_ONE_HASH = r" \\\n    --hash=sha256:[0-9a-f]{64}"


@pytest.mark.parametrize(
    ("file", "pattern", "replacement", "problem"),
    [
        ("runtime.txt", rf"(^pyjwt==\S+)({_ONE_HASH})+", r"\1", "runtime.txt: pyjwt has no sha256 hash"),
        ("runtime.txt", r"(^pyjwt==\S+ \\\n    --hash=sha)256:", r"\g<1>1:", "runtime.txt: pyjwt has no sha256"),
        ("runtime.txt", r"(^pyjwt==\S+) ", r"\1 --pre ", "runtime.txt: pyjwt has .* something else"),
        ("runtime.txt", r"^pyjwt==", "pyjwt>=", "runtime.txt: pyjwt is not pinned"),
        ("runtime.txt", r"^pyjwt==\S+", "pyjwt==2.*", "runtime.txt: pyjwt is not pinned"),
        ("runtime.txt", r"^pyjwt==\S+", "pyjwt==1.7.1", "runtime.txt: pyjwt is locked at 1.7.1, not <3,>=2"),
        ("runtime.txt", r"^pyjwt==\S+", "pyjwt==2.99.0", r"dev.txt: pyjwt is \S+, runtime.txt has 2.99.0"),
        ("runtime.txt", r"^pyjwt==", "other==", "runtime.txt: pyjwt is not locked"),
        ("dev.txt", r"^greenlet==", "other==", "dev.txt: greenlet is missing"),
        ("dev.txt", r"^mypy==", "other==", "dev.txt: mypy is not locked"),
        ("bootstrap.txt", r"^uv==", "other==", "bootstrap.txt: uv is not locked"),
        ("dev.txt", r"\A", "--index-url https://packages.example/simple\n", "dev.txt names a host"),
        ("dev.txt", r"\A", "# from https://packages.example/simple\n", "dev.txt names a host"),
        ("dev.txt", r"\A", "--find-links wheels\n", "dev.txt: not a pinned requirement: --find-links"),
        ("dev.txt", r"\A", "-e .\n", "dev.txt: not a pinned requirement: -e"),
        ("../tests/node/package-lock.json", r'"integrity": "[^"]+"', '"x": 1', "status-list has no hash"),
        ("../bench/peers/node/package-lock.json", r'"integrity": "[^"]+"', '"x": 1', "apollo/.* has no hash"),
        (
            "../tests/node/package-lock.json",
            r'^ +"integrity": ',
            '"resolved": "https://packages.example/one.tgz", "integrity": ',
            "package-lock.json names a host",
        ),
        ("../pyproject.toml", r'"segno>=', '"qrcode>=', "runtime.txt: qrcode is not locked"),
    ],
)
def test_a_broken_lock_is_told_and_how_to_mend_it(
    copy: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    file: str,
    pattern: str,
    replacement: str,
    problem: str,
) -> None:
    _change(copy, f"requirements/{file}", pattern, replacement)
    assert check.main(copy) == 1
    told = capsys.readouterr().err
    assert re.search(problem, told)
    assert "make lock" in told


@pytest.mark.parametrize("name", check.LOCKS)
def test_a_missing_lock_is_told(copy: Path, name: str) -> None:
    (copy / "requirements" / name).unlink()
    assert check.problems(copy) == [f"requirements/{name} is missing"]


@pytest.mark.parametrize("name", check.NODE_LOCKS)
def test_a_missing_lock_of_node_is_told(copy: Path, name: str) -> None:
    (copy / name).unlink()
    assert check.problems(copy) == [f"{name} is missing"]


def test_a_version_for_each_platform_may_be_locked(copy: Path) -> None:
    for name in ("runtime.txt", "dev.txt"):
        twice = "pyjwt==2.16.0 ; sys_platform == 'win32' \\\n    --hash=sha256:" + "0" * 64 + "\n"
        _change(copy, f"requirements/{name}", r"\A", twice)
    assert check.problems(copy) == []
