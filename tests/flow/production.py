"""A production deployment, set up by the commands of the operations guide alone: two nodes on one database."""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from gateway.settings import Settings as LaurelSettings
from gateway.store.catalogue import load_catalogue
from gateway.store.profiles import load_profiles
from laurel_client import Credentials, LaurelClient
from tests.flow.cable import Cable
from tests.flow.processes import ROOT, Gateway, Settings, run, serving
from tests.flow.steward import Steward, new_key
from tests.servers.launcher import free_port

KIND, RIDE = "transit-turnstile", "transit-discount"

FIVE = f"""query VerifyFive({", ".join(f"$p{n}: String!" for n in range(5))}) {{
  {" ".join(f'a{n}: verifyPass(pass: $p{n}, reward: "{RIDE}") {{ __typename }}' for n in range(4))}
  verifyPass(pass: $p4, reward: "{RIDE}") {{ __typename }}
}}
"""
"""A document that this deployment alone registers."""

EARLIER = "query Service { service { name } }\n"
"""A version of before, which this deployment's older devices still send."""


class Rerouted(httpx2.AsyncHTTPTransport):
    """Sends what is meant for the public address to one node, as a load balancer would."""

    def __init__(self, node: Gateway) -> None:
        super().__init__()
        self._port = urlsplit(node.url).port

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request to the node's port."""
        request.url = request.url.copy_with(port=self._port)
        return await super().handle_async_request(request)


@dataclass(frozen=True, slots=True)
class Production:
    """Two nodes behind one public address, the first one's. The second reaches its servers by cables."""

    folder: Path
    settings: Settings
    nodes: tuple[Gateway, Gateway]
    credentials: Credentials
    database: Cable
    memory: Cable

    @asynccontextmanager
    async def client(self, node: int) -> AsyncIterator[LaurelClient]:
        """Yield a client of the partner's, signed in, whose requests all go to one node."""
        async with httpx2.AsyncClient(transport=Rerouted(self.nodes[node])) as http:
            client = LaurelClient(self.credentials, http)
            await client.sign_in()
            yield client

    def command(self, *arguments: str | Path, given: str = "") -> str:
        """Run a steward's command and return what it prints."""
        return succeed(*arguments, folder=self.folder, settings=self.settings, given=given)

    async def new_device(self, partner_id: str = "harbour-metro") -> Credentials:
        """Register one more device of a partner's: one that has done nothing yet."""
        given = partner_file(self.nodes[0].url, {}, partner_id=partner_id, partners=self.folder / "partners")
        return await self.steward.add_device(given, scopes=" ".join(given["scopes"]))

    @property
    def steward(self) -> Steward:
        """Who works on its data, without a command's second to start."""
        return Steward(
            LaurelSettings.read(
                database_url=self.settings["GATEWAY_DATABASE_URL"],
                keys_dir=self.folder / "keys",
                public_url=self.nodes[0].url,
            )
        )


def succeed(
    *arguments: str | Path, folder: Path, settings: Settings, given: str = "", module: str = "gateway"
) -> str:
    """Run a command that must succeed, and return what it prints."""
    done = run(*arguments, folder=folder, settings=settings, given=given, module=module)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def make_keys(home: Path, *flags: str) -> None:
    """Make a key home with a key for every purpose."""
    succeed("--home", home, "new", "--all", *flags, folder=home.parent, settings={}, module="keys")


@contextmanager
def production(folder: Path, database_url: str, redis_url: str, *, crowd: int = 100) -> Iterator[Production]:
    """Set a deployment up on an empty database, and run it for as long as the block lasts.

    A third of the `crowd` has ten hours.
    """
    ports = free_port(), free_port()
    settings = {
        "GATEWAY_DATABASE_URL": database_url,
        "GATEWAY_REDIS_URL": redis_url,
        "GATEWAY_KEYS_DIR": str(folder / "keys"),
        "GATEWAY_PARTNERS_DIR": str(folder / "partners"),
        "GATEWAY_PUBLIC_URL": f"http://127.0.0.1:{ports[0]}",
        "GATEWAY_LOG_LEVEL": "debug",
    }
    make_keys(folder / "keys")
    shutil.copytree(ROOT / "partners", folder / "partners", ignore=shutil.ignore_patterns("client"))
    (folder / "partners" / KIND / "VerifyFive.graphql").write_text(FIVE, "utf-8")
    (folder / "partners" / KIND / "earlier").mkdir()
    (folder / "partners" / KIND / "earlier" / "Service.2026-11.graphql").write_text(EARLIER, "utf-8")
    succeed("migrate", folder=folder, settings=settings)
    private, public = new_key()
    (folder / "gate.jwk.json").write_text(json.dumps(public))
    for command in (
        ("registry", "sample", "--residents", str(crowd), "--out", folder / "crowd.csv"),
        ("registry", "import", folder / "crowd.csv"),
        ("partners", "add", KIND, "Harbour Metro"),
        ("partners", "add-device", "harbour-metro", folder / "gate.jwk.json", "--label", "gate 1"),
    ):
        succeed(*command, folder=folder, settings=settings)
    with ExitStack() as stack:
        database, memory = (stack.enter_context(Cable(url)) for url in (database_url, redis_url))
        by_cable = {**settings, "GATEWAY_DATABASE_URL": database.url, "GATEWAY_REDIS_URL": memory.url}
        first, second = (
            stack.enter_context(serving("serve", folder=folder, settings=given, port=port))
            for given, port in zip((settings, by_cable), ports, strict=True)
        )
        credentials = Credentials.from_mapping(partner_file(first.url, private, partners=folder / "partners"))
        yield Production(folder, settings, (first, second), credentials, database, memory)


def partner_file(
    issuer: str,
    key: dict[str, str],
    *,
    kind: str = KIND,
    partner_id: str = "harbour-metro",
    partners: Path = ROOT / "partners",
) -> dict[str, Any]:
    """Return what a partner would write down of what it was given: of documents, their ids alone."""
    profile = load_profiles(partners, load_catalogue(partners / "catalogue"))[kind]
    return {
        "partner_id": partner_id,
        "client_id": partner_id,
        "kind": kind,
        "scopes": sorted(profile.scopes),
        "rewards": sorted(profile.rewards),
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "graphql_endpoint": f"{issuer}/graphql",
        "key": key,
        "documents": {name: {"id": one.id} for name, one in profile.documents.items()},
        "occasions": {},
    }
