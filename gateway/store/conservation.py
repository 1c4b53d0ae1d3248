"""Checking the ledger's books: every counter is computed anew from the rows that it stands for.

All of it is sums that the database makes, of which only what differs comes here: twenty million rows need no more
memory than ten.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Select, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.conservation import Checked, Difference, Law
from gateway.store import conservation_counters as counters
from gateway.store import conservation_entries as entries
from gateway.store.tables import ENTRY, HOLD, OCCASION, OFFLINE_ALLOWANCE, QUOTA, REDEMPTION, TAP

DIFFERENCES_MAX = 1000
"""Differences of one law that are told one by one; where there are more, something else is wrong than a row."""

LAWS: Mapping[Law, tuple[Table, Callable[[], Select[Any]]]] = {
    Law.REVERSED: (REDEMPTION, entries.reversals),
    Law.QUOTA: (QUOTA, counters.quota),
    Law.OVERDRAFT: (QUOTA, counters.overdraft),
    Law.HELD_QUOTA: (QUOTA, counters.held_quota),
    Law.HELD_SEAT: (OCCASION, counters.held_seat),
    Law.OCCASION: (OCCASION, counters.occasion),
    Law.REDEEMED_ENTRY: (REDEMPTION, entries.redeemed_entry),
    Law.ENTRY_REDEMPTION: (ENTRY, entries.entry_redemption),
    Law.TAP: (TAP, entries.tap),
    Law.ALLOWANCE: (OFFLINE_ALLOWANCE, counters.allowance),
    Law.HELD_ENTRY: (HOLD, entries.held_entry),
    Law.CONFIRMED: (HOLD, entries.confirmed),
}
"""Every law, the table whose rows it is about, and the statement that finds what breaks it."""


async def check(connection: AsyncConnection, law: Law) -> Checked:
    """Check one law on a connection that sees one state of the database."""
    table, statement = LAWS[law]
    rows = (await connection.execute(select(func.count()).select_from(table))).scalar_one()
    differences, differing = [], 0
    async with connection.stream(statement()) as found:
        async for row in found:
            differing += 1
            if differing <= DIFFERENCES_MAX:
                differences.append(Difference(law=law, **row._mapping))
    return Checked(law=law, rows=rows, differing=differing, differences=differences)
