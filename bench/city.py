"""A city that runs as docs/operations.md says: keys, a migrated database, a gateway, and one turnstile at work."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from bench.commands import command
from bench.servers import UNLIMITED, Sandbox, Server
from bench.turnstile import CROWD, KIND, REWARD, Turnstile
from gateway.assembly import assemble
from gateway.cli.console import closing
from gateway.cli.group_counts import count_groups
from gateway.cli.registry_sample import write_sample
from gateway.settings import Settings as LaurelSettings
from laurel_client.enrolment import enrol, new_key
from tests.flow.processes import Gateway, Settings, serving
from tests.servers.launcher import free_port

VILLAGE = 1000
"""Residents before the city's: enough of them are eligible for rewards to be active."""

SEED = 2
"""Not the big file's: the village's people are others."""

PARTNER = "harbour-metro"


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A running gateway, and a turnstile with passes that it verifies, and others that have a ride each.

    `eligible` is how many residents can have such a ride so far.
    """

    database: str
    database_url: str
    folder: Path
    settings: Settings
    gateway: Gateway
    turnstile: Turnstile
    to_verify: Sequence[str] = field(repr=False)
    to_redeem: Sequence[str] = field(repr=False)
    eligible: int

    async def size(self) -> int:
        """Return the bytes that the database takes on the disk."""
        if self.database == "sqlite":
            path = self.database_url.removeprefix("sqlite:///")
            return sum(file.stat().st_size for file in Path(path).parent.glob(f"{Path(path).name}*"))
        connection = await asyncpg.connect(self.database_url)
        try:
            return int(await connection.fetchval("SELECT pg_database_size(current_database())"))
        finally:
            await connection.close()


@asynccontextmanager
async def city(folder: Path, database: str, database_url: str, *, rides: int) -> AsyncIterator[City]:
    """Set a city up on an empty database, and run its gateway until the block ends. `rides` can be redeemed.

    Raises:
        RuntimeError: a command failed, or the gateway did not start.
    """
    home, port = folder / database, free_port()
    home.mkdir()
    settings = {
        **UNLIMITED,
        "GATEWAY_DATABASE_URL": database_url,
        "GATEWAY_KEYS_DIR": str(home / "keys"),
        "GATEWAY_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SQLITE_TMPDIR": str(folder),  # where an import sorts
    }
    if database == "postgresql":
        await _vacuum_by_itself(database_url)
    code = await _found(home, settings)
    with serving("serve", folder=home, settings=settings, port=port) as gateway:
        partner_file = home / "partners" / f"{PARTNER}.json"
        partner_file.parent.mkdir()
        partner_file.write_text(json.dumps(await enrol(gateway.url, code, new_key())), "utf-8")
        steward = LaurelSettings.read(
            database_url=database_url, keys_dir=home / "keys", public_url=gateway.url, log_level="warning"
        )
        async with closing(assemble(steward)) as laurel:
            seen = Sandbox(database, database_url, home, Server(gateway.process.pid, port))
            turnstile = Turnstile(seen, laurel)
            to_verify, to_redeem = await turnstile.residents(CROWD), await turnstile.passes(rides)
            rule = laurel.ports.catalogue.rewards[REWARD].rule
            eligible = (await count_groups(laurel, keep=False))[rule]
        yield City(
            database=database,
            database_url=database_url,
            folder=home,
            settings=settings,
            gateway=gateway,
            turnstile=turnstile,
            to_verify=to_verify,
            to_redeem=to_redeem,
            eligible=eligible,
        )


async def _found(home: Path, settings: Settings) -> str:
    """Give the steward's first commands; return the code by which the turnstile enrols."""
    with (home / "village.csv").open("w", encoding="utf-8", newline="") as file:
        write_sample(file, VILLAGE, SEED)
    await command("--home", home / "keys", "new", "--all", folder=home, settings=settings, module="keys")
    for words in (
        ("migrate",),
        ("registry", "import", "village.csv"),
        ("partners", "add", KIND, "Harbour Metro"),
    ):
        await command(*words, folder=home, settings=settings)
    offer = await command("partners", "add-device", PARTNER, "--json", folder=home, settings=settings)
    return str(json.loads(offer.output)["code"])


async def _vacuum_by_itself(url: str) -> None:
    """Turn on what PostgreSQL does by default: the servers of the tests leave it out."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("ALTER SYSTEM SET autovacuum = on")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()
