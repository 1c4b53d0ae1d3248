"""Files that hold passes: their owner's alone, never half written, and never over another one."""

import os
from collections.abc import Sequence
from pathlib import Path

from gateway.domain.errors import MalformedInput


def card_paths(path: Path, count: int) -> list[Path]:
    """Return the files of a card that is to lie at a path: itself, or one for each page with its number."""
    if count == 1:
        return [path]
    return [path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(1, count + 1)]


def require_new(paths: Sequence[Path], option: str) -> None:
    """Refuse files that are there already, and folders that can't be written to.

    Raises:
        MalformedInput: nothing was made yet; says what to do.
    """
    for path in paths:
        require_writable(path.parent, option)
        if os.path.lexists(path):
            raise MalformedInput(option, f"{path} is there already; name another file, or move it away.")


def require_writable(folder: Path, option: str) -> None:
    """Refuse a folder in which no file can be made.

    Raises:
        MalformedInput: says what to do.
    """
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise MalformedInput(option, f"Files can't be made in {folder}; make the folder, or name another.")


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, for its owner alone, and wait until it is safe."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def draft_of(path: Path) -> Path:
    """Return where a file lies while it is written."""
    return path.with_name(f".{path.name}.part")


def write_drafts(paths: Sequence[Path], contents: Sequence[bytes]) -> None:
    """Write files beside their places, over drafts that were left there, and wait until they are safe."""
    for path, content in zip(paths, contents, strict=True):
        draft_of(path).unlink(missing_ok=True)
        write_new(draft_of(path), content)


def place(paths: Sequence[Path]) -> None:
    """Move drafts into their places, such that the first of them is there only once all of them are."""
    for path in reversed(paths):
        draft_of(path).rename(path)
