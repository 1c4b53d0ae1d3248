"""The driver takes every answer whole, however it comes, and knows when there is none."""

import socket
import time

import pytest

from bench.load import Answer, Broken, drive
from tests.bench.stub import serving


@pytest.mark.anyio
@pytest.mark.parametrize("piece", [7, 1000])
async def test_every_answer_is_whole_and_in_its_request_s_place(piece: int) -> None:
    def echo(connection: socket.socket) -> None:
        while request := connection.recv(1000):
            whole = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nx: y\r\n\r\n" % len(request) + request
            for start in range(0, len(whole), piece):
                connection.sendall(whole[start : start + piece])
                time.sleep(0.001)  # so that the pieces arrive one by one

    requests = [b"request %d" % number for number in range(20)]
    with serving(echo) as port:
        driven = await drive(port, requests, connections=3)
    assert driven.answers == [Answer(200, request) for request in requests]
    assert all(0 < latency <= driven.seconds for latency in driven.latencies)
    assert sum(driven.latencies) <= 3 * driven.seconds


@pytest.mark.anyio
@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort"])
async def test_a_connection_that_ends_early_is_an_error(answer: bytes) -> None:
    def hang_up(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(answer)

    with serving(hang_up) as port, pytest.raises(Broken):
        await drive(port, [b"request"] * 2, connections=1)
