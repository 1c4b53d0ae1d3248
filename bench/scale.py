"""`python -m bench.scale`: what a gateway's answers cost beside little data and beside a city's, in the same run.

Cities of several sizes on one PostgreSQL, each with a gateway of its own; all up at once, and asked in turns,
forward and backward. Then what commands take, and what is on the disk.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import uvloop

from bench import ROOT
from bench.city import City, city
from bench.city_report import MB
from bench.commands import command
from bench.jobs import WrongAnswer
from bench.ledger_filling import fill, found
from bench.ledger_rows import MONTH, PARTNERS
from bench.running import run, say
from bench.scale_asked import Asked
from bench.scale_people import populate
from bench.scale_report import CommandRow, Report, TableRow
from tests.servers import postgres

RESIDENTS = (1_000, 35_000, 350_000, 3_500_000)
REDEMPTIONS = 20_000_000
"""Of the largest city; the others have as many for each resident."""

MEMORY = "2GB"
"""What PostgreSQL keeps of its tables: the largest city's indexes do not fit."""

_SIZES = """
SELECT root.relname AS name, sum(pg_table_size(leaf.relid)) AS rows, sum(pg_indexes_size(leaf.relid)) AS indexes
FROM pg_class AS root, LATERAL (SELECT relid FROM pg_partition_tree(root.oid) WHERE isleaf
  UNION SELECT root.oid WHERE root.relkind = 'r') AS leaf
WHERE root.relkind IN ('r', 'p') AND NOT root.relispartition AND root.relnamespace = 'public'::regnamespace
GROUP BY root.relname ORDER BY 2 DESC
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurement; return the exit status."""
    options = _options().parse_args(arguments)
    return run("bench.scale", options.out, lambda folder: uvloop.run(_run(options, folder)))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.scale", description="Measure how cost grows with data.")
    parser.add_argument("--residents", type=int, nargs="+", default=list(RESIDENTS), help="sizes of cities")
    parser.add_argument("--redemptions", type=int, default=REDEMPTIONS, help="of the largest city")
    parser.add_argument("--rounds", type=int, default=10, help="how often each city is asked")
    parser.add_argument("--requests", type=int, default=150, help="of each kind, in a round")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench", help="where scale.json goes")
    return parser


async def _run(options: argparse.Namespace, folder: Path) -> None:
    sizes, report = sorted(options.residents), Report(load_before=os.getloadavg()[0])
    rides = 2 * (options.rounds + 1) * options.requests
    postgres.SETTINGS.update({"shared_buffers": MEMORY, "max_wal_size": "8GB", "checkpoint_timeout": "30min"})
    async with AsyncExitStack() as stack:
        server = stack.enter_context(postgres.serve())
        cities: dict[int, City] = {}
        for size in sizes:
            (folder / str(size)).mkdir()
            cities[size] = await stack.enter_async_context(await _city(server, folder / str(size), size, rides))
            redemptions = options.redemptions * size // sizes[-1]
            await _fill(cities[size], size, redemptions, report)
        asked = {size: Asked(one, options.requests) for size, one in cities.items()}
        for number in range(options.rounds + 1):
            for size in sizes[:: -1 if number % 2 else 1]:
                for work in ("verify", "redeem"):
                    await asked[size].once(work)
            if number == 0:
                for each in asked.values():
                    each.forget()
        report.left_out = sum(each.repeated for each in asked.values())
        for size, each in asked.items():
            report.rows += [each.row(work, size) for work in ("verify", "redeem")]
            await _on_disk(cities[size], size, report)
        report.load_after = os.getloadavg()[0]
        _keep(options, report)
        for size, one in cities.items():
            await _commands(one, size, report)
            _keep(options, report)
    print(report.tables())


def _keep(options: argparse.Namespace, report: Report) -> None:
    (options.out / "scale.json").write_text(json.dumps(asdict(report), indent=2) + "\n", "utf-8")


async def _city(server: str, folder: Path, size: int, rides: int) -> AbstractAsyncContextManager[City]:
    name = f"city_{size}"
    connection = await asyncpg.connect(server)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    say(f"{size:,} residents: setting up a city ...")
    return city(folder, "postgresql", urlsplit(server)._replace(path=f"/{name}").geturl(), rides=rides)


async def _fill(one: City, size: int, redemptions: int, report: Report) -> None:
    began = time.monotonic()
    await found(one.database_url)
    await fill(one.database_url, 0, redemptions)
    say(f"{size:,} residents: {redemptions:,} redemptions made in {time.monotonic() - began:,.0f} s.")
    await populate(one.database_url, size)
    report.redemptions[size] = redemptions
    say(f"{size:,} residents: all made in {time.monotonic() - began:,.0f} s.")


async def _on_disk(one: City, residents: int, report: Report) -> None:
    connection = await asyncpg.connect(one.database_url)
    try:
        for row in await connection.fetch(_SIZES):
            if row["rows"] + row["indexes"] >= MB:
                table_mb, index_mb = float(row["rows"]) / MB, float(row["indexes"]) / MB
                report.on_disk.append(
                    TableRow(residents=residents, table=row["name"], rows_mb=table_mb, indexes_mb=index_mb)
                )
    finally:
        await connection.close()


async def _commands(one: City, residents: int, report: Report) -> None:
    """Give an auditor's and a steward's commands, and look whether they say what is so."""
    books = one.folder / "books"
    books.mkdir()
    for name, words in (
        ("audit ledger", ("audit", "ledger", "--json")),
        ("settlement", ("settlement", MONTH, "--out", books, "--json")),
        ("report", ("report", MONTH, "--json")),
    ):
        done = await command(*words, folder=one.folder, settings=one.settings)
        if name == "audit ledger" and any(json.loads(line)["differing"] for line in done.output.splitlines()):
            raise WrongAnswer("The books do not balance.")
        if name == "settlement" and not set(PARTNERS) <= {each["sub"] for each in json.loads(done.output)}:
            raise WrongAnswer("The settlement leaves a partner out.")
        row = CommandRow(
            residents=residents,
            command=name,
            seconds=done.seconds,
            cpu_seconds=done.cpu_seconds,
            peak_mb=done.peak_bytes / MB,
        )
        say(f"{residents:,} residents: {name} took {row.seconds:,.1f} s, {row.peak_mb:.0f} MB.")
        report.commands.append(row)


if __name__ == "__main__":
    sys.exit(main())
