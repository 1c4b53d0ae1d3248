"""`gateway audit ledger`: do the books balance? Every counter is computed anew, and any difference named."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from gateway.cli.console import WRONG_INPUT, plain_errors
from gateway.cli.tables import print_table
from gateway.domain.conservation import Checked, Difference, Law
from gateway.logs import configure_logs
from gateway.settings import Settings
from gateway.store.conservation import check
from gateway.store.database import Database
from gateway.store.migrate import require_head
from gateway.store.snapshots import snapshot

AsJsonLines = Annotated[bool, typer.Option("--json", help="Print JSON Lines: each law, then each difference.")]


def ledger(*, as_json: AsJsonLines = False) -> None:
    """Check that every counter is the sum of what it counts. Ends with 1 where one is not; changes nothing.

    It sees the database as it is at its start, while the gateway goes on serving, and needs its address alone.
    """

    async def work(settings: Settings) -> Sequence[Checked]:
        database = Database(settings.database_url)
        try:
            await require_head(database)
        finally:
            await database.close()
        async with snapshot(settings.database_url) as connection:
            return [await check(connection, law) for law in Law]

    with plain_errors():
        configure_logs("warning")
        found = asyncio.run(work(Settings.read()))
        (_tell_lines if as_json else _tell_people)(found)
        if any(each.differing for each in found):
            raise typer.Exit(WRONG_INPUT)


def _tell_lines(found: Sequence[Checked]) -> None:
    for each in found:
        print(json.dumps({"law": each.law, "rows": each.rows, "differing": each.differing}, ensure_ascii=False))
        for difference in each.differences:
            print(json.dumps(asdict(difference), ensure_ascii=False))


def _tell_people(found: Sequence[Checked]) -> None:
    rows = ((each.rows, each.differing, each.law) for each in found)
    print_table(("rows", "differ", "law"), rows, right={"rows", "differ"})
    for each in found:
        if each.differing:
            print(f"\n{each.differing} times it does not hold that {each.law}:")
            columns = ("where", "redemption", "recorded", "recomputed")
            print_table(columns, map(_row, each.differences), right={"recorded", "recomputed"})
            if each.differing > len(each.differences):
                print(f"... and {each.differing - len(each.differences)} more.")
    print("\nThe books don't balance." if any(each.differing for each in found) else "\nThe books balance.")


def _row(difference: Difference) -> Sequence[object]:
    return difference.subject, difference.redemption or "", difference.recorded, difference.recomputed
