"""The table and the plot of docs/benchmarks.md, written anew with `--docs`."""

import re
from collections.abc import Sequence

from bench import ROOT
from bench.peers import roster
from bench.peers.goals import table
from bench.peers.plot import drawn
from bench.report import Row

PAGE = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "images" / "peers.svg"
BEGIN, END = "<!-- python -m bench.peers --docs writes what follows -->", "<!-- up to here -->"


def versions() -> str:
    """Return what each peer is made of, by the locks."""
    return "\n".join(f"- **{peer.name}**: {peer.versions}." for peer in roster.PEERS)


def written(rows: Sequence[Row]) -> str:
    """Return what the page says of a run."""
    beside = [row for row in rows if row.beside is not None]
    alone = [row for row in rows if row.beside is None]
    return (
        f"{BEGIN}\n\n```\n{table(beside)}\n```\n\n![Verifications beside the peers](images/{PLOT.name})\n\n"
        f"The peers' own figures, and all servers at a fixed rate:\n\n```\n{table(alone)}\n```\n\n"
        f"{versions()}\n\n{END}"
    )


def write(rows: Sequence[Row]) -> None:
    """Put the tables into the page, and the plot beside it."""
    page = PAGE.read_text("utf-8")
    found = re.search(f"{re.escape(BEGIN)}.*{re.escape(END)}", page, re.DOTALL)
    if found is None:
        raise RuntimeError(f"{PAGE.name} has no place for the table.")
    PAGE.write_text(page[: found.start()] + written(rows) + page[found.end() :], "utf-8")
    PLOT.write_text(drawn(rows), "utf-8")
