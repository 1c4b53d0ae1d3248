"""Keeps one server for its launcher, and ends it when the launcher is gone, however it went.

    python -I keeper.py DIRECTORY COMMAND...

The launcher holds the other end of standard input. Once that is closed, by a tidy end or because the
launcher was killed, the server gets SIGINT, which to PostgreSQL and to Valkey means: end now, in order.
Then the directory is removed.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
from typing import Any

STOP_SECONDS = 20
"""A server that has not ended by then is killed."""


def bare_surroundings() -> dict[str, Any]:
    """Return how to start a program: without our variables (PGHOST, LANG ...), and as `nobody` if we are root."""
    surroundings: dict[str, Any] = {"env": {"LC_ALL": "C", "PATH": os.defpath}, "stdin": subprocess.DEVNULL}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        surroundings |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return surroundings


def keep(directory: str, command: list[str]) -> int:
    """Run a server until it ends by itself or standard input does; return its exit status."""
    server = subprocess.Popen(command, cwd=directory, **bare_surroundings())
    launcher_gone = threading.Event()

    def end_with_launcher() -> None:
        while os.read(0, 1024):  # unbuffered: sys.stdin's lock would spoil our own end
            pass
        launcher_gone.set()
        server.send_signal(signal.SIGINT)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()

    signal.signal(signal.SIGTERM, lambda *_: server.send_signal(signal.SIGINT))
    threading.Thread(target=end_with_launcher, daemon=True).start()
    status = server.wait()
    if launcher_gone.is_set():
        shutil.rmtree(directory, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1], sys.argv[2:]))
