"""`python -m bench.peers`: the gateway and its peers in one run, on the same work, with the same answers."""

import argparse
import asyncio
import importlib.util
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from pathlib import Path

import asyncpg
import uvloop

from bench import ROOT, cores, servers
from bench.floor import Costs, Steps
from bench.peers import hot_row, roster, slow_disk
from bench.peers.document import write
from bench.peers.goals import (
    CACHED,
    OPEN_RATE,
    UNCACHED,
    WORKS,
    hot_rows,
    mixed_rows,
    table,
    unmeasured,
    verify_rows,
)
from bench.peers.mixed import mix
from bench.peers.records import Records
from bench.peers.town import Town, admit
from bench.peers.verifying import CONNECTIONS, VERIFY, Place, compare
from bench.report import Row, put
from bench.running import run, say
from bench.trials import Rounds, Trial, Variant
from bench.turnstile import CROWD, Turnstile, steward_settings
from bench.works import hello
from gateway.assembly import assemble
from tests.servers import postgres


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit status."""
    options = _options().parse_args(arguments)
    return run("bench.peers", options.out, lambda folder: _run(options, folder))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.peers", description="Measure the gateway beside its peers.")
    parser.add_argument("--seconds", type=float, default=3.0, help="the length of one trial")
    parser.add_argument("--rounds", type=int, default=4, help="trials of each variant; the median counts")
    parser.add_argument("--mixed-seconds", type=float, default=60.0, help="the length of the mixed run")
    parser.add_argument("--sqlite-only", action="store_true", help="leave out all that needs PostgreSQL")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench", help="where results.json goes")
    parser.add_argument("--docs", action="store_true", help="write the table and the plot of docs/ anew")
    return parser


def _run(options: argparse.Namespace, folder: Path) -> None:
    """Measure all of it; what was found is told even if a later part fails."""
    rows: list[Row] = []
    try:
        _measure(options, folder, rows)
    finally:
        rows += unmeasured(rows)
        put(options.out / "results.json", rows, works=WORKS)
        print(table(rows))
    if options.docs:
        write(rows)


def _measure(options: argparse.Namespace, folder: Path, rows: list[Row]) -> None:
    where = cores.choose()
    with cores.on(where.driver), ExitStack() as stack:
        say("Starting the gateway ...")
        idle = stack.enter_context(servers.hello(folder, core=where.server))
        programs = stack.enter_context(roster.programs(folder))
        urls = stack.enter_context(servers.databases(folder, sqlite_only=options.sqlite_only))
        for kind, url in urls.items():
            with servers.sandbox(folder, kind, url, core=where.server) as sandbox:
                beside = _beside_peers(options, sandbox, idle=idle, programs=programs, where=where, rows=rows)
                uvloop.run(beside)
    if options.sqlite_only or importlib.util.find_spec(postgres.PACKAGE) is None:
        say("Without PostgreSQL, redemptions are not measured.")
    elif slow_disk.compiler() is None:
        say("Not measured, for want of a C compiler: one show on a slow disk.")
    else:
        with slow_disk.serve() as url:
            sold = uvloop.run(hot_row.measure(url, folder, rounds=options.rounds, seconds=options.seconds))
        rows += hot_rows(sold)


async def _beside_peers(
    options: argparse.Namespace,
    sandbox: servers.Sandbox,
    *,
    idle: servers.Server,
    programs: Path,
    where: cores.Cores,
    rows: list[Row],
) -> None:
    """Add what is found to the rows as it comes."""
    async with AsyncExitStack() as stack:
        turnstile = Turnstile(sandbox, assemble(steward_settings(sandbox), sandbox=True))
        stack.push_async_callback(turnstile.laurel.close)
        place = await _place(turnstile, programs, where)
        one = partial(compare, place, rounds=options.rounds, seconds=options.seconds)
        for caching in (UNCACHED, CACHED):
            say(f"Verifying on {sandbox.database}, {caching} ...")
            floor, costs = await _floor(place, idle, options.seconds)
            found = await one(
                token_cached=caching == CACHED, open_rate=OPEN_RATE, open_seconds=2 * options.seconds
            )
            rows += verify_rows(sandbox.database, caching, found, idle=floor, costs=costs)
        if sandbox.database == "postgresql":
            say("Verifying and redeeming at a fixed rate ...")
            rows += mixed_rows(sandbox.database, await mix(place, seconds=options.mixed_seconds))


async def _place(turnstile: Turnstile, programs: Path, where: cores.Cores) -> Place:
    sandbox = turnstile.sandbox
    folder = sandbox.home.parent
    town, residents = await Town.of(turnstile), await turnstile.residents(CROWD)
    records = Records(sandbox.database, await _peers_database(sandbox, folder))
    await records.found()
    await admit(records, residents)
    return Place(
        turnstile=turnstile,
        town=town,
        records=records,
        residents=residents,
        programs=programs,
        folder=folder,
        cores=where,
    )


async def _peers_database(sandbox: servers.Sandbox, folder: Path) -> str:
    """Return a database of the peers' own, in the same cluster where there is one."""
    if sandbox.database == "sqlite":
        return str(folder / "peers.sqlite")
    connection = await asyncpg.connect(sandbox.database_url)
    try:
        await connection.execute("CREATE DATABASE peers")
    finally:
        await connection.close()
    return f"{sandbox.database_url.rpartition('/')[0]}/peers"


async def _floor(place: Place, idle: servers.Server, seconds: float) -> tuple[Trial, Costs]:
    """Measure what nobody could do without, in the same minute: raw uvicorn, and a signature of each kind."""
    variant = Variant(hello(idle), CONNECTIONS[VERIFY])
    rounds = Rounds([variant], seconds=seconds, core=place.cores.server)
    await rounds.warm_up()
    await rounds.run(0)
    keyring, folder = place.turnstile.laurel.keyring, place.folder
    steps = Steps.of(place.town.token(), place.residents[0], keyring=keyring, folder=folder)
    with cores.on(place.cores.server):
        costs = await asyncio.to_thread(steps.costs)
    return rounds.medians()[variant], costs


if __name__ == "__main__":
    sys.exit(main())
