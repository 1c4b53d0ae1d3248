"""On PostgreSQL, tables that grow with traffic are partitioned by hash, and keep their rows when moved."""

from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Index, PrimaryKeyConstraint, Table, UniqueConstraint, inspect, text

from gateway.store.tables import METADATA
from gateway.store.tables.partitions import PARTITIONS
from tests.store.city import City
from tests.store.commands import cancel, confirm, granted, held, hold, redeem, release, reverse
from tests.store.taps import tap
from tests.store.test_migrations import PARTITION, alembic_config, with_connection
from tests.store.test_uploads import upload

BEFORE, PARTITIONED = "0009", "0010"

HASHED = {
    "entry": "request_id",
    "evidence": "request_id",
    "hold": "id",
    "look": "tag",
    "quota": "pseudonym",
    "redemption": "id",
    "tap": "request_id",
    "used_proof": "digest",
    "used_showing": "mark",
}

_LEAVES = """
SELECT parent.relname AS parent, pg_get_partkeydef(parent.oid) AS key, count(leaf.oid) AS leaves,
  array_agg(pg_get_expr(leaf.relpartbound, leaf.oid)) AS bounds
FROM pg_class AS parent JOIN pg_inherits ON inhparent = parent.oid JOIN pg_class AS leaf ON inhrelid = leaf.oid
WHERE parent.relkind = 'p' GROUP BY parent.oid
"""


def unique_keys(table: Table) -> list[set[str]]:
    """Return the columns of each key of a table that PostgreSQL keeps unique."""
    keys: list[PrimaryKeyConstraint | UniqueConstraint | Index] = [table.primary_key]
    keys += [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    keys += [one for one in table.indexes if one.unique]
    return [set(key.columns.keys()) for key in keys if _on_postgresql(key)]


def _on_postgresql(key: Any) -> bool:
    condition = getattr(key, "_ddl_if", None)
    return condition is None or condition.dialect == "postgresql"


def test_every_unique_key_has_the_column_that_a_table_is_partitioned_by() -> None:
    declared = {
        table.name: table.dialect_options["postgresql"]["partition_by"] for table in METADATA.tables.values()
    }
    assert {name: by for name, by in declared.items() if by} == {
        name: f"HASH ({column})" for name, column in HASHED.items()
    }
    for name, column in HASHED.items():
        assert all(column in key for key in unique_keys(METADATA.tables[name])), name


def test_each_has_all_its_partitions(postgres_url: str) -> None:
    rows = with_connection(postgres_url, lambda connection: connection.execute(text(_LEAVES)).all())
    assert {row.parent: row.key for row in rows} == {name: f"HASH ({column})" for name, column in HASHED.items()}
    for row in rows:
        remainders = {f"FOR VALUES WITH (modulus {PARTITIONS}, remainder {one})" for one in range(PARTITIONS)}
        assert (row.leaves, set(row.bounds)) == (PARTITIONS, remainders)


def _contents(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables, in no order."""
    names = [name for name in inspect(connection).get_table_names() if not PARTITION.fullmatch(name)]
    rows = {name: connection.execute(text(f"SELECT * FROM {name}")).all() for name in names}
    return {name: sorted(map(tuple, rows[name]), key=str) for name in names if name != "alembic_version"}


async def _lived_in(city: City) -> None:
    """Leave rows in every table that is moved."""
    await city.announce(capacity=9)
    holder = await city.move_in()
    for _ in range(40):
        granted(await city.commit(redeem(await city.move_in())))
    granted(await city.commit(reverse(granted(await city.commit(redeem(holder))))))
    await city.commit(redeem(holder, allowance=0))
    granted(await city.commit(confirm(held(await city.commit(hold(holder, occasion="show-1"))))))
    await city.commit(release(held(await city.commit(hold(holder)))))
    await city.commit(cancel())
    await upload(city, *[tap(await city.move_in()) for _ in range(3)])
    async with city.database.write() as connection:
        for table, column in (("look", "tag"), ("used_showing", "mark")):
            await connection.execute(
                text(f"INSERT INTO {table} ({column}, forget_after) VALUES (:one, '2027-01-01')"),
                [{"one": bytes([number] * 32)} for number in range(50)],
            )


@pytest.mark.anyio
async def test_down_and_up_again_with_rows(city: City, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is there after each step, wherever the stretches end that are copied at a time."""
    await _lived_in(city)
    scripts = ScriptDirectory.from_config(alembic_config(None))
    monkeypatch.setattr(scripts.get_revision("0010").module, "STRETCH", 1)
    monkeypatch.setattr(ScriptDirectory, "from_config", lambda config: scripts)
    told: list[tuple[str, int, float]] = []
    async with city.database.write() as connection:
        await connection.run_sync(lambda given: command.downgrade(alembic_config(given), PARTITIONED))
        before = await connection.run_sync(_contents)
        assert all(len(before[name]) > 1 for name in HASHED if name != "hold")

        def config(given: Connection) -> Any:
            made = alembic_config(given)
            made.attributes["tell"] = lambda *how_far: told.append(how_far)
            return made

        await connection.run_sync(lambda given: command.downgrade(config(given), BEFORE))
        assert await connection.run_sync(_contents) == before
        await connection.run_sync(lambda given: command.upgrade(config(given), PARTITIONED))
        assert await connection.run_sync(_contents) == before
        await connection.run_sync(lambda given: command.upgrade(alembic_config(given), "head"))
    if not city.database.is_sqlite:
        last = {name: (rows, part) for name, rows, part in told}
        assert last == {name: (len(before[name]), 1.0) for name in HASHED}
        assert len(told) > 2 * len(HASHED)


_UNIQUE = """
SELECT indexrelid::regclass::text FROM pg_index
WHERE indisunique AND indrelid = ANY(SELECT oid FROM pg_class WHERE relname = ANY(:tables))
"""


def test_a_key_that_no_partition_could_keep_is_there_without_them(postgres_url: str) -> None:
    def keys(connection: Connection) -> set[str]:
        return set(connection.execute(text(_UNIQUE), {"tables": list(HASHED)}).scalars())

    def down_and_up(connection: Connection) -> tuple[set[str], set[str]]:
        command.downgrade(alembic_config(connection), BEFORE)
        whole = keys(connection)
        command.upgrade(alembic_config(connection), "head")
        return whole, keys(connection)

    whole, hashed = with_connection(postgres_url, down_and_up)
    assert hashed == {f"pk_{name}" for name in HASHED}
    assert whole - hashed == {
        "ix_redemption_hold_id",
        "uq_hold_partner_id_request_id",
        "uq_redemption_partner_id_request_id",
    }
