"""What a steward's database says of somebody in the registry."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from gateway.auth.hashing import RegistryHasher
from gateway.auth.keyring import Keyring
from gateway.domain.standing import Standing
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.registry import SqlRegistry
from tests.cli.conftest import Steward


def standing(steward: Steward, registry_id: str) -> Standing | None:
    """Return a resident's standing."""
    keyring = Keyring.load(Path(steward.settings["GATEWAY_KEYS_DIR"]), clock=lambda: datetime.now(UTC))

    async def look() -> Standing | None:
        database = Database(steward.settings["GATEWAY_DATABASE_URL"])
        try:
            registry = SqlRegistry(database, AdminRecord(database, who="test"))
            return await registry.standing(RegistryHasher(keyring).hash(registry_id))
        finally:
            await database.close()

    return asyncio.run(look())
