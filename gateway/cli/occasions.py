"""`gateway occasions import | list | cancel`: the shows, matches and screenings that rewards are redeemed for."""

import json
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from gateway.assembly import Laurel
from gateway.cli.console import WRONG_INPUT, AsJson, fail, record_of, tell, with_laurel
from gateway.cli.line_files import Rejects
from gateway.cli.occasion_cancelling import cancel
from gateway.cli.occasion_import import Import
from gateway.cli.tables import print_table
from gateway.domain.errors import MalformedInput
from gateway.domain.occasions import Occasion
from gateway.store.occasions import SqlOccasions
from gateway.store.partners import SqlPartners

app = typer.Typer(no_args_is_help=True)
app.command("cancel")(cancel)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A .csv or .jsonl file, or its .gz.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add occasions, or change their capacity and end. Safe to repeat; rejected lines go to FILE.rejects.csv."""

    async def work(laurel: Laurel) -> None:
        with nullcontext() if dry_run else Rejects(file.with_name(f"{file.name}.rejects.csv")) as rejects:
            under_way = Import(laurel, _print_line if rejects is None else rejects.add, dry_run=dry_run)
            await under_way.take(file)
        counts = under_way.counts()
        told = ", ".join(f"{count:,} {what}" for what, count in counts.items())
        path = str(rejects.path) if rejects is not None and under_way.rejected else None
        tell(
            {**counts, "dry_run": dry_run, "rejects_file": path},
            f"It would be {told}; nothing was written." if dry_run else f"{told}.",
            as_json=as_json,
        )
        if under_way.rejected:
            where = "they are listed above" if path is None else f"{path} has their numbers and why"
            fail(f"Rejected lines: {under_way.rejected:,}; {where}.", WRONG_INPUT)

    with_laurel(work, interrupted="Interrupted. What was imported stays; import the same file again to go on.")


def _print_line(line: int, reason: str) -> None:
    print(f"line {line}: {reason}", file=sys.stderr)


@app.command("list")
def list_(
    *,
    partner: Annotated[str | None, typer.Option(help="Of this partner only.")] = None,
    reward: Annotated[str | None, typer.Option(help="For this reward only.")] = None,
    over: Annotated[bool, typer.Option("--all", help="Those that have ended, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List occasions by their end, with what is sold of each."""

    async def work(laurel: Laurel) -> None:
        record = record_of(laurel)
        if partner is not None and await SqlPartners(laurel.database, record).partner(partner) is None:
            raise MalformedInput("partner", "There is no such partner: gateway partners list")
        if reward is not None and reward not in laurel.ports.catalogue.rewards:
            raise MalformedInput("reward", "It is not in the catalogue: gateway rewards list")
        found = await SqlOccasions(laurel.database, record).listed(partner_id=partner, reward=reward, over=over)
        _print_list(found, laurel.ports.catalogue.zone, as_json=as_json)

    with_laurel(work)


def _print_list(occasions: Sequence[Occasion], zone: ZoneInfo, *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "id": one.id,
                "partner": one.partner_id,
                "reward": one.reward,
                "sold": one.used,
                "capacity": one.capacity,
                "ends_at": one.ends_at.astimezone(zone).isoformat(),
            }
            for one in occasions
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not occasions:
        print("There are none: gateway occasions import FILE")
        return
    print_table(
        ("id", "partner", "reward", "sold / capacity", f"end, {zone.key}"),
        (
            (
                one.id,
                one.partner_id,
                one.reward,
                f"{one.used} / {one.capacity}",
                f"{one.ends_at.astimezone(zone):%Y-%m-%d %H:%M}",
            )
            for one in occasions
        ),
    )
