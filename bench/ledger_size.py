"""`python -m bench.ledger_size`: what the audit, the settlements and the report take, as the ledger grows."""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import uvloop

from bench import ROOT, servers
from bench.city_report import MB
from bench.commands import Done, command
from bench.jobs import WrongAnswer
from bench.ledger_filling import fill, found
from bench.ledger_rows import MONTH, PARTNERS
from bench.running import run, say
from tests.flow.processes import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one command took at one size."""

    database: str
    redemptions: int
    command: str
    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(slots=True)
class Report:
    """All that a run found; `filled` are the seconds that each size took to make."""

    rows: list[Row] = field(default_factory=list)

    def table(self) -> str:
        """Return it as text."""
        heading = f"{'database':11} {'redemptions':>12}  {'command':12} {'wall s':>8} {'CPU s':>7} {'peak MB':>8}"
        lines = (
            f"{row.database:11} {row.redemptions:12,}  {row.command:12} {row.seconds:8.1f} {row.cpu_seconds:7.1f} "
            f"{row.peak_mb:8.0f}"
            for row in self.rows
        )
        return "\n".join((heading, *lines))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurement; return the exit status."""
    options = _options().parse_args(arguments)
    return run("bench.ledger_size", options.out, lambda folder: _run(options, folder))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.ledger_size", description="Measure a ledger's books at size.")
    parser.add_argument(
        "--redemptions", type=int, nargs="+", default=[2_000_000, 20_000_000], help="sizes, from small to large"
    )
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="leave the other database out")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench", help="where ledger_size.json goes")
    return parser


def _run(options: argparse.Namespace, folder: Path) -> None:
    report = Report()
    with servers.databases(folder, sqlite_only=options.only == "sqlite") as urls:
        for database, url in urls.items():
            if options.only in (None, database):
                uvloop.run(_measure(options, folder / database, database, url=url, report=report))
    print(report.table())


async def _measure(options: argparse.Namespace, folder: Path, database: str, *, url: str, report: Report) -> None:
    settings = {
        "GATEWAY_DATABASE_URL": url,
        "GATEWAY_KEYS_DIR": str(folder / "keys"),
        "SQLITE_TMPDIR": str(folder),  # where it sorts
    }
    (folder / "books").mkdir(parents=True)
    await command("--home", folder / "keys", "new", "--all", folder=folder, settings=settings, module="keys")
    await command("migrate", folder=folder, settings=settings)
    await found(url)
    begin = 0
    for size in sorted(options.redemptions):
        say(f"{database}: making {size:,} redemptions ...")
        began = time.monotonic()
        await fill(url, begin, size)
        begin = size
        say(f"{database}: made in {time.monotonic() - began:,.0f} s.")
        for name, done in (await _commands(folder, settings, size)).items():
            row = Row(
                database=database,
                redemptions=size,
                command=name,
                seconds=round(done.seconds, 2),
                cpu_seconds=round(done.cpu_seconds, 2),
                peak_mb=round(done.peak_bytes / MB, 1),
            )
            say(f"{database}: {name} of {size:,} took {row.seconds:,.1f} s, {row.peak_mb:.0f} MB.")
            report.rows.append(row)
        (options.out / "ledger_size.json").write_text(json.dumps(asdict(report), indent=2) + "\n", "utf-8")


async def _commands(folder: Path, settings: Settings, size: int) -> Mapping[str, Done]:
    """Give the commands, and check that what they say is true.

    Raises:
        WrongAnswer: the books do not balance, or somebody is missing in them.
    """
    audit = await command("audit", "ledger", "--json", folder=folder, settings=settings)
    laws = [json.loads(line) for line in audit.output.splitlines()]
    if any(law["differing"] for law in laws) or max(law["rows"] for law in laws) < size:
        raise WrongAnswer("The audit does not say that so large a ledger balances.")
    settled = await command(
        "settlement", MONTH, "--out", folder / "books", "--json", folder=folder, settings=settings
    )
    if {each["sub"] for each in json.loads(settled.output)} != set(PARTNERS):
        raise WrongAnswer("The settlement leaves a partner out.")
    report = await command("report", MONTH, "--json", folder=folder, settings=settings)
    if json.loads(report.output)["amount_fen"] <= 0:
        raise WrongAnswer("The report says that nothing was given.")
    return {"audit ledger": audit, "settlement": settled, "report": report}


if __name__ == "__main__":
    sys.exit(main())
