"""PostgreSQL whose tables lie on a disk of a few megabytes, a tmpfs that it alone sees; a test fills and frees it.

It takes root and leave to mount in a namespace of one's own (`unshare`), which containers mostly forbid.
"""

import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from tests.servers import keeper, postgres

SIZE = "64m"
NAME = "laurel"
"""The database; an empty one takes eight megabytes, its tables two more."""


def _in_a_namespace(disk: Path, size: str) -> list[str]:
    """Return what to put before a command so that it sees an empty disk of a size in a folder."""
    owner = keeper.bare_surroundings().get("user", os.geteuid())
    mount = f"mount -t tmpfs -o size={size},mode=0700,uid={owner} tmpfs '{disk}'"
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", f'{mount} && exec "$@"', "sh"]


def may_mount() -> bool:
    """Whether this process may give another one a disk of its own."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            tried = subprocess.run(
                [*_in_a_namespace(Path(folder), "1m"), "true"], capture_output=True, check=False
            )
        except FileNotFoundError:
            return False
        return os.geteuid() == 0 and tried.returncode == 0


class SmallDisk:
    """The disk, and the URL of the database on it."""

    def __init__(self, url: str, filler: Path) -> None:
        self.url = url
        self._filler = filler

    @contextmanager
    def full(self) -> Iterator[None]:
        """Leave no room on it for as long as the block lasts."""
        chunk = bytes(4096)
        with self._filler.open("wb", buffering=0) as file:
            try:
                while file.write(chunk):
                    pass
            except OSError:  # no space left on device
                pass
        try:
            yield
        finally:
            self._filler.unlink()


@asynccontextmanager
async def on_a_small_disk() -> AsyncIterator[SmallDisk]:
    """Run a cluster of the test's own, with a database on a small disk.

    Raises:
        LookupError, RuntimeError: as in `postgres.serve`.
    """
    with tempfile.TemporaryDirectory(prefix="laurel-disk-") as folder:
        disk = Path(folder)
        with postgres.restartable(within=_in_a_namespace(disk, SIZE)) as cluster:
            await _create(cluster.url, disk)
            seen = Path(f"/proc/{cluster.pid}/root{disk}")
            yield SmallDisk(urlsplit(cluster.url)._replace(path=f"/{NAME}").geturl(), seen / "filler")


async def _create(url: str, disk: Path) -> None:
    session = await asyncpg.connect(url)
    try:
        await session.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
        await session.execute(f"CREATE DATABASE {NAME} TABLESPACE small")
    finally:
        await session.close()
