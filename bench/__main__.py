"""`python -m bench`: start the servers, check that they answer rightly, measure them, and end them again."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import uvloop

from bench import ROOT, cores, servers, works
from bench.floor import Costs
from bench.report import put, rows, table
from bench.running import run, say
from bench.trials import Rounds, Variant
from bench.turnstile import Turnstile, steward_settings
from gateway.assembly import assemble


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit status."""
    options = _options().parse_args(arguments)
    return run("bench", options.out, lambda folder: _run(options, folder))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="Measure the server beside its floor.")
    parser.add_argument("--seconds", type=float, default=3.0, help="the length of one trial")
    parser.add_argument("--rounds", type=int, default=3, help="trials of each variant; the median counts")
    parser.add_argument("--connections", nargs="+", type=int, default=[1, 16], help="kept alive, in a closed loop")
    parser.add_argument("--sqlite-only", action="store_true", help="leave PostgreSQL out")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench", help="where results.json goes")
    return parser


def _run(options: argparse.Namespace, folder: Path) -> None:
    """Have all servers up at once, measure, and report."""
    where = cores.choose()
    with cores.on(where.driver), ExitStack() as stack:
        say("Starting the servers ...")
        idle = stack.enter_context(servers.hello(folder, core=where.server))
        urls = stack.enter_context(servers.databases(folder, sqlite_only=options.sqlite_only))
        sandboxes = [
            stack.enter_context(servers.sandbox(folder, kind, url, core=where.server))
            for kind, url in urls.items()
        ]
        rounds, costs = uvloop.run(_measure(options, idle, sandboxes, where))
    medians = rounds.medians()
    found = rows(medians, costs)
    put(options.out / "results.json", found, works={row.work for row in found})
    print(table(found, list(medians.values())))
    print(f"Bare checks: ES256 {costs.es256:.0f} us, Ed25519 {costs.ed25519:.0f} us of CPU.", end=" ")
    print(f"A durable write of 8 KiB: {costs.write:.0f} us.")
    if rounds.repeated:
        print(f"Repeated because the server was too busy for a request (503): {rounds.repeated} trials.")
    print("No core is set apart for the server." if where.server is None else f"Server on core {where.server}.")


async def _measure(
    options: argparse.Namespace, idle: servers.Server, sandboxes: Sequence[servers.Sandbox], where: cores.Cores
) -> tuple[Rounds, Costs]:
    async with AsyncExitStack() as stack:
        turnstiles = [
            Turnstile(sandbox, assemble(steward_settings(sandbox), sandbox=True)) for sandbox in sandboxes
        ]
        for turnstile in turnstiles:
            stack.push_async_callback(turnstile.laurel.close)
        kinds = [works.hello(idle), works.healthz(sandboxes[0].server)]
        for turnstile in turnstiles:
            kinds += await works.partner_works(turnstile)
        steps = await turnstiles[0].bare_steps()
        variants = [Variant(work, connections) for work in kinds for connections in options.connections]
        rounds = Rounds(variants, seconds=options.seconds, core=where.server)
        costs: list[Costs] = []
        say("Warming up ...")
        await rounds.warm_up()
        for number in range(options.rounds):
            say(f"Round {number + 1} of {options.rounds} ...")
            with cores.on(where.server):
                costs.append(steps.costs())
            await rounds.run(number)
    return rounds, Costs.median(costs)


if __name__ == "__main__":
    sys.exit(main())
