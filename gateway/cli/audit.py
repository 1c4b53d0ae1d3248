"""`gateway audit`: what stewards did, for people and for a copy elsewhere; evidence; and the ledger's books."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from gateway.cli.console import plain_errors
from gateway.cli.evidence import evidence
from gateway.cli.ledger_check import ledger
from gateway.cli.tables import print_table
from gateway.domain.acts import Act
from gateway.logs import configure_logs
from gateway.settings import Settings
from gateway.store.admin_record import AdminRecord
from gateway.store.catalogue import load_catalogue
from gateway.store.database import Database
from gateway.store.migrate import require_head

app = typer.Typer(no_args_is_help=True)
app.command()(evidence)
app.command()(ledger)

PAGE_SIZE = 1000
"""Acts that are in memory at once; the record is never cut, so it may be long."""

_BY_DAY = ("pass ", "registry erase", "registry readmit")
"""Acts for somebody who stands at the desk."""

Pages = AsyncIterator[Sequence[Act]]


@app.callback()
def audit() -> None:
    """What an auditor reads. `acts` and `ledger` need the database alone; `evidence` the key home, too."""


@app.command()
def acts(
    *,
    after: Annotated[int, typer.Option(min=0, help="Go on after the act with this id.")] = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many; else all.")] = None,
    action: Annotated[str, typer.Option(help="Those that begin so, such as 'partners'.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON Lines, one act a line.")] = False,
) -> None:
    """Show who did what and when, the oldest first."""

    async def work(settings: Settings) -> None:
        zone = None if as_json else load_catalogue(settings.partners_dir / "catalogue").zone
        database = Database(settings.database_url)
        try:
            await require_head(database)
            async for page in _pages(AdminRecord(database, who=""), after=after, limit=limit, action=action):
                if zone is None:
                    print("\n".join(map(_line, page)), flush=True)
                else:
                    print_table(
                        ("id", f"when, {zone.key}", "who", "what", "subject", "facts"),
                        (_row(act, zone) for act in page),
                    )
        finally:
            await database.close()

    with plain_errors():
        configure_logs("warning")
        asyncio.run(work(Settings.read()))


async def _pages(record: AdminRecord, *, after: int, limit: int | None, action: str) -> Pages:
    """Yield acts in the order in which they were written, some at a time; no page is empty."""
    while page := await record.acts(after=after, limit=PAGE_SIZE):
        after = page[-1].id
        found = [act for act in page if act.action.startswith(action)][:limit]
        if found:
            yield found
        if limit is not None:
            limit -= len(found)
            if limit == 0:
                return


def _line(act: Act) -> str:
    members = {
        "id": act.id,
        "at": act.at.isoformat(),
        "who": act.who,
        "action": act.action,
        "subject": act.subject,
        "facts": dict(act.facts),
    }
    return json.dumps(members, ensure_ascii=False)


def _row(act: Act, zone: ZoneInfo) -> Sequence[object]:
    facts = " ".join(f"{name}={value}" for name, value in act.facts.items())
    return act.id, _when(act, zone), act.who, act.action, act.subject or "", facts


def _when(act: Act, zone: ZoneInfo) -> str:
    """Return when something was done; of acts at the desk the day (UTC) alone is on record."""
    if act.action.startswith(_BY_DAY):
        return f"{act.at.astimezone(UTC):%Y-%m-%d}"
    return f"{act.at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
