"""`gateway privacy close-periods | scrub`: what the operator does so that links fade when they should."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from gateway.assembly import Laurel
from gateway.cli.console import AsJson, Yes, confirm, record_of, tell, with_laurel
from gateway.domain.errors import Unavailable
from gateway.store.closing import Due, SqlClosing
from gateway.store.scrubbing import Scrubbed, scrub
from gateway.store.tables import METADATA

app = typer.Typer(no_args_is_help=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]

REMAINS: Final = {
    Scrubbed.COMPLETE: "Nothing of it is left in the database's file and log. Backups from before still hold it.",
    Scrubbed.LOGS_REMAIN: (
        "Nothing of it is left in the tables' files. PostgreSQL's WAL, its archive, replicas and backups from "
        "before still hold it until they end; docs/operations.md says how."
    ),
    Scrubbed.BUSY: (
        "The database had no quiet moment, so its files may still hold old bytes: say `gateway privacy scrub`."
    ),
}
"""What a command can promise of files, by what became of them."""


@app.callback()
def privacy() -> None:
    """Letting links fade. It can't be undone."""


@app.command("close-periods")
def close_periods(*, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False) -> None:
    """Destroy the keys, and the evidence, of periods past their time. Nobody can tell then who redeemed."""

    async def work(laurel: Laurel) -> None:
        closing = SqlClosing(laurel.database, record_of(laurel))
        due = await closing.due()
        if dry_run or not (due.periods or due.evidence):
            tell(_facts(due, dry_run=dry_run), _told(due, "would be destroyed"), as_json=as_json)
            return
        confirm(f"{_told(due, 'will be destroyed for good')} Go on?", yes=yes)
        closed = await closing.close()
        files = await closing.scrub()
        sentence = f"{_told(closed, 'destroyed')}\n{REMAINS[files]}"
        tell({**_facts(closed, dry_run=False), "files": files.value}, sentence, as_json=as_json)

    with_laurel(work, interrupted="Interrupted. What is destroyed stays destroyed; say it again to go on.")


@app.command("scrub")
def scrub_(*, yes: Yes = False, as_json: AsJson = False) -> None:
    """Write the database's files anew, so that they hold nothing that was deleted. Everybody waits meanwhile."""

    async def work(laurel: Laurel) -> None:
        confirm("The gateway answers 503 while this runs, seconds to minutes. Go on?", yes=yes)
        await record_of(laurel).note_alone("privacy scrub")
        files = await scrub(laurel.database, *METADATA.sorted_tables)
        if files is Scrubbed.BUSY:
            raise Unavailable("database")
        tell({"files": files.value}, REMAINS[files], as_json=as_json)

    with_laurel(work)


def _facts(due: Due, *, dry_run: bool) -> dict[str, object]:
    periods = [
        {"reward": one.reward, "key_period": one.key_period, "closed_at": one.closes_at.isoformat()}
        for one in due.periods
    ]
    return {"periods": periods, "evidence": due.evidence, "dry_run": dry_run}


def _told(due: Due, what: str) -> str:
    if not (due.periods or due.evidence):
        return "No period is past its time."
    return f"{_counted(due.periods)}, {due.evidence:,} proofs {what}."


def _counted(periods: Sequence[object]) -> str:
    return "1 period key" if len(periods) == 1 else f"{len(periods):,} period keys"
