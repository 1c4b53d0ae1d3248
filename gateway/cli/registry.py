"""`gateway registry import | status | sample | erase | readmit`: the steward's volunteer registry."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.assembly import Laurel
from gateway.cli.console import (
    TRY_AGAIN,
    WRONG_INPUT,
    AsJson,
    Yes,
    fail,
    plain_errors,
    tell,
    with_laurel,
)
from gateway.cli.erasure import erase, readmit
from gateway.cli.group_counts import civil_day, count_groups
from gateway.cli.registry_import import import_file
from gateway.cli.registry_report import Order, Report
from gateway.cli.registry_sample import write_sample, write_sample_to
from gateway.cli.reward_states import eligible_lines
from gateway.domain.errors import MalformedInput, Unavailable
from gateway.services.import_registry import Change

app = typer.Typer(no_args_is_help=True)
app.command()(erase)
app.command()(readmit)


@app.command("import")
def import_(
    *,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="See docs/registry.md.")],
    complete: Annotated[
        bool, typer.Option("--complete", help="The file has everybody: honours that it lacks are withdrawn.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Where wrong lines are listed; FILE.rejects.csv if left out.")
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take over a registry file. Safe to repeat and to interrupt; older credit never overwrites newer."""
    wrong_lines = rejects or file.with_name(f"{file.name}.rejects.csv")
    order = Order(file=file, rejects=wrong_lines, complete=complete, dry_run=dry_run, yes=yes)

    async def work(laurel: Laurel) -> None:
        try:
            report = await import_file(laurel, order)
        except Unavailable as error:
            fail(f"The {error} stopped answering. What was recorded stays; import the same file again.", TRY_AGAIN)
        tell(_facts(laurel, order, report), _told(laurel, order, report), as_json=as_json)
        if report.rejected:
            fail(f"Rejected lines: {report.rejected:,}; {wrong_lines} has their numbers and why.", WRONG_INPUT)

    with_laurel(work, interrupted="Interrupted. What was recorded stays; import the same file again to go on.")


def _facts(laurel: Laurel, order: Order, report: Report) -> dict[str, object]:
    rewards = laurel.ports.catalogue.rewards
    return {
        "dry_run": order.dry_run,
        "complete": order.complete,
        "same_file_as_last": report.same_file,
        "as_of": report.as_of,
        **report.counts(),
        "rejects_file": str(order.rejects) if report.rejected else None,
        "eligible": {code: report.eligible[rewards[code].rule] for code in sorted(rewards)},
        "gained": {code: report.gained.get(rewards[code].rule, 0) for code in sorted(rewards)},
        "lost": {code: report.lost.get(rewards[code].rule, 0) for code in sorted(rewards)},
    }


def _told(laurel: Laurel, order: Order, report: Report) -> str:
    told = ((name, count) for name, count in report.counts().items() if count or name != Change.ERASED)
    counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in told)
    if report.same_file:
        first = f"This is the file that was imported last: {report.counts()['unchanged']:,} residents unchanged."
    elif order.dry_run:
        first = f"Would be, credit as of {report.as_of}: {counts}.\nNothing was changed."
    else:
        first = f"Imported, credit as of {report.as_of}: {counts}."
    return "\n".join([first, "", *eligible_lines(laurel, report.eligible, gained=report.gained, lost=report.lost)])


@app.command()
def status(
    *,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day, if nothing is imported until then."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how many residents each reward is for, today or on a day to come, as credit grows old."""

    async def work(laurel: Laurel) -> None:
        day = civil_day(laurel) if on is None else on.date()
        eligible = await count_groups(laurel, keep=False, on=day)
        rewards = laurel.ports.catalogue.rewards
        facts = {"on": day, "eligible": {code: eligible[rewards[code].rule] for code in sorted(rewards)}}
        tell(facts, "\n".join([f"On {day}:", "", *eligible_lines(laurel, eligible)]), as_json=as_json)

    with_laurel(work)


@app.command()
def sample(
    residents: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many.")] = 1000,
    out: Annotated[Path | None, typer.Option(help="The new CSV file to write; else standard output.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same registry.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Make up a registry in the proportions of the announcement: 1.28 of 3.5 million with at least 10 hours."""
    with plain_errors():
        if out is not None:
            write_sample_to(out, residents, seed)
            facts = {"residents": residents, "seed": seed, "file": str(out)}
            tell(facts, f"{residents} residents written to {out}.", as_json=as_json)
        elif as_json:
            raise MalformedInput("--json", "The registry itself goes to standard output; say --out FILE besides.")
        else:
            write_sample(sys.stdout, residents, seed)
