"""`gateway pass expiring`: whose cards end soon, of a list; and the list by which they are made anew."""

import csv
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TextIO

import typer

from gateway.assembly import Laurel
from gateway.auth.hashing import RegistryHasher
from gateway.cli.console import WRONG_INPUT, AsJson, fail, tell, with_laurel
from gateway.cli.line_files import LineFile, Rejects, WrongLine, cells_of, text_of
from gateway.cli.progress import progress
from gateway.domain.errors import MalformedInput
from gateway.services.find_expiring import Expiring, Finding
from gateway.store.holdings import SqlHoldings

WITHIN_DAYS = 60
"""Two months: to print, to send, and to ask again."""

SHOWN_EVERY = 500


def expiring(
    *,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="LIST",
            exists=True,
            dir_okay=False,
            help="CSV with a column registry_id: the registry, or a part.",
        ),
    ],
    within: Annotated[int, typer.Option(min=0, max=1095, help="How many days from now.")] = WITHIN_DAYS,
    out: Annotated[
        Path | None, typer.Option(help="Write the list for `gateway pass issue-many` to this new file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how many cards end soon and would be made anew; nothing is changed. --out writes whose those are."""

    if out is not None and out.exists():
        fail(f"--out: {out} is there already; choose another name.", WRONG_INPUT)

    async def work(laurel: Laurel) -> None:
        finding = Expiring(
            holdings=SqlHoldings(laurel.database),
            hasher=RegistryHasher(laurel.keyring),
            catalogue=laurel.ports.catalogue,
            now=laurel.clock(),
            within=timedelta(days=within),
        )
        with ExitStack() as stack:
            lines = stack.enter_context(LineFile(file))
            rejects = stack.enter_context(Rejects(file.with_name(f"{file.name}.expiring.rejects.csv")))
            ids = registry_ids(lines, rejects.add)
            residents = await _list(finding.among(ids), out, lines)
        tell(_facts(finding, residents, rejects.count), _told(finding, residents, out), as_json=as_json)
        if rejects.count:
            fail(f"Rejected lines: {rejects.count:,}; {rejects.path} has their numbers and why.", WRONG_INPUT)

    with_laurel(work)


def registry_ids(lines: LineFile, reject: Callable[[int, str], None]) -> Iterator[str]:
    """Yield the registry ids of a list; other columns are not looked at.

    Raises:
        MalformedInput: there is no such column.
    """
    rest = iter(lines)
    try:
        columns = [name.strip() for name in cells_of(text_of(next(rest, b"").removeprefix(b"\xef\xbb\xbf")))]
        place = columns.index("registry_id")
    except ValueError:
        raise MalformedInput("line 1", "it has to name a column registry_id.") from None
    for line in rest:
        try:
            text = text_of(line)
            if not text.strip():
                continue
            cells = cells_of(text)
            if len(cells) != len(columns) or not cells[place].strip():
                raise WrongLine("it has no registry_id, or not as many values as there are columns")
            yield cells[place]
        except WrongLine as wrong:
            reject(lines.number, str(wrong))


async def _list(found: AsyncIterator[tuple[str, tuple[str, ...]]], out: Path | None, lines: LineFile) -> int:
    """Write who needs new cards, and return how many those are. The file is there once it is whole."""
    if out is None:
        return await _write(found, None, lines)
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            residents = await _write(found, file, lines)
            file.flush()
            os.fsync(file.fileno())
        part.rename(out)
    finally:
        part.unlink(missing_ok=True)
    return residents


async def _write(found: AsyncIterator[tuple[str, tuple[str, ...]]], file: TextIO | None, lines: LineFile) -> int:
    residents = 0
    write = None if file is None else csv.writer(file, lineterminator="\n")
    if write is not None:
        write.writerow(("registry_id", "sectors"))
    with progress("Looking", "residents to renew") as show:
        async for registry_id, sectors in found:
            residents += 1
            if write is not None:
                write.writerow((registry_id, ";".join(sectors)))
            if residents % SHOWN_EVERY == 0:
                show(residents, lines.position / max(lines.size, 1))
    return residents


def _facts(finding: Expiring, residents: int, rejected: int) -> dict[str, object]:
    by_finding: dict[str, object] = {}
    for each in Finding:
        counts = {sector: count for (one, sector), count in sorted(finding.found.items()) if one is each}
        by_finding[each.value] = counts.get("", counts) if set(counts) == {""} else counts
    return {"residents": residents, "rejected": rejected, "cards": by_finding}


def _told(finding: Expiring, residents: int, out: Path | None) -> str:
    until = (finding.now + finding.within).astimezone(finding.catalogue.zone).date()
    lines = [f"Cards that end by {until}: {residents:,} residents need new ones.", ""]
    words = {
        Finding.RENEW: "to be made anew",
        Finding.NOT_ENTITLED: "end, and the sector has no reward for their holder",
        Finding.GOOD: "good for longer",
        Finding.NO_CARD: "residents without a card",
        Finding.NOT_IN_REGISTRY: "not in the registry",
    }
    for (one, sector), count in sorted(finding.found.items()):
        lines.append(f"{count:>10,}  {sector + ': ' if sector else ''}{words[one]}")
    if out is not None:
        lines += ["", f"Next: gateway pass issue-many {out} --keep-pins --out cards-{until}/"]
    return "\n".join(lines)
