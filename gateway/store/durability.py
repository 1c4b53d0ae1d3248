"""What a database must be set to, so that what was acknowledged survives a crash of its machine."""

from sqlalchemy import text

from gateway.domain.errors import ConfigurationError
from gateway.store.database import Database

_SAFE_SQLITE = {"journal_mode": ("wal",), "synchronous": ("2", "3")}
_SAFE_POSTGRESQL = {
    "fsync": ("on",),
    "synchronous_commit": ("on", "remote_write", "remote_apply"),
    "full_page_writes": ("on",),
}


async def require_durability(database: Database) -> None:
    """Refuse settings under which an acknowledged redemption could be lost.

    Raises:
        ConfigurationError: names the setting and its safe value.
        Unavailable: the database can't answer.
    """
    safe = _SAFE_SQLITE if database.is_sqlite else _SAFE_POSTGRESQL
    question = "PRAGMA {}" if database.is_sqlite else "SHOW {}"
    async with database.write() as connection:
        found = {name: str((await connection.execute(text(question.format(name)))).scalar_one()) for name in safe}
    for name, value in found.items():
        if value not in safe[name]:
            raise ConfigurationError(
                f"The database runs with {name} = {value}, which can lose redemptions; set it to {safe[name][0]}."
            )
