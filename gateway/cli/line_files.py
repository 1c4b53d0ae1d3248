"""Files with one record a line, plain or gzip, read in bounded memory; and the lines of them that were no good."""

import csv
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self, TextIO

from gateway.domain.errors import MalformedInput

LINE_BYTES_MAX = 4096
"""The longest real line has 200."""

JSON_SUFFIXES = (".jsonl", ".ndjson")

DIGEST_BYTES = 1 << 20

_GZIP_MAGIC = b"\x1f\x8b"
_HEADING = "line,reason\n"


class WrongLine(ValueError):
    """A line is wrong; the text says why, and is safe to show: it quotes nothing of the line."""


class LineFile:
    """The lines of a file as bytes. `number` is the one that was read last."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise MalformedInput("file", f"{path} is no file that can be read twice; write it to the disk first.")
        self.path = path
        self.size = path.stat().st_size
        self.number = 0
        self._raw: IO[bytes] = path.open("rb")
        packed = self._raw.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        self._raw.seek(0)
        self._lines: IO[bytes] = gzip.GzipFile(fileobj=self._raw) if packed else self._raw  # type: ignore[assignment]

    @property
    def is_json(self) -> bool:
        """Whether the name says JSON Lines; any other name is CSV."""
        return self.is_json_named(self.path)

    @staticmethod
    def is_json_named(path: Path) -> bool:
        """Whether a file's name, without `.gz`, says JSON Lines."""
        return path.name.removesuffix(".gz").endswith(JSON_SUFFIXES)

    def digest(self, purpose: str) -> bytes:
        """Return the SHA-256 of a purpose and of the file as it lies on the disk; read it before any line."""
        found = hashlib.sha256(f"{purpose}\n".encode())
        while part := self._raw.read(DIGEST_BYTES):
            found.update(part)
        self._raw.seek(0)
        return found.digest()

    @property
    def position(self) -> int:
        """How many of the file's `size` bytes were read."""
        return self._raw.tell()

    def __iter__(self) -> Iterator[bytes]:
        """Yield line after line. Of one that is too long, only the beginning: `text_of` refuses it.

        Raises:
            MalformedInput: the compressed data end too early or are damaged.
        """
        readline = self._lines.readline
        try:
            while line := readline(LINE_BYTES_MAX + 1):
                self.number += 1
                yield line
                while len(line) > LINE_BYTES_MAX and not line.endswith(b"\n"):
                    line = readline(LINE_BYTES_MAX + 1) or b"\n"
        except (EOFError, gzip.BadGzipFile, zlib.error):
            advice = "the compressed file is damaged or not all there; copy it again"
            raise MalformedInput(f"line {self.number + 1}", advice) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        self._raw.close()


def text_of(line: bytes) -> str:
    """Return a line as text, without its end.

    Raises:
        WrongLine: it is too long, or not UTF-8.
    """
    if len(line) > LINE_BYTES_MAX:
        raise WrongLine(f"it is longer than {LINE_BYTES_MAX} bytes")
    try:
        return line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise WrongLine("it is not UTF-8") from None


def cells_of(text: str) -> list[str]:
    """Return the values of a line of CSV. A value in quotes can't go on in the next line.

    Raises:
        WrongLine: its quotes don't match.
    """
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error:
        raise WrongLine("its quotes don't match, or a value goes on in the next line") from None


class Rejects:
    """The lines that were no good, in a file of their own: number and reason, and nothing of what they say.

    The file is made at the first of them, in the place of one that an earlier try left. Where there is none in the
    end, that one is removed.

    Raises:
        MalformedInput: there is another file in its place; it is left alone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: TextIO | None = None
        if path.exists() and not _is_rejects(path):
            raise MalformedInput("--rejects", f"{path} is there and no list of rejects; choose another name.")

    def add(self, line: int, reason: str) -> None:
        """Write one down."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", newline="")
            self._file.write(_HEADING)
        csv.writer(self._file, lineterminator="\n").writerow((line, reason))
        self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        elif kind is None:
            self.path.unlink(missing_ok=True)


def _is_rejects(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_HEADING)) == _HEADING.encode()
