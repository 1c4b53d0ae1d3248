"""One turnstile at one sandbox: it signs in, signs requests ahead, and has residents who bring passes."""

import json
import secrets
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx2

from bench.floor import Steps
from bench.servers import Sandbox
from gateway.assembly import Laurel
from gateway.cli.console import card_office
from gateway.cli.registry_import import import_records
from gateway.cli.sandbox.command import PASS_ISSUER
from gateway.domain.standing import RegistryRecord, Standing
from gateway.settings import Settings
from laurel_client import Credentials

KIND, REWARD, SECTOR = "transit-turnstile", "transit-discount", "transit"

CROWD = 64
"""Residents who come one after another before the first comes again: few on one quota at a time, as in a city."""

NONCE_SECONDS = 30.0
"""A nonce is good for a minute at least, and what is signed with it is sent within half of one."""

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def steward_settings(sandbox: Sandbox) -> Settings:
    """Return the settings of a steward's work on a sandbox's data."""
    return Settings.read(
        database_url=sandbox.database_url,
        keys_dir=sandbox.home / "keys",
        public_url=f"http://127.0.0.1:{sandbox.server.port}",
        pass_issuer=PASS_ISSUER,
    )


def post(body: bytes, *, token: str, proof: str) -> bytes:
    """Return a request as it goes over the wire."""
    head = (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Accept: application/graphql-response+json, application/json\r\n"
        f"Authorization: DPoP {token}\r\nDPoP: {proof}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


class Turnstile:
    """A device with the key in its partner's file, and the steward's side to make residents for it."""

    def __init__(self, sandbox: Sandbox, laurel: Laurel) -> None:
        found = map(Credentials.from_file, sorted((sandbox.home / "partners").glob("*.json")))
        self.credentials = next(one for one in found if one.kind == KIND)
        self.sandbox = sandbox
        self.token = ""
        self._nonce, self._nonce_at = "", -NONCE_SECONDS
        self.laurel = laurel
        self._unused: deque[str] = deque()

    def sign_in(self) -> None:
        """Fetch an access token, as the partner's client does."""
        own, now = self.credentials, time.time()
        answer = httpx2.post(
            own.token_endpoint,
            data={
                "grant_type": "client_credentials",
                "client_assertion_type": _ASSERTION_TYPE,
                "client_assertion": own.key.client_assertion(own.client_id, own.issuer, now=now),
            },
            headers={"DPoP": own.key.proof("POST", own.token_endpoint, now=now, nonce=self.nonce())},
            trust_env=False,
        )
        answer.raise_for_status()
        self.token = answer.json()["access_token"]

    def nonce(self) -> str:
        """Return a nonce that is good for half a minute more; a new one, by a refused request, where need be."""
        if time.monotonic() - self._nonce_at >= NONCE_SECONDS:
            self.renew_nonce()
        return self._nonce

    def renew_nonce(self) -> None:
        """Take the nonce that every answer brings from one that is refused."""
        answer = httpx2.post(self.credentials.graphql_endpoint, trust_env=False)
        self._nonce, self._nonce_at = answer.headers["DPoP-Nonce"], time.monotonic()

    def body(self, document: str, variables: Mapping[str, object]) -> bytes:
        """Return the body of a registered document's request."""
        return json.dumps({"documentId": self.credentials.document(document).id, "variables": variables}).encode()

    def signed(self, body: bytes, *, token: str | None = None) -> bytes:
        """Return a whole request with a fresh proof; it has to be sent within a minute."""
        own, shown = self.credentials, token or self.token
        proof = own.key.proof(
            "POST", own.graphql_endpoint, now=time.time(), token=shown, nonce=self.nonce(), content=body
        )
        return post(body, token=shown, proof=proof)

    async def bare_steps(self) -> Steps:
        """Return what a request can't do without, to be timed by itself."""
        self.sign_in()
        [shown] = await self.residents(1)
        return Steps.of(self.token, shown, keyring=self.laurel.keyring, folder=self.sandbox.home)

    async def passes(self, count: int) -> list[str]:
        """Return pass tokens that each have a unit of quota left for this one use."""
        quota = self.laurel.ports.catalogue.rewards[REWARD].quota.count
        if missing := max(count - len(self._unused), 0):
            self._unused.extend(await self.residents(max(CROWD, -(-missing // quota))) * quota)
        return [self._unused.popleft() for _ in range(count)]

    async def residents(self, count: int) -> list[str]:
        """Register residents with enough hours, and return a new pass token of each."""
        return await register_residents(self.laurel, count)


async def register_residents(laurel: Laurel, count: int) -> list[str]:
    """Register residents with enough hours at a gateway, and return a new pass token of each."""
    today = datetime.now(UTC).astimezone(laurel.ports.catalogue.zone).date()
    names = [f"BENCH-{secrets.token_hex(8)}" for _ in range(count)]
    records = [RegistryRecord(name, Standing(20_000, today)) for name in names]
    await import_records(laurel, records)
    office, expires_at = card_office(laurel), datetime.now(UTC) + timedelta(days=1)
    return [(await office.issue(name, sector=SECTOR, expires_at=expires_at)).token for name in names]
