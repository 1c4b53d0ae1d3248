"""Is the lock whole? Run by `make lock-check`; `make lock` mends most of what it finds.

Every requirement is pinned and hashed, no file names a registry, everything that pyproject.toml asks for
is locked at a version that it allows, and what tests run with is what production runs with. The packages of
node, which only tests and benchmarks run, are hashed and name no registry either.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

Pins = dict[str, set[str]]
"""Name -> locked versions: more than one where the version depends on the platform."""

NODE_LOCKS = ("tests/node/package-lock.json", "bench/peers/node/package-lock.json")
LOCKS = ("bootstrap.txt", "runtime.txt", "dev.txt")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def problems(root: Path) -> list[str]:
    """Return what is wrong with the lock in `root`/requirements, one sentence each; empty if it is whole."""
    folder = root / "requirements"
    missing = [f"requirements/{name} is missing" for name in LOCKS if not (folder / name).is_file()]
    if missing:
        return missing
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in LOCKS}
    found: list[str] = []
    pins: dict[str, Pins] = {}
    for name, text in texts.items():
        found += [f"requirements/{name} names a host: {line}" for line in text.splitlines() if "://" in line]
        pins[name] = {}
        for line in _logical_lines(text):
            found += [f"requirements/{name}: {problem}" for problem in _read_pin(line, pins[name])]
    for name, wanted in _wanted(root).items():
        found += [f"requirements/{name}: {problem}" for problem in _unmet(wanted, pins[name])]
    found += [f"requirements/dev.txt: {problem}" for problem in _unlike(pins["runtime.txt"], pins["dev.txt"])]
    return found + [problem for name in NODE_LOCKS for problem in _node_problems(root, name)]


def _node_problems(root: Path, name: str) -> list[str]:
    """Return what is wrong with a lock of npm's; its root package, which has the empty name, is ours."""
    lock = root / name
    if not lock.is_file():
        return [f"{name} is missing"]
    packages: dict[str, dict[str, object]] = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    found = [f"{name} names a host: {each}" for each, package in packages.items() if "resolved" in package]
    unhashed = (each for each, package in packages.items() if each and "integrity" not in package)
    return found + [f"{name}: {each} has no hash" for each in unhashed]


def _logical_lines(text: str) -> Iterator[str]:
    """Join continued lines and leave comments out, as pip does."""
    kept = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in "\n".join(kept).replace("\\\n", " ").splitlines():
        if line.strip():
            yield line.strip()


def _read_pin(line: str, pins: Pins) -> Iterator[str]:
    """Add one requirement to the pins, and yield what is wrong with it."""
    declared, *options = (part.strip() for part in re.split(r"\s(?=--)", line))
    try:
        requirement = Requirement(declared)
    except InvalidRequirement:
        yield f"not a pinned requirement: {declared}"
        return
    specifiers = list(requirement.specifier)
    if len(specifiers) != 1 or specifiers[0].operator != "==" or "*" in specifiers[0].version:
        yield f"{requirement.name} is not pinned to one version"
        return
    pins.setdefault(canonicalize_name(requirement.name), set()).add(specifiers[0].version)
    if not options or not all(_HASH.fullmatch(option) for option in options):
        yield f"{requirement.name} has no sha256 hash, or something else beside it"


def _wanted(root: Path) -> dict[str, list[Requirement]]:
    """Return what each lock must hold at least."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    bootstrap = (root / "requirements" / "bootstrap.in").read_text(encoding="utf-8")
    runtime = [Requirement(text) for text in project["project"]["dependencies"]]
    dev = [Requirement(text) for text in project["dependency-groups"]["dev"]]
    return {
        "bootstrap.txt": [Requirement(line) for line in _logical_lines(bootstrap)],
        "runtime.txt": runtime,
        "dev.txt": runtime + dev,
    }


def _unmet(wanted: list[Requirement], pins: Pins) -> Iterator[str]:
    for requirement in wanted:
        name = canonicalize_name(requirement.name)
        if name not in pins:
            yield f"{requirement.name} is not locked"
        elif not all(requirement.specifier.contains(version, prereleases=True) for version in pins[name]):
            yield f"{requirement.name} is locked at {_versions(pins, name)}, not {requirement.specifier}"


def _unlike(runtime: Pins, dev: Pins) -> Iterator[str]:
    for name in sorted(runtime):
        if dev.get(name) != runtime[name]:
            yield f"{name} is {_versions(dev, name)}, runtime.txt has {_versions(runtime, name)}"


def _versions(pins: Pins, name: str) -> str:
    return " and ".join(sorted(pins.get(name, {"missing"})))


def main(root: Path) -> int:
    """Print what is wrong; return 1 if anything is."""
    found = problems(root)
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        print("The lock is not whole. Run `make lock` and commit what it changes.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parents[1]))
