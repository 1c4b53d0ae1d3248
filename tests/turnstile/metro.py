"""A city with one gate: its gateway behind a cable, a device, cards; and the agent, in a process or here."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio

from gateway.assembly import assemble
from gateway.cli.console import card_office, closing
from gateway.cli.registry_import import import_records
from gateway.domain.passes import IssuedPass
from gateway.domain.standing import RegistryRecord, Standing
from gateway.settings import Settings as LaurelSettings
from gateway.store.database import Database
from laurel_client import Credentials, LaurelClient, new_key
from laurel_turnstile.agent import Agent, agent
from laurel_turnstile.line import once
from laurel_turnstile.terms import Terms
from tests.canaries.marks import canary_id
from tests.faults.nursery import Born
from tests.flow.cable import Cable
from tests.flow.conftest import NO_LIMITS
from tests.flow.processes import ROOT, serving
from tests.flow.production import partner_file
from tests.flow.steward import Steward
from tests.history.snapshot import Snapshot, take
from tests.servers.launcher import free_port

KIND, METRO, RIDE = "transit-turnstile", "harbour-metro", "transit-discount"
CROWD = 24
SECONDS_MAX = 90.0
UNHURRIED = 10.0
SOCKET_PATH_MAX = 100
"""A Unix socket's path has 107 bytes at most."""


@dataclass(frozen=True, slots=True)
class City:
    """A gateway that is served, and the cable by which its gate reaches it."""

    folder: Path
    steward: Steward
    cable: Cable
    file: Path
    cards: Sequence[IssuedPass] = field(repr=False)

    @property
    def credentials(self) -> Credentials:
        """The gate's."""
        return Credentials.from_file(self.file)

    async def state(self) -> Snapshot:
        """Read the ledger's tables."""
        database = Database(self.steward.settings.database_url)
        try:
            return await take(database)
        finally:
            await database.close()

    def past_the_cable(self) -> LaurelClient:
        """Return a client of the same device; mend the cable before."""
        return LaurelClient(self.credentials)


@contextmanager
def city(folder: Path, database_url: str, keys: str) -> Iterator[City]:
    """Serve a city on a migrated database, for as long as the block lasts."""
    port = free_port()
    with Cable(f"http://127.0.0.1:{port}") as cable:
        settings = {
            "GATEWAY_DATABASE_URL": database_url,
            "GATEWAY_KEYS_DIR": keys,
            "GATEWAY_PUBLIC_URL": cable.url,
            "GATEWAY_LOG_LEVEL": "info",
            **NO_LIMITS,
        }
        chosen = {name.removeprefix("GATEWAY_").lower(): value for name, value in settings.items()}
        steward = Steward(LaurelSettings.read(**chosen))
        cards, file = asyncio.run(_found(steward, cable.url))
        path = folder / "gate.json"
        path.write_text(json.dumps(file))
        with serving("serve", folder=folder, settings=settings, port=port, start=Born):
            yield City(folder, steward, cable, path, cards)


async def _found(steward: Steward, url: str) -> tuple[list[IssuedPass], dict[str, object]]:
    async with closing(assemble(steward.settings)) as laurel:
        await laurel.require_fit()
        await laurel.require_pass_issuer()
        today = datetime.now(UTC).astimezone(laurel.ports.catalogue.zone).date()
        names = [canary_id() for _ in range(CROWD)]
        await import_records(laurel, [RegistryRecord(name, Standing(20_000, today, ())) for name in names])
        office, until = card_office(laurel), datetime.now(UTC) + timedelta(days=30)
        cards = [await office.issue(name, sector="transit", expires_at=until, pin=None) for name in names]
    await steward.add_partner(KIND, METRO)
    given = partner_file(url, {}, kind=KIND, partner_id=METRO)
    private, public = steward_key()
    await steward.add_key(given, public, scopes=" ".join(given["scopes"]))
    return cards, {**given, "key": private}


def steward_key() -> tuple[dict[str, str], dict[str, str]]:
    """Return a new private key for a device, and its public half."""
    private = new_key()
    return private, {name: private[name] for name in ("kty", "crv", "x", "y", "alg", "kid")}


@asynccontextmanager
async def gate(of: City, folder: Path, *, deadline: float = UNHURRIED) -> AsyncIterator[Agent]:
    """Run the gate's agent in this process, from when its line is up and its provisions are there.

    Only then it hurries: a busy machine must not keep it from what it needs.
    """
    chosen = Terms(folder=folder, settle=0.0, probe_every=0.1, heartbeat=0.2, deadline=UNHURRIED)
    async with agent(of.file, chosen) as running:
        try:
            await until(lambda: provisioned(running))
        except TimeoutError:
            raise AssertionError(f"This gate was not provisioned: {running.status()}") from None
        running.line.quick = running.line.quick.with_policy(once(deadline))
        yield running


def provisioned(running: Agent) -> bool:
    """Whether an agent could decide alone."""
    state = running.status()
    return state["line"] == "up" and None not in (state["list_age_seconds"], state["allowance_left"])


async def until(seen: Callable[[], bool]) -> None:
    """Wait for what an agent does behind."""
    with anyio.fail_after(SECONDS_MAX):
        while not seen():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)


def socket_in(folder: Path) -> str:
    """Return the path of a gate's socket."""
    path = str(folder / "gate.sock")
    assert len(path) < SOCKET_PATH_MAX
    return path


@dataclass(slots=True)
class Process:
    """The agent as people run it."""

    of: City
    folder: Path
    socket: str
    running: "subprocess.Popen[bytes] | None" = None

    @classmethod
    def at(cls, of: City, folder: Path) -> "Process":
        """Return one that does not run yet."""
        return cls(of, folder, socket_in(folder))

    def start(self) -> None:
        """Start it, and wait until it listens."""
        words = ["run", self.of.file, "--folder", self.folder / "queue", "--listen", self.socket]
        more = ["--metrics", "0", "--settle", "0.3", "--rides-per-card", "100000"]
        log = (self.folder / "agent.log").open("ab")
        self.running = subprocess.Popen(
            [sys.executable, "-m", "laurel_turnstile", *map(str, words), *more],
            env={"PATH": os.defpath, "PYTHONPATH": f"{ROOT}/partners/client:{ROOT}/partners/transit-turnstile"},
            stdout=subprocess.PIPE,
            stderr=log,
        )
        log.close()
        assert self.running.stdout is not None
        line = self.running.stdout.readline().decode()
        assert re.match("listening on", line), (self.folder / "agent.log").read_text()

    def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        """End it at once, and return its exit status."""
        assert self.running is not None
        self.running.send_signal(number)
        status = self.running.wait(SECONDS_MAX)
        assert self.running.stdout is not None
        self.running.stdout.close()
        return status
