"""A deployment on any database: one box office, a show, a crowd, and as many nodes as a test starts."""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import httpx2

from gateway.assembly import Laurel, assemble
from gateway.cli.console import card_office, closing
from gateway.cli.registry_import import import_records
from gateway.domain.passes import IssuedPass
from gateway.domain.standing import RegistryRecord, Standing
from gateway.settings import Settings as LaurelSettings
from laurel_client import Credentials, LaurelClient, RetryPolicy, Unavailable
from laurel_client.clock import SYSTEM_CLOCK, Clock
from tests.faults.nursery import Born
from tests.flow.conftest import NO_LIMITS
from tests.flow.processes import Gateway, Settings, serving
from tests.flow.production import partner_file
from tests.flow.programs import Start
from tests.flow.steward import Steward
from tests.servers.launcher import free_port

T = TypeVar("T")

KIND, OFFICE, SHOW = "venue-counter", "grand-theatre", "cultural-event"
PER_RESIDENT = 2
"""What the show's quota gives each resident, for the whole of it: no midnight parts a history."""

RESIDENTS = 6
PLACES = PER_RESIDENT * RESIDENTS - 1
CROWD = 24
"""Enough for the reward to be active."""

HEAL_SECONDS = 45.0
"""How long anybody goes on asking. Healing takes five seconds; a machine may be busy."""

ONCE = RetryPolicy(
    deadline_seconds=20.0, attempt_seconds=20.0, first_pause_seconds=60.0, longest_pause_seconds=60.0
)
"""One attempt: a history tells each apart. Only a machine that does a lot else lets anybody wait so long."""


class Balancer(httpx2.AsyncHTTPTransport):
    """Sends what is meant for the public address to one node's port."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request there."""
        request.url = request.url.copy_with(port=self._port)
        return await super().handle_async_request(request)


@dataclass(frozen=True, slots=True)
class Town:
    """Everything but the nodes. `ports` are where these serve; the first is the public address's."""

    folder: Path
    settings: Settings
    ports: tuple[int, int]
    credentials: Credentials
    passes: Sequence[IssuedPass]
    show: str
    steward: Steward

    @property
    def database_url(self) -> str:
        """Where its data are, past any cable."""
        return self.settings["GATEWAY_DATABASE_URL"]

    @property
    def on_sqlite(self) -> bool:
        """Whether its database is a file."""
        return self.database_url.startswith("sqlite")

    async def with_a_new_show(self) -> "Town":
        """Return the same town with places and quotas that nobody has used."""
        return replace(self, show=await self.steward.announce(OFFICE, SHOW, capacity=PLACES))

    def node(
        self,
        number: int = 0,
        *,
        faulty: bool = False,
        start: Start = Born,
        until: Callable[[Gateway], bool] = Gateway.ready,
        **more: str,
    ) -> AbstractContextManager[Gateway]:
        """Serve on a node's port for as long as the block lasts; `more` are further settings, or others."""
        return serving(
            "faulty" if faulty else "serve",
            folder=self.folder,
            settings={**self.settings, **more},
            port=self.ports[number],
            start=start,
            until=until,
        )

    @asynccontextmanager
    async def client(self, node: int = 0, *, clock: Clock = SYSTEM_CLOCK) -> AsyncIterator[LaurelClient]:
        """Yield a client of the box office's that tries once, at one node."""
        async with httpx2.AsyncClient(transport=Balancer(self.ports[node]), timeout=20) as http:
            yield LaurelClient(self.credentials, http, policy=ONCE, clock=clock)


async def found_town(folder: Path, database_url: str, keys: str) -> Town:
    """Set a town up on an empty database, without a command's second to start."""
    ports = free_port(), free_port()
    settings = {
        "GATEWAY_DATABASE_URL": re.sub("[+][a-z]+", "", database_url, count=1),  # as an operator writes it
        "GATEWAY_KEYS_DIR": keys,
        "GATEWAY_PUBLIC_URL": f"http://127.0.0.1:{ports[0]}",
        "GATEWAY_LOG_LEVEL": "info",
        **NO_LIMITS,
    }
    chosen = {name.removeprefix("GATEWAY_").lower(): value for name, value in settings.items()}
    steward = Steward(LaurelSettings.read(**chosen))
    async with closing(assemble(steward.settings)) as laurel:
        await laurel.require_fit()
        await laurel.require_pass_issuer()
        passes = await _move_in(laurel)
    await steward.add_partner(KIND, OFFICE)
    given = partner_file(settings["GATEWAY_PUBLIC_URL"], {}, kind=KIND, partner_id=OFFICE)
    credentials = await steward.add_device(given, scopes=" ".join(given["scopes"]))
    show = await steward.announce(OFFICE, SHOW, capacity=PLACES)
    return Town(folder, settings, ports, credentials, passes, show, steward)


async def _move_in(laurel: Laurel) -> list[IssuedPass]:
    today = datetime.now(UTC).astimezone(laurel.ports.catalogue.zone).date()
    names = [f"TOWN-{number:06}" for number in range(CROWD)]
    await import_records(laurel, [RegistryRecord(name, Standing(20_000, today, ())) for name in names])
    office, until = card_office(laurel), datetime.now(UTC) + timedelta(days=30)
    return [await office.issue(name, sector="venue", expires_at=until, pin=None) for name in names[:RESIDENTS]]


async def answered(question: Callable[[], Awaitable[T]]) -> T:
    """Ask what has no effect, again and again until there is an answer, as everybody does who is told 503."""
    give_up_at = time.monotonic() + HEAL_SECONDS
    while True:
        try:
            return await question()
        except Unavailable:
            assert time.monotonic() < give_up_at, "the gateway did not heal"
            await asyncio.sleep(0.1)


SOAK = "FAULT_SECONDS" in os.environ
"""Whether nothing else keeps this machine busy, so that times may be judged."""


def seconds(short: float) -> float:
    """Return how long clients work in a phase: briefly, unless the environment says otherwise."""
    return float(os.environ.get("FAULT_SECONDS", short))
