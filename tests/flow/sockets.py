"""Plain sockets, for what no HTTP client would send."""

import select
import socket
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

LISTEN_SECONDS = 60.0
"""Longer than any patience of the gateway's, on a machine that is busy with something else."""


class Line:
    """A connection that sends a text at once, and then a byte now and then, until the gateway hangs up."""

    def __init__(self, url: str, at_once: bytes, drops: bytes = b"", *, ends: bool = False) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=LISTEN_SECONDS)
        self.socket.sendall(at_once)
        if ends:
            self.socket.shutdown(socket.SHUT_WR)
        self.drops = list(drops)
        self.answer = b""
        self.over = False

    def drop(self) -> None:
        """Send one more byte; the gateway may have hung up meanwhile."""
        if self.drops:
            try:
                self.socket.sendall(bytes([self.drops.pop(0)]))
            except OSError:
                self.drops = []

    def listen(self) -> None:
        """Take what has come."""
        try:
            received = self.socket.recv(65536)
        except OSError:
            received = b""
        self.answer += received
        self.over = not received

    @property
    def status(self) -> int | None:
        """The status of the first answer, if there is one."""
        return int(self.answer.split(b" ", 2)[1]) if self.answer else None


def until_all_are_over(lines: Sequence[Line]) -> None:
    """Let all of them drip until each was hung up on; fail if one never is."""
    give_up_at = time.monotonic() + LISTEN_SECONDS
    while waiting := [line for line in lines if not line.over]:
        assert time.monotonic() < give_up_at, f"{len(waiting)} of {len(lines)} are still connected"
        readable, _, _ = select.select([line.socket for line in waiting], [], [], 0.1)
        for line in waiting:
            if line.socket in readable:
                line.listen()
            else:
                line.drop()
    for line in lines:
        line.socket.close()
