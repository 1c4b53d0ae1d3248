"""The migrated schema is the one that the tables declare, on both databases, and no other is served."""

import asyncio
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Inspector, inspect, text

import gateway.store.migrations
from gateway.domain.errors import ConfigurationError, Unavailable
from gateway.store.database import Database
from gateway.store.migrate import Upgraded, require_head, upgrade
from gateway.store.tables import METADATA

T = TypeVar("T")

PARTITION = re.compile(r"[a-z_]+_p[0-9]{2}")
"""The name of a part of a table: a test of its own looks at these."""


def with_connection(url: str, work: Callable[[Connection], T]) -> T:
    async def run() -> T:
        database = Database(url)
        try:
            async with database.write() as connection:
                return await connection.run_sync(work)
        finally:
            await database.close()

    return asyncio.run(run())


def alembic_config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(str(gateway.store.migrations.__file__)).parent))
    config.attributes["connection"] = connection
    return config


def _require_head(url: str) -> None:
    async def run() -> None:
        database = Database(url)
        try:
            await require_head(database)
        finally:
            await database.close()

    asyncio.run(run())


def _facts(inspector: Inspector) -> dict[str, dict[str, Any]]:
    """What a database says of its tables, as far as it does not depend on the order of their making."""
    return {
        table: {
            "columns": [
                (each["name"], str(each["type"]), each["nullable"]) for each in inspector.get_columns(table)
            ],
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": sorted(inspector.get_foreign_keys(table), key=str),
            "unique": sorted(inspector.get_unique_constraints(table), key=str),
            "indexes": sorted(map(_index, inspector.get_indexes(table)), key=str),
            "checks": sorted((each["name"], each["sqltext"]) for each in inspector.get_check_constraints(table)),
        }
        for table in inspector.get_table_names()
        if table != "alembic_version" and not PARTITION.fullmatch(table)
    }


def is_whole(name: str | None, kind: str, parents: Mapping[str, str | None]) -> bool:
    return kind != "table" or PARTITION.fullmatch(name or "") is None


def _is_meant_for(connection: Connection) -> Callable[..., bool]:
    """Return what leaves out the keys that are declared for another database: Alembic takes no notice of that."""

    def is_meant(declared: Any, *_: Any) -> bool:
        condition = getattr(declared, "_ddl_if", None)
        return condition is None or condition.dialect == connection.dialect.name

    return is_meant


def _index(found: Mapping[str, Any]) -> dict[str, Any]:
    """An index as text: of one with a condition, SQLite gives that as an object."""
    options = {name: str(option) for name, option in found.get("dialect_options", {}).items()}
    return {**found, "dialect_options": options}


def test_the_migrations_make_what_the_tables_declare(database_url: str) -> None:
    def differences(connection: Connection) -> list[Any]:
        opts = {"compare_type": True, "include_name": is_whole, "include_object": _is_meant_for(connection)}
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, METADATA))

    assert with_connection(database_url, differences) == []


def test_the_migrations_make_every_constraint_under_its_declared_name(database_url: str) -> None:
    """Alembic compares no CHECK; names matter, for a later migration has to name what it drops."""

    def migrated_and_declared(connection: Connection) -> tuple[Any, Any]:
        migrated = _facts(inspect(connection))
        command.downgrade(alembic_config(connection), "base")
        METADATA.create_all(connection)
        return migrated, _facts(inspect(connection))

    migrated, declared = with_connection(database_url, migrated_and_declared)
    assert migrated == declared
    assert "ck_quota_used" in dict(migrated["quota"]["checks"])


def test_down_and_up_again(database_url: str) -> None:
    before = with_connection(database_url, lambda connection: _facts(inspect(connection)))
    with_connection(database_url, lambda connection: command.downgrade(alembic_config(connection), "base"))
    assert with_connection(database_url, lambda connection: _facts(inspect(connection))) == {}
    with pytest.raises(ConfigurationError, match=r"schema none, .* run `gateway migrate`"):
        _require_head(database_url)
    upgrade(database_url)
    _require_head(database_url)
    assert with_connection(database_url, lambda connection: _facts(inspect(connection))) == before


def test_upgrading_what_is_new_already_changes_nothing(database_url: str) -> None:
    before = with_connection(database_url, lambda connection: _facts(inspect(connection)))
    upgrade(database_url)
    assert with_connection(database_url, lambda connection: _facts(inspect(connection))) == before


def test_a_change_of_the_schema_is_written_down_and_only_that(database_url: str) -> None:
    head = upgrade(database_url, who="os:lin").schema
    with_connection(database_url, lambda connection: command.downgrade(alembic_config(connection), "0002"))
    assert upgrade(database_url, who="os:lin") == Upgraded(head, changed=True)
    assert upgrade(database_url, who="os:lin") == Upgraded(head, changed=False)
    found = "SELECT who, action, subject, facts FROM admin_record"
    rows = with_connection(database_url, lambda connection: connection.execute(text(found)).all())
    assert [tuple(row) for row in rows] == [("os:lin", "migrate", head, "{}")]


def test_a_schema_of_another_version_is_refused(database_url: str) -> None:
    with_connection(
        database_url,
        lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '0000'")),
    )
    with pytest.raises(ConfigurationError, match="schema 0000, not "):
        _require_head(database_url)


def test_a_new_sqlite_file_is_made_with_its_folder(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/folder/laurel.db"
    upgrade(url)
    _require_head(url)


def test_a_database_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        upgrade("postgresql://laurel@127.0.0.1:1/laurel")


@pytest.mark.parametrize("url", ["", "laurel.db", "mysql://laurel@127.0.0.1/laurel"])
def test_what_is_no_database_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        upgrade(url)
