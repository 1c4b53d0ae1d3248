"""`python -m bench.capacity`: 50 clients want the 500 tickets of one show, or of 500 shows, at once.

By the ledger itself, without HTTP and GraphQL: they cost so much CPU time that no row could become hot. On
PostgreSQL beside one statement written by hand. Every run's books have to be right, or there is no table.
"""

import argparse
import asyncio
import json
import secrets
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from itertools import cycle
from pathlib import Path

from sqlalchemy import func, select

from bench import ROOT, servers
from bench.by_hand import ByHand
from bench.jobs import WrongAnswer
from bench.running import run, say
from bench.rush import PUT_OFF, Ask, Row, Rush, row, rush, table
from gateway.domain.errors import Unavailable
from gateway.domain.ledger import Committed
from gateway.store.database import Database
from gateway.store.engines import POOL_SIZE
from gateway.store.migrate import upgrade
from gateway.store.tables import OCCASION, REDEMPTION
from tests.store.city import City, occasion
from tests.store.commands import Holder, again, redeem

CLIENTS, TICKETS, LATE = 50, 500, 50
"""LATE clients come for a ticket more than there are; then as many as there are tickets find it sold out."""

VARIANTS = ("500 shows", "one show", "sold out")
WARM_UP = "warm-up"


def buying(city: City, holder: Holder, show: str) -> Ask:
    """Return a request for one ticket, against a quota of its own, as of a resident who comes once."""
    command = redeem(replace(holder, pseudonym=secrets.token_bytes(32)), occasion=show)

    async def ask() -> str:
        try:
            outcome = await city.commit(again(command))
        except Unavailable:
            return PUT_OFF
        assert isinstance(outcome, Committed)
        return "sold" if outcome.entry.redemption else str(outcome.entry.reason)

    return ask


Sales = Callable[[str, int], Sequence[Ask]]
"""Returns requests for so many tickets of a show."""


async def measure(
    work: str, buying: Sales, announce: Callable[[Sequence[str], int], Awaitable[None]], *, rounds: int
) -> list[Row]:
    """Sell in rounds, interleaved, so that a machine's moods fall on all variants alike."""
    found: dict[str, list[Rush]] = {variant: [] for variant in VARIANTS}
    await announce([WARM_UP], TICKETS)
    await rush(buying(WARM_UP, 2 * CLIENTS), clients=CLIENTS)
    for number in range(rounds):
        shows, final = [f"{number}-{show}" for show in range(TICKETS)], f"{number}-final"
        await announce(shows, 1)
        await announce([final], TICKETS)
        each = [ask for show in shows for ask in buying(show, 1)]
        for variant, asked, wanted in (
            ("500 shows", each, {"sold": TICKETS}),
            ("one show", buying(final, TICKETS + LATE), {"sold": TICKETS, "SOLD_OUT": LATE}),
            ("sold out", buying(final, TICKETS), {"SOLD_OUT": TICKETS}),
        ):
            one = await rush(asked, clients=CLIENTS)
            if one.answers != wanted:
                raise WrongAnswer(f"Of {variant}: {dict(one.answers)}, and not {wanted}.")
            found[variant].append(one)
    spread, hot, late = (Rush.all_of(found[variant]) for variant in VARIANTS)
    return [
        row(work, "500 shows", spread),
        row(work, "one show", hot, spread),
        row(work, "sold out", late, spread),
    ]


async def laurel(work: str, url: str, *, rounds: int) -> list[Row]:
    """Measure the ledger on a database of any kind."""
    await asyncio.to_thread(upgrade, url)
    database = Database(url)
    try:
        city = await City.found(database)
        holders = cycle([await city.move_in() for _ in range(CLIENTS)])

        async def announce(shows: Sequence[str], capacity: int) -> None:
            await city.occasions.put_all([occasion(show, capacity=capacity) for show in shows])

        rows = await measure(
            work,
            lambda show, tickets: [buying(city, next(holders), show) for _ in range(tickets)],
            announce,
            rounds=rounds,
        )
        await _require_books(database, rounds)
    finally:
        await database.close()
    return rows


async def _require_books(database: Database, rounds: int) -> None:
    tickets = select(func.count()).select_from(REDEMPTION).where(REDEMPTION.c.occasion.like("%-final"))
    used = select(func.sum(OCCASION.c.used)).where(OCCASION.c.id.like("%-final"))
    async with database.read() as connection:
        books = [(await connection.execute(each)).scalar_one() for each in (tickets, used)]
    if books != [TICKETS * rounds] * 2:
        raise WrongAnswer(f"{books[0]} tickets are on record, and the shows say {books[1]}.")


async def by_hand(work: str, url: str, *, rounds: int) -> list[Row]:
    """Measure the statement written by hand."""
    peer = await ByHand.open(url, connections=POOL_SIZE)
    try:
        rows = await measure(
            work,
            lambda show, tickets: [peer.buying(show)] * tickets,
            lambda shows, capacity: peer.announce(shows, capacity=capacity),
            rounds=rounds,
        )
        if await peer.sold() != 2 * CLIENTS + 2 * TICKETS * rounds:
            raise WrongAnswer("The statement by hand sold too many or too few.")
    finally:
        await peer.close()
    return rows


async def _measure(folder: Path, *, sqlite_only: bool, rounds: int) -> list[Row]:
    rows: list[Row] = []
    with servers.databases(folder, sqlite_only=sqlite_only) as urls:
        for kind, url in urls.items():
            say(f"Selling tickets on {kind} ...")
            rows += await laurel(kind, url, rounds=rounds)
            if kind == "postgresql":
                rows += await by_hand("postgresql, by hand", url, rounds=rounds)
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and report; return the exit status."""
    parser = argparse.ArgumentParser(prog="bench.capacity", description="Measure a rush for one show's tickets.")
    parser.add_argument("--sqlite-only", action="store_true", help="leave PostgreSQL out")
    parser.add_argument("--rounds", type=int, default=3, help="how often each variant is measured")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench", help="where capacity.json goes")
    options = parser.parse_args(arguments)

    def work(folder: Path) -> None:
        rows = asyncio.run(_measure(folder, sqlite_only=options.sqlite_only, rounds=options.rounds))
        found = json.dumps([asdict(one) for one in rows], indent=2)
        (options.out / "capacity.json").write_text(found + "\n", "utf-8")
        print(table(rows))

    return run("bench.capacity", options.out, work)


if __name__ == "__main__":
    sys.exit(main())
