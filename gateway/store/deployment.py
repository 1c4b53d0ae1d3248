"""What a database was made under: never start on another city's, with other keys, or on a sandbox's."""

from collections.abc import Mapping

from sqlalchemy import select

from gateway.domain.errors import ConfigurationError
from gateway.store.database import Database
from gateway.store.tables import DEPLOYMENT


async def require_same_deployment(database: Database, facts: Mapping[str, str]) -> None:
    """Write the facts at the first start; at every later one, refuse a database that was made under others.

    Raises:
        ConfigurationError: names the fact, what the database says and what this start says.
        Unavailable: the database can't answer.
    """
    async with database.write() as connection:
        for name, value in facts.items():
            await connection.execute(
                database.insert(DEPLOYMENT).values(name=name, value=value).on_conflict_do_nothing()
            )
            found = select(DEPLOYMENT.c.value).where(DEPLOYMENT.c.name == name)
            known = (await connection.execute(found)).scalar_one()
            if known != value:
                raise ConfigurationError(
                    f"This database was made with {name} = {known}, but this start has {name} = {value}: "
                    "check GATEWAY_DATABASE_URL, GATEWAY_KEYS_DIR and GATEWAY_PASS_ISSUER."
                )
