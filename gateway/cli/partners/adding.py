"""`gateway partners add | import`: one partner, or a city's at once."""

import re
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from gateway.assembly import Laurel
from gateway.cli.console import TRY_AGAIN, WRONG_INPUT, AsJson, fail, record_of, tell, with_laurel
from gateway.cli.line_files import LineFile, WrongLine, cells_of, text_of
from gateway.domain.errors import MalformedInput, Unavailable
from gateway.domain.partners import Partner, Profile
from gateway.store.partners import SqlPartners

NAME_MAX = 120
BATCH = 200
"""Partners per transaction: some 50 ms, in which nobody else writes to SQLite."""

COLUMNS = frozenset({"kind", "name"})
"""What a file has to have; the column id is read where there is one, and no other."""

_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,47}")


def add(
    *,
    kind: Annotated[
        str,
        typer.Argument(help="A folder of partners/ with a profile.toml, or card-office."),
    ],
    name: Annotated[str, typer.Argument(help="The organisation's name.")],
    id: Annotated[
        str | None, typer.Option(help="Its id and OAuth client id; made from the name if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a partner of a kind."""

    async def work(laurel: Laurel) -> None:
        partner = new_partner(laurel.kinds, kind, name, id or id_from(name) or f"partner-{secrets.token_hex(4)}")
        await SqlPartners(laurel.database, record_of(laurel)).add(partner)
        tell(
            {"id": partner.id, "kind": partner.kind, "name": partner.name},
            f"{partner.id} is a {kind} now. Register a machine: gateway partners add-device {partner.id}",
            as_json=as_json,
        )

    with_laurel(work)


def new_partner(profiles: Mapping[str, Profile], kind: str, name: str, partner_id: str) -> Partner:
    """Return a partner, checked.

    Raises:
        MalformedInput: there is no such kind, or the name or the id can't be one.
    """
    if kind not in profiles:
        raise MalformedInput("kind", f"Choose one of {', '.join(sorted(profiles))}.")
    if not name.strip() or not name.isprintable() or len(name) > NAME_MAX:
        raise MalformedInput("name", f"A name has 1 to {NAME_MAX} printable characters.")
    if not _ID.fullmatch(partner_id):
        raise MalformedInput("id", "An id has 2 to 48 of a-z, 0-9 and -; give one with --id.")
    return Partner(id=partner_id, kind=kind, name=name.strip())


def id_from(name: str) -> str:
    """Return the id that a name suggests; empty where it has none of a-z and 0-9."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:48].strip("-")


@dataclass
class Imported:
    """What became of a file's lines. `rejected` holds line numbers and reasons."""

    added: int = 0
    unchanged: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)


def import_(
    *,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV with the columns kind,name,id.")],
    as_json: AsJson = False,
) -> None:
    """Add the partners of a file. Safe to repeat; a wrong line is told and passed over, and the exit code is 1."""

    async def work(laurel: Laurel) -> None:
        rows = SqlPartners(laurel.database, record_of(laurel))
        done = Imported()
        try:
            with LineFile(file) as lines:
                partners = _read(lines, laurel.kinds, done)
                while batch := list(islice(partners, BATCH)):
                    await _add_batch(rows, batch, done)
        except Unavailable as error:
            so_far = f"{done.added} partners are added; import the file again."
            fail(f"The {error} does not answer; {so_far}", TRY_AGAIN)
        done.rejected.sort()
        _report(done, as_json=as_json)

    with_laurel(work, interrupted="Interrupted. What was added stays; import the same file again.")


def _read(lines: LineFile, profiles: Mapping[str, Profile], done: Imported) -> Iterator[tuple[int, Partner]]:
    """Yield the partners of good lines with their number; note the others.

    Raises:
        MalformedInput: the first line doesn't name the columns, or the file is damaged.
    """
    columns: Sequence[str] = ()
    for line in lines:
        try:
            cells = cells_of(text_of(line).removeprefix("\ufeff"))
            if not columns:
                columns = [cell.strip() for cell in cells]
                if not set(columns) >= COLUMNS:
                    raise MalformedInput("line 1", "the columns have to be kind,name,id; see docs/partners.md")
            elif any(cells):
                yield lines.number, _partner(columns, cells, profiles)
        except WrongLine as wrong:
            if not columns:
                raise MalformedInput("line 1", f"{wrong}; see docs/partners.md") from None
            done.rejected.append((lines.number, str(wrong)))
    if not columns:
        raise MalformedInput("line 1", "the file is empty; see docs/partners.md")


def _partner(columns: Sequence[str], cells: Sequence[str], profiles: Mapping[str, Profile]) -> Partner:
    if len(cells) != len(columns):
        raise WrongLine("it has not as many values as there are columns")
    row = {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}
    try:
        return new_partner(profiles, row["kind"], row["name"], row.get("id") or id_from(row["name"]))
    except MalformedInput as wrong:
        advice = "an id has 2 to 48 of a-z, 0-9 and -; give one in the column id"
        raise WrongLine(advice if wrong.argument == "id" else f"{wrong.argument}: {wrong.message}") from None


async def _add_batch(rows: SqlPartners, batch: Sequence[tuple[int, Partner]], done: Imported) -> None:
    added, known = await rows.add_new([partner for _, partner in batch])
    done.added += len(added)
    for number, partner in batch:
        there = known[partner.id]
        if (there.kind, there.name) != (partner.kind, partner.name):
            reason = (
                f"the id {partner.id} is taken by a partner of another kind or name; give another in the column id"
            )
            done.rejected.append((number, reason))
        elif partner.id in added:
            added.remove(partner.id)
        else:
            done.unchanged += 1


def _report(done: Imported, *, as_json: bool) -> None:
    rejected = [{"line": number, "reason": reason} for number, reason in done.rejected]
    if not as_json:
        for number, reason in done.rejected:
            print(f"gateway: line {number}: {reason}", file=sys.stderr)
    tell(
        {"added": done.added, "unchanged": done.unchanged, "rejected": rejected},
        f"{done.added} partners added, {done.unchanged} were there already, {len(rejected)} lines rejected.",
        as_json=as_json,
    )
    if rejected:
        raise typer.Exit(WRONG_INPUT)
