"""What may come to the gate's door: half lines, no text, connections without end, a path that is taken."""

import asyncio
import json
import socket
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import cast

import pytest

from laurel_turnstile.door import CONNECTIONS_MAX, Door, Unsafe, ask, listener_at
from laurel_turnstile.gate import Answer, Gate

pytestmark = pytest.mark.anyio

SECONDS_MAX = 60.0


class OpenGate:
    """Opens, and remembers for what."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def shown(self, request_id: str, text: str) -> Answer:
        self.seen.append(text)
        return Answer("open", "gate")


def _said(address: str, raw: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(address)
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


async def test_half_a_line_is_no_line(tmp_path: Path) -> None:
    gate, address = OpenGate(), str(tmp_path / "door")
    async with Door(cast(Gate, gate), dict).listening(address):
        assert await asyncio.to_thread(_said, address, b'{"pass": "mine"}') == b""
        assert gate.seen == []
        said = await asyncio.to_thread(_said, address, b'{"pass": "mine"}\n{"pass": "half')
        assert json.loads(said)["answer"] == "open"
        assert gate.seen == ["mine"]


@pytest.mark.parametrize(
    "line",
    [
        b'{"pass": "\\ud800"}',
        b'{"pass": "a", "id": "\\udfff\\udfff\\udfff\\udfff\\udfff\\udfff"}',
        b"\xff\xfe{",
        b"\x00" * 100,
        b'{"pass": ' + b"9" * 5000 + b"}",
        b'{"status": 1}',
        b"[]",
        b"null",
        b"",
    ],
    ids=range(9),
)
async def test_garbage_is_told_and_the_next_line_is_answered(tmp_path: Path, line: bytes) -> None:
    gate, address = OpenGate(), str(tmp_path / "door")
    async with Door(cast(Gate, gate), dict).listening(address):
        said = await asyncio.to_thread(_said, address, line + b'\n{"pass": "mine"}\n')
    first, second = map(json.loads, said.splitlines())
    assert first.keys() == {"error"}
    assert second["answer"] == "open"
    assert gate.seen == ["mine"]


async def test_connections_that_leak_do_not_close_the_door(tmp_path: Path) -> None:
    address = str(tmp_path / "door")
    async with Door(cast(Gate, OpenGate()), dict).listening(address):
        with ExitStack() as stack:
            leaked = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(CONNECTIONS_MAX)]
            for each in leaked:
                await asyncio.to_thread(each.connect, address)
            told = await asyncio.to_thread(ask, address, {"pass": "mine"})
            assert told["answer"] == "open"
            leaked[0].settimeout(30)
            assert await asyncio.to_thread(leaked[0].recv, 1) == b""
            await asyncio.to_thread(leaked[1].sendall, b'{"pass": "mine"}\n')
            assert await asyncio.to_thread(leaked[1].recv, 1) == b"{"


def test_a_path_that_is_taken_is_left_alone(tmp_path: Path) -> None:
    """The partner file of a gate is its key: a slip of the hand must not delete it."""
    file = tmp_path / "gate.json"
    file.write_text("{}")
    with pytest.raises(Unsafe, match="no socket"):
        listener_at(str(file))
    assert file.read_text() == "{}"
    address = str(tmp_path / "door")
    with closing(listener_at(address)), pytest.raises(Unsafe, match="somebody listens"):
        listener_at(address)
    with closing(listener_at(address)):  # what the one before left behind
        assert Path(address).is_socket()


async def test_a_connection_that_reads_nothing_is_cut_off(tmp_path: Path) -> None:
    """What it has coming would keep it open for ever, and a file descriptor each."""
    address = str(tmp_path / "door")
    door = Door(cast(Gate, OpenGate()), lambda: {"much": "x" * 1000})
    async with door.listening(address):
        with ExitStack() as stack:
            deaf = stack.enter_context(socket.socket(socket.AF_UNIX))
            await asyncio.to_thread(deaf.connect, address)
            await asyncio.to_thread(deaf.sendall, b'{"status": true}\n' * 2000)
            serving = await _serving(door)
            for _ in range(CONNECTIONS_MAX):
                other = stack.enter_context(socket.socket(socket.AF_UNIX))
                await asyncio.to_thread(other.connect, address)
                told = await asyncio.to_thread(_on, other, b'{"status": true}\n')
                assert told.startswith(b"{")
            async with asyncio.timeout(SECONDS_MAX):
                while not serving.is_closing() or serving in door._open:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.01)
                await serving.wait_closed()


async def _serving(door: Door) -> asyncio.StreamWriter:
    async with asyncio.timeout(SECONDS_MAX):
        while not door._open:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    [writer] = door._open
    return writer


def _on(connection: socket.socket, line: bytes) -> bytes:
    connection.settimeout(SECONDS_MAX)
    connection.sendall(line)
    return connection.recv(1)


async def test_a_state_that_the_disk_does_not_tell_is_an_error_and_no_silence(tmp_path: Path) -> None:
    def status() -> dict[str, object]:
        raise sqlite3.OperationalError("disk I/O error")

    address = str(tmp_path / "door")
    async with Door(cast(Gate, OpenGate()), status).listening(address):
        said = await asyncio.to_thread(_said, address, b'{"status": true}\n{"pass": "mine"}\n')
    first, second = map(json.loads, said.splitlines())
    assert first.keys() == {"error"}
    assert second["answer"] == "open"
