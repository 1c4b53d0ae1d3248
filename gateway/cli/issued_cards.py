"""A folder of cards that were printed for lists: what is there already, whatever list it was in, and whose line.

`issued.csv` has a row for each card of the folder: its name, and a mark by which its line is known again without
the registry id being there. `lines.csv` says which card belongs to which line of the list that was given last.
"""

import csv
import fcntl
import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from gateway.cli.bulk_lists import Wanted
from gateway.cli.card_files import card_paths, draft_of, place, write_drafts
from gateway.domain.errors import MalformedInput

MARK_CHARACTERS: Final = 32
"""128 bits: no two lines of a city meet."""

_ISSUED, _LINES = b"card,mark\n", b"line,card\n"
_NAME = re.compile(r"card-\d{6,}")
_FILE = re.compile(rf"\.?({_NAME.pattern})(-\d+)?\.(pdf|svg)(\.part)?")


def mark_of(wanted: Wanted, keyed_hash: Callable[[str], bytes]) -> str:
    """Return by what a line is known again: a keyed hash of whose card it is and of its sectors, in any order."""
    sectors = ";".join(sorted(wanted.sectors))
    label = "issued card"  # no registry id has a line break: this is never the hash that is on record
    return keyed_hash(f"{label}\n{sectors}\n{wanted.registry_id.strip()}").hex()[:MARK_CHARACTERS]


class IssuedCards:
    """The cards of a folder, for one run at a time.

    A card is written whole beside its place, put on `issued.csv`, and then moved into its place: whatever fails in
    between, a row means that the card exists, and the next run moves it.

    Raises:
        MalformedInput: another run is at work there, or files of these names are something else.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._issued = _open(folder / "issued.csv")
        self._cards: dict[str, str] = {}
        self._lines = -1
        try:
            self._read()
            self._recover()
            self._lines = _open(folder / "lines.csv")
            _require_heading(self._lines, _LINES, folder / "lines.csv")
            os.ftruncate(self._lines, 0)
            _append(self._lines, _LINES)
        except BaseException:
            self.close()
            raise

    def find(self, mark: str) -> str | None:
        """Return the name of the card that a line has already."""
        return self._cards.get(mark)

    def add(self, mark: str, contents: Sequence[bytes], form: str) -> str:
        """Write the files of a new card; return its name. Where that fails, there is none, whatever was written.

        Raises:
            OSError: the disk is full or away.
        """
        name = f"card-{self._last_number() + 1:06d}"
        paths = card_paths(self._folder / f"{name}.{form}", len(contents))
        size = os.fstat(self._issued).st_size
        try:
            write_drafts(paths, contents)
            _append(self._issued, f"{name},{mark}\n".encode())
            os.fsync(self._issued)
            place(paths)
        except BaseException:
            os.ftruncate(self._issued, size)
            for path in paths:
                draft_of(path).unlink(missing_ok=True)
                path.unlink(missing_ok=True)
            raise
        self._cards[mark] = name
        return name

    def assign(self, line: int, card: str) -> None:
        """Write down which card belongs to a line of the list."""
        _append(self._lines, f"{line},{card}\n".encode())

    def close(self) -> None:
        """Let the next run in."""
        for descriptor in (self._lines, self._issued):
            if descriptor >= 0:
                os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _last_number(self) -> int:
        return max((int(card.removeprefix("card-")) for card in self._cards.values()), default=0)

    def _read(self) -> None:
        path = self._folder / "issued.csv"
        try:
            fcntl.flock(self._issued, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sentence = f"Another run issues cards into {self._folder}; wait for its end, or name another folder."
            raise MalformedInput("--out", sentence) from None
        _require_heading(self._issued, _ISSUED, path)
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]  # a row that a lost machine left half written is none
        os.ftruncate(self._issued, len(whole))
        if not whole:
            _append(self._issued, _ISSUED)
        for row in csv.reader(whole.decode("utf-8", "replace").splitlines()[1:]):
            if len(row) != len(_ISSUED.split(b",")) or not _NAME.fullmatch(row[0]):
                raise MalformedInput("--out", f"{path} was changed; restore it, or name another folder.")
            self._cards[row[1]] = row[0]

    def _recover(self) -> None:
        """Move cards into their places that are on the list, and remove drafts that nobody was told of."""
        on_list = set(self._cards.values())
        for path in _cards_in(self._folder):
            found = _FILE.fullmatch(path.name)
            is_known = found is not None and found[1] in on_list
            if path.suffix == ".part" and is_known:
                path.rename(path.with_name(path.name.removeprefix(".").removesuffix(".part")))
            elif path.suffix == ".part":
                path.unlink()
            elif not is_known:
                sentence = f"{self._folder} has cards that its issued.csv doesn't name; name another folder."
                raise MalformedInput("--out", sentence)


def _cards_in(folder: Path) -> Iterable[Path]:
    return [path for path in sorted(folder.iterdir()) if _FILE.fullmatch(path.name)]


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)


def _append(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _require_heading(descriptor: int, heading: bytes, path: Path) -> None:
    """Leave a file alone that somebody else made."""
    found = os.pread(descriptor, len(heading), 0)
    if not heading.startswith(found):
        raise MalformedInput("--out", f"{path} is something else; name another folder.")
