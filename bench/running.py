"""What every benchmark runs in: a folder that goes with it, its signals, and one sentence for what went wrong."""

import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.jobs import WrongAnswer
from bench.load import Broken

INTERRUPTED = 130


def run(name: str, out: Path, work: Callable[[Path], None]) -> int:
    """Do the work in a temporary folder below `out`; return the exit status."""
    if not sys.platform.startswith("linux"):
        print(f"{name}: CPU time is read from /proc, so this needs Linux.", file=sys.stderr)
        return 2
    for variable in [variable for variable in os.environ if variable.startswith("GATEWAY_")]:
        del os.environ[variable]  # somebody's own gateway is not what is measured
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    out.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=out.resolve()) as folder:
            work(Path(folder))
    except KeyboardInterrupt:
        print(f"{name}: interrupted; everything it started has ended.", file=sys.stderr)
        return INTERRUPTED
    except (Broken, WrongAnswer, RuntimeError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    return 0


def say(sentence: str) -> None:
    """Tell whoever waits what is going on."""
    print(sentence, file=sys.stderr, flush=True)
