"""`python -m bench.peers.document`: the tables and the plot of docs/benchmarks.md, of the rows in results.json.

`python -m bench.peers --docs` does it at the end of its run.
"""

import json
import re
import sys
from collections.abc import Sequence

from bench import ROOT
from bench.peers import roster
from bench.peers.goals import SCALE, WORKS, figures, ratio_and_goal, verdict
from bench.peers.plot import drawn
from bench.report import Row

PAGE = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "images" / "peers.svg"
BEGIN, END = "<!-- python -m bench.peers --docs writes what follows -->", "<!-- up to here -->"

WHAT, FIGURES = ("work", "variant"), ("CPU us", "req/s", "p50 ms", "p99 ms")


def main() -> int:
    """Write the page of what was measured last; return the exit status."""
    found = json.loads((ROOT / "var" / "bench" / "results.json").read_text("utf-8"))
    write([Row(**row) for row in found if row["work"] in WORKS | {SCALE}])
    return 0


def versions() -> str:
    """Return what each peer is made of, by the locks."""
    return "\n".join(f"- **{peer.name}**: {peer.versions}." for peer in roster.PEERS)


def written(rows: Sequence[Row]) -> str:
    """Return what the page says of a run."""
    beside = [
        (row.work, row.variant, row.beside, *figures(row), *ratio_and_goal(row), verdict(row))
        for row in rows
        if row.beside is not None
    ]
    alone = [(row.work, row.variant, *figures(row)) for row in rows if row.beside is None]
    return "\n\n".join(
        (
            BEGIN,
            _markdown((*WHAT, "beside", *FIGURES, "ratio", "goal", ""), beside),
            f"![Verifications per second of CPU time](images/{PLOT.name})",
            "The peers' own figures, and all servers at a fixed rate:",
            _markdown((*WHAT, *FIGURES), alone),
            versions(),
            END,
        )
    )


def _markdown(heads: Sequence[str], lines: Sequence[Sequence[str | None]]) -> str:
    """Return a table whose columns after those of WHAT and `beside` are numbers, to the right."""
    rule = ["---" if head in (*WHAT, "beside", "") else "---:" for head in heads]
    return "\n".join(f"| {' | '.join(cell or '' for cell in line)} |" for line in (heads, rule, *lines))


def write(rows: Sequence[Row]) -> None:
    """Put the tables into the page, and the plot beside it."""
    page = PAGE.read_text("utf-8")
    found = re.search(f"{re.escape(BEGIN)}.*{re.escape(END)}", page, re.DOTALL)
    if found is None:
        raise RuntimeError(f"{PAGE.name} has no place for the table.")
    PAGE.write_text(page[: found.start()] + written(rows) + page[found.end() :], "utf-8")
    PLOT.write_text(drawn(rows), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
