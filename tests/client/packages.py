"""The packages that partners install: what they need, and how they are built and packed for a test."""

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

PARTNERS = Path(__file__).parents[2] / "partners"
PACKAGES = {"client": "laurel_client", "transit-turnstile": "laurel_turnstile"}
"""Folder of `partners/` -> what it installs."""

BUILD = "import sys; from setuptools.build_meta import build_sdist; build_sdist(sys.argv[1])"


def declared(folder: Path) -> list[str]:
    """Return the dependencies that a package of ours declares."""
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    return list(project["dependencies"])


def needed(requirements: list[str]) -> set[str]:
    """Return the names of what has to be installed for some requirements, with what those need in turn."""
    names: set[str] = set()
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        one = waiting.pop()
        if one.name in names or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        names.add(one.name)
        waiting += map(Requirement, distribution(one.name).requires or ())
    return names


def pack(folder: Path, names: set[str]) -> None:
    """Make wheels in a folder of distributions that are installed here: an index for those without a network."""
    for name in names:
        found = distribution(name)
        with zipfile.ZipFile(folder / _wheel_name(found), "w") as wheel:
            for path in found.files or ():
                if path.parts[0] != ".." and path.suffix != ".pyc" and path.name not in ("INSTALLER", "REQUESTED"):
                    wheel.write(str(found.locate_file(path)), str(path))


def _wheel_name(found: Distribution) -> str:
    """Return the file name of a distribution's wheel, with all tags that it had."""
    lines = (found.read_text("WHEEL") or "").splitlines()
    tags = [line.removeprefix("Tag: ").split("-") for line in lines if line.startswith("Tag: ")]
    parts = [".".join(sorted(set(each))) for each in zip(*tags, strict=True)]
    return "-".join([found.metadata["Name"].replace("-", "_"), found.version, *parts]) + ".whl"


def unpacked_sdist(name: str, folder: Path) -> Path:
    """Build the source distribution of a folder of `partners/`, from tracked files alone; return it, unpacked."""
    tree = PARTNERS / name
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=tree, capture_output=True, check=True).stdout
    for path in filter(None, tracked.decode().split("\0")):
        copy = folder / "tree" / name / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((tree / path).read_bytes())
    built = folder / "sdist" / name
    built.mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", BUILD, str(built)],
        cwd=folder / "tree" / name,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [archive] = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(built, filter="data")
    [unpacked] = (path for path in built.iterdir() if path.is_dir())
    return unpacked
