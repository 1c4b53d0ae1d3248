"""Measures the real server beside its named limit: `python -m bench`. How to read it: docs/benchmarks.md."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The checkout: servers are started from it."""

# The partner's client signs the requests. It is a package of its own, which the gateway's environment lacks.
sys.path.append(str(ROOT / "partners" / "client"))
