"""50 clients redeem for one show on a slow disk: the gateway's ledger beside one transaction for each request.

The peer calls the function of sql/postgresql.sql, with every effect of the gateway's, by asyncpg on a pool of some
size; the best size counts. Both at the level of the ledger, without HTTP: its CPU time would hide the disk.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

import asyncpg
from sqlalchemy import func, select

from bench.jobs import WrongAnswer
from bench.peers.records import STATEMENTS, Records
from bench.running import say
from bench.rush import PUT_OFF, Ask, Rush, rush
from gateway.assembly import Laurel, assemble
from gateway.domain.errors import Unavailable
from gateway.domain.ledger import Committed
from gateway.settings import Settings
from gateway.store.migrate import upgrade
from gateway.store.tables import OCCASION, REDEMPTION
from tests.auth.key_home import one_of_each, write_home
from tests.store.city import City, occasion
from tests.store.commands import again, redeem

CLIENTS, SEATS = 50, 10_000_000
POOLS = (4, 6, 8, 10)
SHOW, LAUREL = "final", "Laurel"
WARM_UP = 2 * CLIENTS

Sell = Callable[[int], Sequence[Ask]]
"""Makes so many requests for a seat."""


@dataclass(frozen=True, slots=True)
class Seller:
    """Somebody who sells seats of one show, and how many are on record."""

    name: str
    sell: Sell
    sold: Callable[[], Awaitable[int]]


@dataclass(slots=True)
class Sold:
    """All rounds of one seller, with this process's CPU time."""

    rounds: list[Rush]
    cpu_seconds: float = 0.0

    @property
    def rush(self) -> Rush:
        """All rounds as one."""
        return Rush.all_of(self.rounds)


async def measure(url: str, folder: Path, *, rounds: int, seconds: float) -> dict[str, Sold]:
    """Sell in rounds, forward and backward in turn.

    Raises:
        WrongAnswer: the books of a seller aren't right after it.
    """
    async with AsyncExitStack() as stack:
        sellers = [await _laurel(url, folder, stack)]
        peer_url = await _peers_database(url)
        sellers += [await _peer(peer_url, size, stack) for size in POOLS]
        found = {seller.name: Sold([]) for seller in sellers}
        rates, told = dict[str, float](), dict.fromkeys(found, 0)
        for seller in sellers:
            one = await rush(seller.sell(WARM_UP), clients=CLIENTS)
            rates[seller.name], told[seller.name] = one.per_second, one.answers["sold"]
        for number in range(rounds):
            say(f"One show on a slow disk, round {number + 1} of {rounds} ...")
            for seller in sellers[:: -1 if number % 2 else 1]:
                asked = seller.sell(max(round(rates[seller.name] * seconds), CLIENTS))
                cpu = time.process_time()
                one = await rush(asked, clients=CLIENTS)
                found[seller.name].cpu_seconds += time.process_time() - cpu
                found[seller.name].rounds.append(one)
                told[seller.name] += one.answers["sold"]
        for seller in sellers:
            if await seller.sold() != told[seller.name]:
                raise WrongAnswer(f"{seller.name} sold {told[seller.name]} seats, and has others on record.")
    return found


async def _laurel(url: str, folder: Path, stack: AsyncExitStack) -> Seller:
    """The gateway as it is assembled, with a city of its own."""
    await asyncio.to_thread(upgrade, url)
    keys = write_home(folder / "keys", one_of_each())
    address = "https://laurel.example"
    laurel: Laurel = assemble(
        Settings.read(database_url=url, keys_dir=keys, public_url=address, pass_issuer=address), sandbox=None
    )
    stack.push_async_callback(laurel.close)
    city = await City.found(laurel.database)
    holders = cycle([await city.move_in() for _ in range(CLIENTS)])
    await city.occasions.put_all([occasion(SHOW, capacity=SEATS)])

    def ask() -> Ask:
        fresh = replace(next(holders), pseudonym=secrets.token_bytes(32))
        command = redeem(fresh, occasion=SHOW)

        async def once() -> str:
            try:
                [outcome] = await laurel.ports.ledger.commit([again(command)])
            except Unavailable:
                return PUT_OFF
            assert isinstance(outcome, Committed)
            return "sold" if outcome.entry.redemption else str(outcome.entry.reason)

        return once

    async def sold() -> int:
        seats = select(func.count()).select_from(REDEMPTION).where(REDEMPTION.c.occasion == SHOW)
        used = select(OCCASION.c.used).where(OCCASION.c.id == SHOW)
        async with laurel.database.read() as connection:
            on_record, counted = [(await connection.execute(each)).scalar_one() for each in (seats, used)]
        if on_record != counted:
            raise WrongAnswer(f"{on_record} seats are on record, and the show says {counted}.")
        return int(on_record)

    return Seller(LAUREL, lambda count: [ask() for _ in range(count)], sold)


async def _peers_database(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE DATABASE peers")
    finally:
        await connection.close()
    return f"{url.rpartition('/')[0]}/peers"


async def _peer(url: str, size: int, stack: AsyncExitStack) -> Seller:
    """One call for each request, on so many connections, for a show of its own."""
    records, show = Records("postgresql", url), f"{SHOW}-{size}"
    pool = await stack.enter_async_context(asyncpg.create_pool(url, min_size=size, max_size=size))
    if await pool.fetchval("SELECT to_regclass('occasion')") is None:
        await records.found()
    passes = [secrets.token_urlsafe(16) for _ in range(CLIENTS)]
    await records.admit(passes, sector="culture", expires_at=2_000_000_000)
    await pool.execute("INSERT INTO occasion VALUES ($1, $2, 0)", show, SEATS)
    call = STATEMENTS["postgresql"]["redeem"].replace("$18)", "$18, $19)")
    handles = cycle([records.handle(one) for one in passes])

    def ask() -> Ask:
        request, redemption, reference = (secrets.token_urlsafe(16) for _ in range(3))
        proof, fingerprint, period_key = (secrets.token_bytes(32) for _ in range(3))
        given = (
            *(proof, "grand-theatre", "till", request, fingerprint, next(handles), "culture", "theatre-ticket"),
            *(1, 2, 1000, period_key, "2026-11-22", 4500, 10_080, redemption, reference, secrets.token_bytes(100)),
        )

        async def once() -> str:
            found = await pool.fetchrow(call, *given, show)
            return "sold" if found["outcome"] == "REDEEMED" else str(found["outcome"])

        return once

    async def sold() -> int:
        used = await pool.fetchval("SELECT used FROM occasion WHERE id = $1", show)
        on_record = await pool.fetchval("SELECT count(*) FROM redemption WHERE occasion = $1", show)
        if used != on_record:
            raise WrongAnswer(f"{on_record} seats are on record, and the show says {used}.")
        return int(used)

    return Seller(f"pool of {size}", lambda count: [ask() for _ in range(count)], sold)
