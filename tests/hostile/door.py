"""The gateway as it serves, in this process: real HTTP, a real database, and a clock that stands still at NOW."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
from sqlalchemy import literal
from structlog.testing import capture_logs

from gateway.app import create_app
from gateway.assembly import Laurel, assemble
from gateway.auth import access_tokens
from gateway.cli.console import card_office, record_of
from gateway.cli.registry_import import import_records
from gateway.cli.serve import bind, server
from gateway.domain.partners import Device, Partner, Scope
from gateway.domain.passes import IssuedPass
from gateway.domain.standing import RegistryRecord, Standing
from gateway.settings import Settings
from gateway.store.catalogue import load_catalogue
from gateway.store.instants import Instant
from gateway.store.partners import SqlPartners
from gateway.store.profiles import load_profiles
from tests.auth.key_home import DAY, NOW, Hands, one_of_each, write_home
from tests.auth.machines import ISSUER, Machine, machine

METRO, GAS = "harbour-metro", "city-gas"
KINDS = {METRO: "transit-turnstile", GAS: "gas-desk", "old-metro": "transit-turnstile"}
RIDE = "transit-discount"
ROOT = Path(__file__).parents[2]
DOCUMENTS = load_profiles(ROOT / "partners", load_catalogue(ROOT / "partners" / "catalogue"))[
    KINDS[METRO]
].documents


def asking(document: str, **variables: object) -> bytes:
    """The body that has one of the gate's documents run."""
    return json.dumps({"documentId": DOCUMENTS[document].id, "variables": variables}).encode()


SERVICE = asking("Service")
NO_LIMITS = {"device_rate": 10**6, "partner_rate": 10**6, "denied_codes": 10**6}

GATE = machine(client_id=METRO)
EDWARDS, RSA = (machine(algorithm, client_id=METRO) for algorithm in ("EdDSA", "PS256"))
OTHER = machine(client_id=GAS)
STRANGER = machine("EdDSA", client_id="stranger")
SUSPENDED = machine(client_id="old-metro")
REVOKED, EXPIRED, FUTURE = (machine("EdDSA", client_id=name) for name in ("revoked", "expired", "future"))


@dataclass(frozen=True)
class Request:
    """What is sent. `head_bytes`: fill address and headers up to so many."""

    path: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    head_bytes: int = 0


@dataclass(frozen=True)
class Seen:
    """What came back: the status, what the caller was told in a word, and what the log alone knows."""

    status: int
    told: str
    reason: str
    answer: httpx2.Response = field(compare=False)


@dataclass
class Door:
    """The server, and whoever knocks."""

    laurel: Laurel
    http: httpx2.AsyncClient
    devices: Mapping[str, Device]
    card: IssuedPass
    clock: Hands
    gate_token: str = ""
    """The gate's token, for proofs that are made before the request is: `ath` names it."""

    def __post_init__(self) -> None:
        self.gate_token = self.token()

    def token(self, one: Machine = GATE, *scopes: Scope) -> str:
        """A right access token of a machine's."""
        device, granted, now = self.devices[one.kid], set(scopes or Scope), self.clock()
        return access_tokens.issue(device, granted, keyring=self.laurel.keyring, issuer=ISSUER, now=now)

    def graphql(
        self,
        *,
        token: str | None = None,
        proof: str | None = None,
        body: bytes = SERVICE,
        one: Machine = GATE,
        **changes: Any,
    ) -> Request:
        """A GraphQL request, right but for what is given; `changes` are of the proof."""
        token = self.token(one) if token is None else token
        proof = one.proof(token=token, **changes) if proof is None else proof
        headers = [("Authorization", f"DPoP {token}"), ("DPoP", proof), ("Content-Type", "application/json")]
        return Request("/graphql", headers, body)

    def sign_in(
        self, assertion: str | None = None, *, proof: str | None = None, one: Machine = GATE, **form: str
    ) -> Request:
        """A request for a token, right but for what is given."""
        parameters = {**one.form(client_assertion=assertion or one.assertion()), **form}
        headers = [("DPoP", proof or one.proof()), ("Content-Type", "application/x-www-form-urlencoded")]
        return Request("/oauth/token", headers, urlencode(parameters).encode())

    def show(self, shown: str, reward: str = RIDE) -> Request:
        """The question about a pass, in a right request."""
        return self.graphql(body=asking("VerifyPass", **{"pass": shown, "reward": reward}))

    async def send(self, request: Request, *, times: int = 1) -> Seen:
        """Send a request, and tell what came of it, the last time."""
        built = self.http.build_request("POST", request.path, headers=list(request.headers), content=request.body)
        if request.head_bytes:
            taken = len(built.url.raw_path) + sum(len(name) + len(value) + 4 for name, value in built.headers.raw)
            built.headers["X-Filler"] = "x" * (request.head_bytes - taken - len("X-Filler") - 4)
        with capture_logs() as log:
            answer = await self.http.send(built)
            for _ in range(times - 1):
                answer = await self.http.send(built)
        reasons = [str(entry["reason"]) for entry in log if "reason" in entry]
        return Seen(answer.status_code, _told(answer), reasons[-1] if reasons else "", answer)


def _told(answer: httpx2.Response) -> str:
    """What an answer says, in a word."""
    if not answer.headers.get("content-type", "").startswith("application/"):
        return ""
    content = answer.json()
    if "errors" in content:
        extensions = content["errors"][0]["extensions"]
        return str(extensions.get("reason") or extensions["code"])
    if "data" in content:
        [found] = content["data"].values()
        return str((found or {}).get("__typename", "data"))
    return f"{content['error']} skew" if "skew_seconds" in content else str(content.get("error", "token"))


def _devices() -> dict[str, Device]:
    """Every machine that a city knows or knew, by its key."""
    partners = {name: Partner(id=name, kind=kind, name=name) for name, kind in KINDS.items()}
    owners = {GATE: METRO, EDWARDS: METRO, RSA: METRO, OTHER: GAS, SUSPENDED: "old-metro"}
    owners |= dict.fromkeys((REVOKED, EXPIRED, FUTURE), METRO)
    made = {
        one.kid: one.device(id=f"dev_{number}", partner=partners[owner])
        for number, (one, owner) in enumerate(owners.items())
    }
    made[EXPIRED.kid] = replace(made[EXPIRED.kid], not_after=NOW)
    made[FUTURE.kid] = replace(made[FUTURE.kid], not_before=NOW + timedelta(seconds=1))
    return made


async def _settle(laurel: Laurel, devices: Mapping[str, Device]) -> IssuedPass:
    """Let a city be there, with enough volunteers for its rewards; return one's pass."""
    rows = SqlPartners(laurel.database, record_of(laurel))
    for name, kind in KINDS.items():
        await rows.add(Partner(id=name, kind=kind, name=name))
    for device in devices.values():
        await rows.add_device(device)
    assert await rows.revoke_device(devices[REVOKED.kid].id)
    assert await rows.suspend("old-metro")
    volunteers = [f"VOLUNTEER-{number}" for number in range(30)]
    await import_records(laurel, [RegistryRecord(name, Standing(20_000, NOW.date())) for name in volunteers])
    return await card_office(laurel).issue(volunteers[0], sector="transit", expires_at=NOW + 30 * DAY)


@asynccontextmanager
async def opened(folder: Path, database: bytes) -> AsyncIterator[Door]:
    """Serve a city on an empty, migrated SQLite database until the block ends."""
    (folder / "laurel.sqlite").write_bytes(database)
    url = f"sqlite:///{folder / 'laurel.sqlite'}"
    home, clock = write_home(folder / "keys", one_of_each()), Hands()
    laurel = assemble(Settings.read(database_url=url, keys_dir=home, public_url=ISSUER, **NO_LIMITS), clock=clock)
    laurel.database.now = lambda: literal(clock(), Instant())
    devices = _devices()
    card = await _settle(laurel, devices)
    listening = bind("127.0.0.1", 0)
    serving = server(create_app(laurel))
    running = asyncio.create_task(serving.serve(sockets=[listening]))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        async with httpx2.AsyncClient(base_url=address, trust_env=False, timeout=30) as http:
            await _until(lambda: serving.started, running)
            yield Door(laurel, http, devices, card, clock)
    finally:
        serving.should_exit = True
        await running
        await laurel.close()


async def _until(true: Callable[[], bool], running: "asyncio.Task[None]") -> None:
    while not true():
        assert not running.done(), "the server ended"
        await asyncio.sleep(0.01)
