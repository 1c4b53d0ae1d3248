"""What a thief of a PostgreSQL database could join without any key: nothing from an entry to a resident."""

import pytest
from sqlalchemy import text

from gateway.domain.eligibility import Cause
from gateway.store.database import Database
from tests.store.city import City
from tests.store.commands import redeem

pytestmark = pytest.mark.anyio


async def test_no_transaction_number_links_an_entry_to_a_pass(postgres_url: str) -> None:
    """A row lock would write the redemption's transaction into the pass's row."""
    database = Database(postgres_url)
    try:
        city = await City.found(database)
        holder = await city.move_in()
        await city.commit(redeem(holder))
        await city.commit(redeem(holder, allowance=0, cause=Cause.NOT_ENTITLED))
        for table in ("pass", "pass_handle", "resident"):
            same = "e.xmin::text IN (t.xmax::text, t.xmin::text)"
            linked = text(f"SELECT count(*) FROM {table} t JOIN entry e ON {same}")
            async with database.read() as connection:
                assert (await connection.execute(linked)).scalar_one() == 0, table
    finally:
        await database.close()


async def test_no_transaction_number_links_a_denial_to_a_quota(postgres_url: str) -> None:
    """A lock on the quota that was asked and is used up would write the denial's transaction into its row."""
    database = Database(postgres_url)
    try:
        city = await City.found(database)
        holder = await city.move_in()
        await city.commit(redeem(holder, allowance=1))
        await city.commit(redeem(holder, allowance=1))
        await city.commit(redeem(holder, allowance=0, cause=Cause.NOT_ENTITLED))
        linked = text(
            "SELECT count(*) FROM quota q JOIN entry e ON e.xmin::text IN (q.xmax::text, q.xmin::text)"
            " WHERE e.kind = :kind"
        )
        async with database.read() as connection:
            denied, redeemed = [
                (await connection.execute(linked, {"kind": kind})).scalar_one() for kind in ("DENIED", "REDEEMED")
            ]
        assert (denied, redeemed) == (0, 1)
    finally:
        await database.close()
