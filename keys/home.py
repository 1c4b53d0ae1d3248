"""A key home on disk: `manifest.toml`, `public/` and `private/`, read strictly and written atomically.

A file is written beside its place, flushed to disk and renamed into it, so that a crash leaves the old file or the
new one. Keys are written before the manifest that names them. Private files have mode 0600, their directory 0700.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keys.manifest import Manifest, parse, render
from keys.material import Jwk, Material

DEFAULT_HOME = Path(__file__).parent
"""The repository's own home: manifest and public halves are committed, private ones never."""

PRIVATE_FILE = 0o600
PRIVATE_DIRECTORY = 0o700
PUBLIC_FILE = 0o644


class KeyHomeError(Exception):
    """A command can't be carried out: one sentence that says where and what to do, without key material."""


@dataclass(frozen=True, slots=True)
class Home:
    """A key home at a directory, which may not exist yet."""

    root: Path

    @property
    def manifest_path(self) -> Path:
        """Where the manifest lies."""
        return self.root / "manifest.toml"

    @property
    def private_directory(self) -> Path:
        """Where private halves and secrets lie; absent from a published home."""
        return self.root / "private"

    def public_path(self, kid: str) -> Path:
        """Where the public half of a signing key lies."""
        return self.root / "public" / f"{kid}.jwk.json"

    def private_path(self, kid: str) -> Path:
        """Where the private half of a signing key, or a secret, lies."""
        return self.private_directory / f"{kid}.jwk.json"

    def create(self) -> None:
        """Make the directories where they are missing."""
        self.public_path("any").parent.mkdir(parents=True, exist_ok=True)
        self.private_directory.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Keep other runs of the tool from changing the home at the same time."""
        try:
            handle = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            raise KeyHomeError(f"{shown(self.root)} is no key home: make one with `new --all`") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def examine_manifest(self) -> tuple[Manifest, list[str]]:
        """Return what is right in the manifest, and a sentence for each thing that is wrong.

        Raises:
            KeyHomeError: there is no manifest.
        """
        try:
            data = self.manifest_path.read_bytes()
        except FileNotFoundError:
            problem = (
                f"{shown(self.manifest_path)} is missing: make a home with `new --all`, or name it with --home"
            )
            raise KeyHomeError(problem) from None
        manifest, problems = parse(data)
        return manifest, [f"{shown(self.manifest_path)}: {problem}" for problem in problems]

    def read_manifest(self) -> Manifest:
        """Return the manifest, or raise KeyHomeError where anything is wrong with it."""
        manifest, problems = self.examine_manifest()
        if problems:
            raise KeyHomeError(problems[0])
        return manifest

    def write_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest."""
        _write(self.manifest_path, render(manifest), PUBLIC_FILE)

    def write_material(self, kid: str, material: Material) -> None:
        """Write the files of a new key."""
        _write(self.private_path(kid), _text(material.private), PRIVATE_FILE)
        if material.public is not None:
            _write(self.public_path(kid), _text(material.public), PUBLIC_FILE)


def read_jwk(path: Path) -> Jwk:
    """Return the JWK in a file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file holds no JSON object of strings.
    """
    try:
        jwk = json.loads(path.read_bytes())
    except ValueError:
        raise ValueError("no JSON") from None
    if not isinstance(jwk, dict) or not all(isinstance(value, str) for value in jwk.values()):
        raise ValueError("no JSON object of strings")
    return jwk


def shown(path: Path) -> str:
    """Return a path as a person here would type it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _text(jwk: Jwk) -> str:
    return json.dumps(jwk, indent=2) + "\n"


def _write(path: Path, text: str, mode: int) -> None:
    """Put a file in its place, durably and whole."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
