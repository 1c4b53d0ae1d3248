"""PostgreSQL on a slow disk: each fsync takes 3 ms more, by a few lines of C that the machine's compiler makes."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import postgres
from tests.servers.launcher import scratch_directory

SOURCE = Path(__file__).with_name("slow_disk.c")
FSYNC_MS = 3


def compiler() -> str | None:
    """Return the machine's C compiler, if it has one."""
    return shutil.which("cc") or shutil.which("gcc")


def build(compiler: str, directory: Path) -> Path:
    """Make the library in a folder, and return it.

    Raises:
        RuntimeError: the compiler failed.
    """
    library = directory / "slow_disk.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise RuntimeError(f"The compiler failed: {made.stderr[-500:]}")
    return library


@contextmanager
def serve() -> Iterator[str]:
    """Run a fresh cluster on a slow disk and yield its URL.

    Raises:
        LookupError: there is no compiler, or PostgreSQL's wheel is not installed.
        RuntimeError: the compiler or the server failed.
    """
    found = compiler()
    if found is None:
        raise LookupError("There is no C compiler here.")
    with scratch_directory() as directory:
        library = build(found, directory)
        for path in (directory, library):
            path.chmod(0o755)
        with postgres.serve(through=("env", f"LD_PRELOAD={library}")) as url:
            yield url
