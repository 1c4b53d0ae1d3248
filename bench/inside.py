"""The whole gateway in this process, driven without HTTP: what a request costs between uvicorn and the database.

The application, its keys, a database and a crowd are real; a gate's requests are signed ahead and handed over as
uvicorn would hand them over.
"""

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, redirect_stderr
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Scope

from bench import ROOT
from bench.turnstile import CROWD, KIND, REWARD, register_residents
from gateway.app import create_app
from gateway.assembly import Laurel, assemble
from gateway.auth import access_tokens
from gateway.auth.nonces import Nonces
from gateway.cli.console import closing
from gateway.cli.sandbox.city import build_city
from gateway.logs import configure_logs
from gateway.settings import Settings
from gateway.store.migrate import upgrade
from laurel_client import Credentials, new_request_id

PUBLIC_URL = "https://laurel.example"
RATE = 1_000_000
"""One gate stands for hundreds: limits are counted and never reached."""


@dataclass(frozen=True, slots=True)
class Given:
    """A whole request, as uvicorn hands it to an application."""

    scope: Scope
    body: bytes


class Gate:
    """One turnstile and the crowd before it. Every request is right, and has a fresh proof."""

    def __init__(self, laurel: Laurel, credentials: Credentials, token: str, crowd: list[str]) -> None:
        self.laurel, self.crowd, self.token = laurel, crowd, token
        self._own = credentials
        self._nonces = Nonces(laurel.keyring, laurel.clock)

    def verify(self, shown: str) -> Given:
        """Ask whether a pass may have the reward."""
        return self.signed("VerifyPass", {"pass": shown, "reward": REWARD, "quantity": 1})

    def redeem(self, shown: str, request_id: str | None = None) -> Given:
        """Redeem the reward, or ask the same again."""
        wanted = {"pass": shown, "reward": REWARD, "quantity": 1, "requestId": request_id or new_request_id()}
        return self.signed("RedeemReward", {"input": wanted})

    def signed(self, document: str, variables: Mapping[str, object]) -> Given:
        """Return a registered document's request."""
        own = self._own
        sent = {"documentId": own.document(document).id, "variables": variables}
        body = json.dumps(sent, separators=(",", ":")).encode()
        proof = own.key.proof(
            "POST",
            own.graphql_endpoint,
            now=time.time(),
            token=self.token,
            nonce=self._nonces.issue(),
            content=body,
        )
        headers = {
            "host": "laurel.example",
            "content-type": "application/json",
            "accept": "application/graphql-response+json, application/json",
            "authorization": f"DPoP {self.token}",
            "dpop": proof,
            "content-length": str(len(body)),
        }
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "root_path": "",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 40000),
            "server": ("127.0.0.1", 8000),
            "state": {},
        }
        return Given(scope, body)


async def ask(app: ASGIApp, given: Given) -> tuple[int, bytes]:
    """Hand a request over; return status and body of the answer."""
    status, parts = 0, list[bytes]()
    unread = [given.body]

    async def receive() -> Message:
        return {"type": "http.request", "body": unread.pop(), "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            parts.append(message["body"])

    await app(given.scope, receive, send)
    return status, b"".join(parts)


def right(answer: tuple[int, bytes], kind: str) -> Mapping[str, Any]:
    """Return what an answer says, which has to be of a kind; a wrong one ends whatever is measured."""
    status, body = answer
    assert status == 200, f"an answer has status {status}"
    [told] = json.loads(body)["data"].values()
    assert told["__typename"] == kind, f"an answer is {told['__typename']}"
    return dict(told)


@asynccontextmanager
async def inside(folder: Path, database_url: str, *, crowd: int = CROWD) -> AsyncIterator[tuple[ASGIApp, Gate]]:
    """Assemble a gateway on an empty database, and run its application, while the block lasts.

    It logs every request to a file, as `gateway serve` does by default. Nobody keeps house meanwhile: chores go by
    the clock, and would be counted with whatever request they fall upon.
    """
    settings = Settings.read(
        database_url=database_url,
        keys_dir=folder / "keys",
        public_url=PUBLIC_URL,
        device_rate=RATE,
        partner_rate=RATE,
    )
    with (folder / "log").open("w") as log, redirect_stderr(log):
        configure_logs("info")
        async with closing(assemble(settings, sandbox=True)) as laurel:
            gate = await _gate(laurel, folder, crowd)
            await laurel.groups.refresh()  # the one chore that answers wait for
            yield create_app(laurel), gate


def prepare(folder: Path, database_url: str) -> None:
    """Make keys in a folder, and tables in an empty database."""
    command = [sys.executable, "-m", "keys", "--home", str(folder / "keys"), "new", "--all", "--sandbox"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    upgrade(database_url)


async def _gate(laurel: Laurel, folder: Path, crowd: int) -> Gate:
    city = await build_city(laurel, folder)
    device = city.devices[KIND]
    credentials = Credentials.from_file(folder / "partners" / f"{device.partner.id}.json")
    token = access_tokens.issue(
        device, device.scopes, keyring=laurel.keyring, issuer=PUBLIC_URL, now=datetime.now(UTC)
    )
    return Gate(laurel, credentials, token, await register_residents(laurel, crowd))
