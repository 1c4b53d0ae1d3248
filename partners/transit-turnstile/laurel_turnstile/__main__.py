"""The command line: run the agent, see how it is, and measure how fast it decides alone.

laurel-turnstile run PARTNER.json --folder DIR --listen SOCKET [--metrics PORT]
laurel-turnstile status SOCKET
laurel-turnstile show SOCKET          a pass from standard input, as a controller would send it
laurel-turnstile bench [--svg FILE]
"""

import argparse
import asyncio
import json
import logging
import signal
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from laurel_client import LaurelError
from laurel_turnstile import bench
from laurel_turnstile.agent import agent
from laurel_turnstile.door import PORT_MAX, Door, Unsafe, ask
from laurel_turnstile.metrics import exposing, exposition
from laurel_turnstile.tables import Damaged, FolderInUse
from laurel_turnstile.terms import REWARD, SECTOR, Terms


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit status."""
    given = _parser().parse_args(arguments)
    try:
        match given.command:
            case "run":
                return asyncio.run(_run(given))
            case "bench":
                return bench.main(given.taps, given.svg)
            case "status":
                return _told(ask(given.address, {"status": True}), indent=2)
            case _:
                return _told(ask(given.address, {"pass": sys.stdin.readline().strip()}))
    except (LaurelError, Damaged, FolderInUse, Unsafe) as problem:
        print(problem, file=sys.stderr)
        return 1
    except (OSError, ValueError, sqlite3.Error) as problem:
        print(f"That did not work: {getattr(problem, 'strerror', None) or problem}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _told(answer: Mapping[str, object], *, indent: int | None = None) -> int:
    """Print an answer; return the exit status, which is 1 where the agent could not do what was asked."""
    print(json.dumps(answer, indent=indent))
    return int("error" in answer)


def _number(kind: type[int] | type[float], least: float, most: float) -> Callable[[str], float]:
    """Return what reads a number of the command line, with both ends admitted."""

    def read(text: str) -> float:
        value = kind(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text}: give a number from {least:g} to {most:g}")
        return value

    read.__name__ = kind.__name__  # what argparse calls it where it is no number at all
    return read


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="laurel-turnstile", description="A gate's agent for Laurel.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="decide for one gate until SIGTERM")
    run.add_argument("partner", type=Path, help="the device's partner file")
    run.add_argument("--folder", type=Path, required=True, help="where the queue is kept; on a disk that syncs")
    run.add_argument("--listen", required=True, help="a path for a Unix socket, or a port on the loopback")
    run.add_argument("--metrics", type=_number(int, 0, PORT_MAX), help="a port on the loopback for GET /metrics")
    run.add_argument("--reward", default=REWARD, help="what the gate gives (default: %(default)s)")
    run.add_argument("--sector", default=SECTOR, help="whose cards it takes (default: %(default)s)")
    run.add_argument(
        "--deadline-ms",
        type=_number(int, 10, 10_000),
        default=200,
        help="what the line has to answer (default: 200)",
    )
    run.add_argument(
        "--rides-per-card", type=_number(int, 1, 1_000_000), default=4, help="in 24 hours, alone (default: 4)"
    )
    run.add_argument(
        "--settle", type=_number(float, 0, 600), default=5.0, help="seconds before a tap is handed in (default: 5)"
    )
    for name, what in (
        ("status", "print a running agent's state"),
        ("show", "show it a pass from standard input"),
    ):
        commands.add_parser(name, help=what).add_argument("address", help="where it listens")
    measure = commands.add_parser("bench", help="measure deciding alone on this machine's disk")
    measure.add_argument(
        "--taps", type=_number(int, 1, 1_000_000), default=2000, help="how many (default: %(default)s)"
    )
    measure.add_argument("--svg", type=Path, help="a file for the plot")
    return parser


async def _run(given: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    terms = Terms(
        folder=given.folder,
        reward=given.reward,
        sector=given.sector,
        deadline=given.deadline_ms / 1000,
        rides_per_card=given.rides_per_card,
        settle=given.settle,
    )
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(agent(given.partner, terms))
        where = await stack.enter_async_context(Door(one.gate, one.status).listening(given.listen))
        told = f"listening on {where}"
        if given.metrics is not None:
            port = await stack.enter_async_context(
                exposing(given.metrics, lambda: exposition(one.status(), one.tally))
            )
            told += f", metrics on {port}"
        print(told, flush=True)
        ended = asyncio.create_task(ending.wait())
        waiting = {ended} if one.keeping is None else {ended, one.keeping}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
    return 0


if __name__ == "__main__":
    sys.exit(main())
