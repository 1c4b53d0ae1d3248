"""`python -m bench.full_size`: a registry of 3.5 million into each database, and a gate at work meanwhile."""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import uvloop

from bench import ROOT, servers
from bench.city import City, city
from bench.city_report import MB, CityReport, GateRow, ImportRow
from bench.commands import command
from bench.gate import Gate
from bench.imports import imports_of, run_import
from bench.registries import Registries, derive
from bench.running import run, say

WARM_UP_SECONDS = 3.0
"""The first requests compile statements and documents; they are in no row."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurement; return the exit status."""
    options = _options().parse_args(arguments)
    return run("bench.full_size", options.out, lambda folder: _run(options, folder))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.full_size", description="Measure a city's registry.")
    parser.add_argument("--residents", type=int, default=3_500_000, help="lines of the registry file")
    parser.add_argument("--seconds", type=float, default=30.0, help="the gate alone, before and after")
    parser.add_argument("--verify-rate", type=float, default=20.0, help="verifyPass a second, all the time")
    parser.add_argument("--redeem-rate", type=float, default=2.0, help="redeemReward a second, all the time")
    parser.add_argument("--rides", type=int, default=3000, help="how many can be redeemed at most")
    parser.add_argument("--sqlite-only", action="store_true", help="leave PostgreSQL out")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench", help="where full_size.json goes")
    return parser


def _run(options: argparse.Namespace, folder: Path) -> None:
    say(f"Making up {options.residents:,} residents ...")
    sample = folder / "sample.csv"
    words = ("registry", "sample", "--residents", str(options.residents), "--out", sample)
    uvloop.run(command(*words, folder=folder, settings={}))
    registries = derive(sample)
    report = CityReport(residents=registries.residents, imports=[], gate=[], database_mb={})
    with servers.databases(folder, sqlite_only=options.sqlite_only) as urls:
        uvloop.run(_measure(options, folder, urls=urls, registries=registries, report=report))
    print(report.tables())


async def _measure(
    options: argparse.Namespace,
    folder: Path,
    *,
    urls: Mapping[str, str],
    registries: Registries,
    report: CityReport,
) -> None:
    for database, url in urls.items():
        say(f"{database}: setting up a city ...")
        async with city(folder, database, url, rides=options.rides) as one:
            gate = Gate(one, verify_rate=options.verify_rate, redeem_rate=options.redeem_rate)
            try:
                await _year(one, gate, registries, seconds=options.seconds, report=report)
            finally:
                await gate.close()
            report.database_mb[database] = round(await one.size() / MB, 1)
        report.write(options.out / "full_size.json")


async def _year(one: City, gate: Gate, registries: Registries, *, seconds: float, report: CityReport) -> None:
    """Let the gate work alone, beside each import, and alone again."""

    async def alone(name: str) -> None:
        say(f"{one.database}: {name}, {seconds:g} s ...")
        _, found = await gate.beside(asyncio.sleep(seconds))
        report.gate.append(GateRow.of(one.database, name, found))

    await gate.beside(asyncio.sleep(min(WARM_UP_SECONDS, seconds)))
    await alone("nothing, before")
    first_seconds = 0.0
    for each in imports_of(registries, others=one.eligible):
        say(f"{one.database}: {each.name} ...")
        done, found = await gate.beside(run_import(each, folder=one.folder, settings=one.settings))
        first_seconds = first_seconds or done.seconds
        row = ImportRow.of(
            one.database, each.name, done, residents=registries.residents, first_seconds=first_seconds
        )
        say(f"{one.database}: {each.name} took {row.seconds:,.1f} s, {row.peak_mb:.0f} MB.")
        report.imports.append(row)
        report.gate.append(GateRow.of(one.database, each.name, found))
    await alone("nothing, after")


if __name__ == "__main__":
    sys.exit(main())
