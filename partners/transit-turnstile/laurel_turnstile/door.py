"""What the gate's controller talks to: lines of JSON over a Unix socket, or over TCP on this machine's loopback.

    {"pass": "...", "id": "..."}   ->  {"id": "...", "answer": "open", "by": "gateway"}
    {"annul": "..."}               ->  {"annulled": "..."}
    {"status": true}               ->  {"line": "up", ...}

`id` is the tap's request id: 16 to 64 letters, digits, - and _, never used twice. Without one the agent makes one.
`answer` is open, closed or undetermined, the last with a `why`. A line that is none of these gets an `error`.
"""

import asyncio
import errno
import json
import os
import socket
import sqlite3
import stat
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from laurel_client import new_request_id
from laurel_turnstile.gate import REQUEST_ID, Gate

LINE_BYTES_MAX = 8 * 1024
"""A pass has some 400 characters."""

BACKLOG = 16
CONNECTIONS_MAX = 32
"""A controller needs one. Beyond, the one that has been silent longest is closed: a leak must not stop a gate."""

PROBE_SECONDS = 1.0
PORT_MAX = 65_535


class Unsafe(Exception):
    """The address can be reached from elsewhere than this machine, or can't be listened on."""


class Door:
    """Answers one controller's connection after the other, or several at once."""

    def __init__(self, gate: Gate, status: Callable[[], Mapping[str, object]]) -> None:
        self._gate = gate
        self._status = status
        self._open: dict[asyncio.StreamWriter, None] = {}
        """Connections, the one that has been silent longest first."""

    @asynccontextmanager
    async def listening(self, address: str) -> AsyncIterator[str]:
        """Listen for as long as the block lasts; yield where.

        `address` is a path, for a socket that its owner alone may use, or a port on the loopback.

        Raises:
            Unsafe: it can't be listened on.
        """
        listener = listener_at(address)
        server = await asyncio.start_server(self._serve, sock=listener, limit=LINE_BYTES_MAX)
        try:
            name = listener.getsockname()
            yield name if isinstance(name, str) else str(name[1])
        finally:
            server.close()
            _leave(address)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open[writer] = None
        if len(self._open) > CONNECTIONS_MAX:
            oldest = next(iter(self._open))
            del self._open[oldest]
            oldest.transport.abort()  # it may be one that reads nothing: what it has coming would keep it open
        with suppress(ConnectionError, asyncio.CancelledError):
            while True:
                try:
                    line = await reader.readline()
                except ValueError:
                    break  # longer than any line of ours: whoever sends it is lost
                if not line.endswith(b"\n"):
                    break  # the end, or half a line: whoever began it did not say it
                if writer in self._open:
                    self._open[writer] = self._open.pop(writer)
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
        self._open.pop(writer, None)
        writer.close()

    async def _answer(self, line: bytes) -> Mapping[str, object]:
        match _parsed(line):
            case {"pass": str(text), **rest} if text and rest.keys() <= {"id"}:
                own = rest.get("id", new_request_id())
                if not isinstance(own, str) or not REQUEST_ID.fullmatch(own):
                    return {"error": "An id has 16 to 64 letters, digits, - and _."}
                answer = await self._gate.shown(own, text)
                why = {} if answer.why is None else {"why": answer.why}
                return {"id": own, "answer": answer.word, "by": answer.by, **why}
            case {"annul": str(own), **rest} if REQUEST_ID.fullmatch(own) and not rest:
                try:
                    self._gate.annul(own)
                except sqlite3.Error:
                    return {"error": "The disk did not take it. Send the annul again."}
                return {"annulled": own}
            case {"status": True, **rest} if not rest:
                try:
                    return self._status()
                except sqlite3.Error:
                    return {
                        "error": "The queue's disk does not answer. The gate opens nothing alone until it does."
                    }
        return {"error": "Send one JSON object a line: a pass, an annul or a status."}


def _parsed(line: bytes) -> object:
    """Return what a line says, or None. No exception: it would keep the text, and the pass in it."""
    try:
        said = json.loads(line)
        json.dumps(said, ensure_ascii=False).encode()  # half a surrogate pair is no text that can be sent on
    except (ValueError, RecursionError):
        return None
    return said


def _clear(address: str) -> None:
    """Remove the socket that a killed agent left; nothing else, and no socket at which somebody listens.

    Raises:
        Unsafe: it is something else.
    """
    try:
        is_socket = stat.S_ISSOCK(os.lstat(address).st_mode)
    except FileNotFoundError:
        return
    except OSError as error:
        raise Unsafe(f"{address}: {error.strerror}.") from None
    if not is_socket:
        raise Unsafe(f"{address}: a file of that name is there, and no socket.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PROBE_SECONDS)
        if probe.connect_ex(address) != errno.ECONNREFUSED:
            raise Unsafe(f"{address}: somebody listens there.")
    os.unlink(address)


def _leave(address: str) -> None:
    if not address.isdecimal():
        with suppress(FileNotFoundError):
            os.unlink(address)


def listener_at(address: str) -> socket.socket:
    """Return a socket that listens at a path, for its owner alone, or at a port of the loopback.

    Raises:
        Unsafe: it can't be listened on.
    """
    if address.isdecimal() and int(address) > PORT_MAX:
        raise Unsafe(f"{address}: no port.")
    if not address.isdecimal():
        _clear(address)
    listener = socket.socket(socket.AF_INET if address.isdecimal() else socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        if address.isdecimal():
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", int(address)))
        else:
            listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise Unsafe(f"{address}: {error.strerror or 'no address'}.") from None
    finally:
        os.umask(before)
    return listener


def ask(address: str, question: Mapping[str, object], *, seconds: float = 30.0) -> dict[str, object]:
    """Return what a running agent answers to one line.

    Raises:
        OSError: nobody is there.
        ValueError: it answers something else.
    """
    if address.isdecimal() and int(address) > PORT_MAX:
        raise ValueError(f"{address}: no port")
    family = socket.AF_INET if address.isdecimal() else socket.AF_UNIX
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        connection.connect(("127.0.0.1", int(address)) if address.isdecimal() else address)
        with connection.makefile("rwb") as file:
            file.write(json.dumps(question).encode() + b"\n")
            file.flush()
            answer = _parsed(file.readline())
    if not isinstance(answer, dict):
        raise ValueError(f"{address}: what listens there gave no answer of an agent's")
    return answer
