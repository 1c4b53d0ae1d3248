"""Commands as a steward gives them, each in a process of its own, with what it took."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL
from dataclasses import dataclass
from pathlib import Path

from bench import ROOT
from tests.flow.processes import Settings, surroundings

STOPWATCH = ROOT / "bench" / "stopwatch.py"


@dataclass(frozen=True, slots=True)
class Done:
    """A command that succeeded: what it printed, seconds, CPU seconds of user and system, peak memory (RSS)."""

    output: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int


async def command(*arguments: str | Path, folder: Path, settings: Settings, module: str = "gateway") -> Done:
    """Run a command in a folder to its end; its environment holds the settings and nothing of this machine's.

    Whoever is interrupted meanwhile ends it first.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    report, output, said = (folder / f"command.{name}" for name in ("json", "out", "err"))
    measured = (sys.executable, "-m", module, *map(str, arguments))
    with output.open("wb") as out, said.open("wb") as err:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(STOPWATCH), str(report), *measured),
            cwd=folder,
            env=surroundings(settings),
            stdin=DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            await process.wait()
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGTERM)
                await process.wait()
    facts = json.loads(report.read_text("utf-8"))
    if facts["status"] != 0:
        what = " ".join(map(str, arguments[:2]))
        raise RuntimeError(f"`{what}` ended with {facts['status']}: {said.read_text('utf-8')[-2000:].strip()}")
    return Done(output.read_text("utf-8"), facts["seconds"], facts["cpu_seconds"], facts["peak_bytes"])
