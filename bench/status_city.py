"""`python -m bench.status_city`: the status list of 1.28 million cards, built from a database of each kind."""

import argparse
import asyncio
import json
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import asyncpg

from bench import ROOT, servers
from bench.commands import Done, command
from bench.jobs import WrongAnswer
from bench.running import run, say
from bench.status_build import SECTOR
from bench.status_lists import CARDS
from gateway.domain.passes import STATUS_LIST_SIZE
from laurel_client import read_status_list

MB = 1024 * 1024
PUBLIC_URL = "http://127.0.0.1:8000"

STRIDE = 5_000_011
"""Prime, and so without a factor in common with the size of a list: card after card gets a place of its own."""

REVOKED_EACH, BEHIND_EACH = 200, 250
"""Of so many cards one is revoked, and of so many one's holder has too few hours: together 0.9 % are INVALID."""

_SERIES = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {cards})",
    "postgresql": "WITH n(i) AS (SELECT generate_series(1, {cards}))",
}
_RANDOM = {
    "sqlite": "randomblob(32)",
    "postgresql": "decode(md5(random()::text) || md5(random()::text), 'hex')",
}
_TODAY = {"sqlite": "date('now')", "postgresql": "current_date"}
_IN_A_YEAR = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now', '+365 days')",
    "postgresql": "now() + interval '365 days'",
}
_YESTERDAY = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now', '-1 day')",
    "postgresql": "now() - interval '1 day'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One list: its making, and the process that made it. `wait_ms` is the longest that others in it waited."""

    database: str
    cards: int
    invalid: int
    seconds: float
    cpu_seconds: float
    before_mb: float
    peak_mb: float
    wait_p99_ms: float
    wait_ms: float
    token_bytes: int


def statements(kind: str, cards: int) -> Sequence[str]:
    """Return the SQL that makes so many residents with a card each."""
    series, random, today = _SERIES[kind].format(cards=cards), _RANDOM[kind], _TODAY[kind]
    year, yesterday = _IN_A_YEAR[kind], _YESTERDAY[kind]
    return (
        f"""INSERT INTO resident (id, registry_hash, secret, centihours, as_of, honours)
        {series} SELECT i, {random}, {random}, CASE WHEN i % {BEHIND_EACH} = 1 THEN 900 ELSE 1000 + i % 9000 END,
        {today}, '[]' FROM n""",
        f"""INSERT INTO pass (id, resident_id, form, sector, expires_at, revoked_at, pin_hash, status_index)
        {series} SELECT i, i, 'card', '{SECTOR}', {year}, CASE WHEN i % {REVOKED_EACH} = 0 THEN {yesterday} END,
        NULL, (CAST(i AS bigint) * {STRIDE}) % {STATUS_LIST_SIZE} FROM n""",
    )


def invalid_among(cards: int) -> int:
    """Return how many of the cards that `statements` makes must not be honoured."""
    return cards // REVOKED_EACH + (cards - 1) // BEHIND_EACH + 1


async def measure(folder: Path, kind: str, url: str, *, cards: int) -> Row:
    """Fill a database and have its list built by a process of its own.

    Raises:
        RuntimeError: a command failed.
        WrongAnswer: some card reads otherwise than it must.
    """
    home = folder / kind
    home.mkdir()
    settings = {
        "GATEWAY_DATABASE_URL": url,
        "GATEWAY_KEYS_DIR": str(home / "keys"),
        "GATEWAY_PUBLIC_URL": PUBLIC_URL,
    }
    await command("--home", home / "keys", "new", "--all", folder=home, settings=settings, module="keys")
    await command("migrate", folder=home, settings=settings)
    say(f"{kind}: giving {cards:,} residents a card ...")
    await _fill(kind, url, statements(kind, cards))
    say(f"{kind}: building the list ...")
    done = await command(folder=home, settings=settings, module="bench.status_build")
    return _row(kind, done, json.loads(done.output), cards=cards)


async def _fill(kind: str, url: str, sql: Sequence[str]) -> None:
    """Run statements that take longer than a gateway lets any of its own."""
    if kind == "sqlite":
        filling = sqlite3.connect(url.removeprefix("sqlite:///"))
        with filling:
            for each in sql:
                filling.execute(each)
        filling.close()
        return
    connection = await asyncpg.connect(url)
    try:
        for each in (*sql, "ANALYZE"):
            await connection.execute(each)
    finally:
        await connection.close()


def _row(kind: str, done: Done, found: Mapping[str, object], *, cards: int) -> Row:
    token = str(found["token"])
    listed = read_status_list(token, {"keys": found["keys"]}, uri=f"{PUBLIC_URL}/status-lists/{SECTOR}")
    bits, invalid = listed.bits, 0
    for card in range(1, cards + 1):
        place = card * STRIDE % STATUS_LIST_SIZE
        is_invalid = bits[place >> 3] >> (place & 7) & 1
        if is_invalid != (card % REVOKED_EACH == 0 or card % BEHIND_EACH == 1):
            raise WrongAnswer(f"Card {card} reads otherwise than it must.")
        invalid += is_invalid
    if invalid != invalid_among(cards):
        raise WrongAnswer(f"{invalid} cards are INVALID, and not {invalid_among(cards)}.")
    return Row(
        database=kind,
        cards=cards,
        invalid=invalid,
        seconds=round(float(str(found["seconds"])), 2),
        cpu_seconds=round(done.cpu_seconds, 2),
        before_mb=round(int(str(found["before_bytes"])) / MB, 1),
        peak_mb=round(done.peak_bytes / MB, 1),
        wait_p99_ms=round(float(str(found["wait_p99_ms"])), 1),
        wait_ms=round(float(str(found["longest_wait_ms"])), 1),
        token_bytes=len(token),
    )


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text."""
    head = f"{'database':<11} {'cards':>9} {'INVALID':>8} {'build s':>8} {'CPU s':>6} {'before MB':>10}"
    lines = [f"{head} {'peak MB':>8} {'p99 ms':>7} {'max ms':>7} {'token':>9}"]
    lines += [
        f"{one.database:<11} {one.cards:>9,} {one.invalid:>8,} {one.seconds:>8.1f} {one.cpu_seconds:>6.1f} "
        f"{one.before_mb:>10.0f} {one.peak_mb:>8.0f} {one.wait_p99_ms:>7.1f} {one.wait_ms:>7.1f} "
        f"{one.token_bytes:>9,}"
        for one in rows
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; return the exit status."""
    parser = argparse.ArgumentParser(prog="bench.status_city", description="Build a city's status list.")
    parser.add_argument("--cards", type=int, default=CARDS, help="residents with a card of the sector")
    parser.add_argument("--sqlite-only", action="store_true", help="leave PostgreSQL out")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench", help="where status_city.json goes")
    options = parser.parse_args(arguments)

    def work(folder: Path) -> None:
        rows = []
        with servers.databases(folder, sqlite_only=options.sqlite_only) as urls:
            for kind, url in urls.items():
                rows.append(asyncio.run(measure(folder, kind, url, cards=options.cards)))
        found = json.dumps([asdict(one) for one in rows], indent=2)
        (options.out / "status_city.json").write_text(found + "\n", "utf-8")
        print(table(rows))

    return run("bench.status_city", options.out, work)


if __name__ == "__main__":
    sys.exit(main())
