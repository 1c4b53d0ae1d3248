"""`python -m bench.verify_steps`: where the CPU time of one verify goes, step by step, beside the bare primitives.

In one process, on SQLite: the application is driven as uvicorn would drive it, many times over, and so is each of
its steps by itself. Steps contain one another as they are indented. Rounds are interleaved; medians are shown, and
on a busy machine the shares tell more than the microseconds.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from itertools import cycle
from pathlib import Path
from typing import Any

import uvloop
from starlette.types import ASGIApp

from bench import ROOT, cores
from bench.floor import Steps
from bench.inside import Gate, ask, inside, prepare, right
from gateway.auth import proofs
from gateway.auth.token_memory import AccessTokens
from gateway.domain.passes import PresentedPass
from gateway.web.graphql_requests import posted
from gateway.web.heads import Head

Step = Callable[[], Any]
BUCKET = "nobody's"


def _steps(gate: Gate) -> dict[str, Step]:
    """Return the steps that a verify is made of, and what can be asked of each again and again."""
    laurel, given = gate.laurel, gate.verify(gate.crowd[0])
    ports, issuer = laurel.ports, laurel.settings.public_url
    head, shown = Head(given.scope["headers"]), PresentedPass(gate.crowd[0])
    tokens, opened = AccessTokens(keyring=laurel.keyring, issuer=issuer), ports.opener.open(shown)
    dpop, url = head.getlist("dpop"), laurel.settings.graphql_url
    return {
        "  head, read once": lambda: Head(given.scope["headers"]),
        "  access token, shown before": lambda: tokens.read(gate.token, laurel.clock()),
        "  proof, with its signature": lambda: proofs.check(
            dpop, method="POST", url=url, access_token=gate.token, body=given.body
        ),
        "  body, strictly": lambda: posted(head, given.body),
        "  pass opened, with its signature": lambda: ports.opener.open(shown),
        "  look-up of the pass": lambda: _at_once(ports.directory.look_up(opened.handle, opened.mark)),
        "  look-up of the quota": lambda: _at_once(ports.ledger.used(bytes(32), BUCKET)),
    }


def _at_once(asked: Coroutine[Any, Any, Any]) -> None:
    """Run what waits for nobody: on SQLite a look-up doesn't."""
    try:
        asked.send(None)
    except StopIteration:
        return
    raise RuntimeError("A look-up waited.")


def _us(step: Step, times: int) -> float:
    started = time.process_time_ns()
    for _ in range(times):
        step()
    return (time.process_time_ns() - started) / times / 1000


async def _whole(app: ASGIApp, gate: Gate, times: int) -> float:
    crowd = cycle(gate.crowd)
    given = [gate.verify(next(crowd)) for _ in range(times)]
    started = time.process_time_ns()
    answers = [await ask(app, one) for one in given]
    spent = (time.process_time_ns() - started) / times / 1000
    right(answers[-1], "Eligible")
    return spent


async def measure(folder: Path, *, times: int, rounds: int) -> dict[str, float]:
    """Return the median CPU microseconds of the whole, of each step, and of the bare signatures."""
    found: dict[str, list[float]] = {}
    async with inside(folder, f"sqlite:///{folder / 'laurel.sqlite'}") as (app, gate):
        bare = Steps.of(gate.token, gate.crowd[0], keyring=gate.laurel.keyring, folder=folder)
        steps = {**_steps(gate), "bare ES256": bare.es256, "bare Ed25519": bare.ed25519}
        await _whole(app, gate, len(gate.crowd))
        for _ in range(rounds):
            found.setdefault("a verify, without HTTP", []).append(await _whole(app, gate, times))
            for name, step in steps.items():
                found.setdefault(name, []).append(_us(step, times))
            await asyncio.sleep(0)
    return {name: round(statistics.median(each), 1) for name, each in found.items()}


def main(arguments: list[str] | None = None) -> int:
    """Measure, print a table, write it as JSON."""
    parser = argparse.ArgumentParser(prog="bench.verify_steps", description="Measure the steps of a verify.")
    parser.add_argument("--times", type=int, default=200, help="of each step in a round")
    parser.add_argument("--rounds", type=int, default=9, help="the median counts")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench", help="where verify_steps.json goes")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, cores.on(cores.choose().server):
        folder = Path(name)
        prepare(folder, f"sqlite:///{folder / 'laurel.sqlite'}")
        found = uvloop.run(measure(folder, times=options.times, rounds=options.rounds))
    whole = found["a verify, without HTTP"]
    print(f"{'step':<36} {'CPU us':>8} {'share':>7}")
    for step, us in found.items():
        print(f"{step:<36} {us:>8.1f} {us / whole:>7.0%}")
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "verify_steps.json").write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
