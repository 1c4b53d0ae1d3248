"""`gateway registry import | sample`: the steward's volunteer registry."""

import csv
import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer

from gateway.assembly import Laurel
from gateway.auth.hashing import RegistryHasher
from gateway.cli.console import plain_errors, record_of, with_laurel
from gateway.cli.registry_files import COLUMNS, read_registry
from gateway.domain.standing import HonourGrade, RegistryRecord
from gateway.services.import_registry import import_registry
from gateway.store.registry import SqlRegistry

app = typer.Typer(no_args_is_help=True)

HONOUR = "national-morality-model"

LOG_HOURS = 1.505, 2.323
"""Mean and deviation of the hours' logarithm: so 1.28 of 3.5 million have 10 hours, and all have 234 million."""

HOURS_MAX = 20_000
"""Two hours on every day of a working life."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A .csv or .jsonl file; see docs.")],
) -> None:
    """Take over a registry file. Safe to repeat; credit with an older as-of never overwrites newer."""

    async def work(laurel: Laurel) -> None:
        found = await take_over(laurel, read_registry(file))
        print(f"{found[0]} residents taken over, credit as of {found[1] or 'no day'}.")

    with_laurel(work)


async def take_over(laurel: Laurel, records: Iterator[RegistryRecord]) -> tuple[int, date | None]:
    """Import records into a gateway's database; return how many, and the newest day they speak of."""
    imported = await import_registry(
        SqlRegistry(laurel.database, record_of(laurel)), RegistryHasher(laurel.keyring), records
    )
    return imported.residents, imported.as_of


@app.command()
def sample(
    residents: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many.")] = 1000,
    out: Annotated[Path | None, typer.Option(help="The CSV file to write; else standard output.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same registry.")] = 1,
) -> None:
    """Make up a registry in the proportions of the announcement: 1.28 of 3.5 million with at least 10 hours."""
    with plain_errors():
        if out is None:
            _write(sys.stdout, residents, seed)
        else:
            out.parent.mkdir(parents=True, exist_ok=True)
            with out.open("w", encoding="utf-8", newline="") as file:
                _write(file, residents, seed)
            print(f"{residents} residents written to {out}.")


def _write(file: TextIO, residents: int, seed: int) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(sample_rows(residents, seed))


def sample_rows(residents: int, seed: int) -> Iterator[tuple[str, str, str, str]]:
    """Yield rows: hours that are log-normal, and ten honorees in 3.5 million, but at least one."""
    chance = random.Random(seed)  # noqa: S311 - made-up people need no secrecy
    today = datetime.now(UTC).date().isoformat()
    honorees = max(1, residents * 10 // 3_500_000)
    for number in range(residents):
        hours = min(chance.lognormvariate(*LOG_HOURS), HOURS_MAX)
        grade = chance.choice(list(HonourGrade)).value
        honour = f"{HONOUR}:2026:{grade}" if number < honorees else ""
        yield f"SAMPLE-{seed}-{number:08d}", f"{hours:.2f}", today, honour
