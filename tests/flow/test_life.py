"""A server begins on the port that it is told, and ends at the first word, though never in mid-sentence."""

import signal
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.store.migrate import upgrade
from tests.flow.cable import Cable
from tests.flow.databases import empty_database
from tests.flow.processes import Gateway, Settings, run, serving

SECONDS_MAX = 5
"""An end takes a tenth of a second; a machine that runs all the tests at once may need longer."""


@pytest.fixture
def settings(production_keys: str, sqlite_url: str) -> Settings:
    """The settings of a production start on an empty, migrated SQLite database."""
    return {"GATEWAY_DATABASE_URL": sqlite_url, "GATEWAY_KEYS_DIR": production_keys}


def _connect(gateway: Gateway) -> socket.socket:
    parts = urlsplit(gateway.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


def _all_of(connection: socket.socket) -> bytes:
    """What comes until the other side hangs up."""
    return b"".join(iter(lambda: connection.recv(4096), b""))


def _wait_until_it_takes_nobody_any_more(gateway: Gateway) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    with suppress(
        ConnectionRefusedError, ConnectionResetError
    ):  # reset: it closed while this one was in its queue
        while time.monotonic() < deadline:
            _connect(gateway).close()
            time.sleep(0.01)
        pytest.fail("it goes on taking connections")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_cleanly_and_what_is_under_way_is_finished(
    tmp_path: Path, settings: Settings, number: signal.Signals
) -> None:
    form = b"grant_type=nothing"
    with serving("serve", folder=tmp_path, settings=settings) as gateway:
        with _connect(gateway) as idle, _connect(gateway) as kept, _connect(gateway) as busy:
            kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: laurel\r\n\r\n")
            assert kept.recv(8) == b"HTTP/1.1"
            busy.sendall(
                b"POST /oauth/token HTTP/1.1\r\nHost: laurel\r\nContent-Length: %d\r\nExpect: 100-continue\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" % len(form)
            )
            assert busy.recv(4096).startswith(b"HTTP/1.1 100")  # its request is under way
            gateway.process.send_signal(number)
            _wait_until_it_takes_nobody_any_more(gateway)
            assert gateway.process.poll() is None  # it waits for the busy one
            busy.sendall(form)
            assert b"unsupported_grant_type" in _all_of(busy)
            assert gateway.process.wait(SECONDS_MAX) == 0
            assert (_all_of(idle), _all_of(kept)[-3:]) == (b"", b"ok\n")
        assert "Traceback" not in gateway.log.read_text()


@pytest.mark.parametrize("command", ["serve", "sandbox"])
def test_a_port_that_is_taken_is_told_in_one_sentence(tmp_path: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as owner:
        port = str(owner.getsockname()[1])
        done = run(command, "--port", port, folder=tmp_path, settings={})
    assert (done.returncode, done.stdout) == (2, "")
    [sentence] = done.stderr.splitlines()
    assert port in sentence
    assert "--port" in sentence
    assert list(tmp_path.iterdir()) == []  # nothing was made for a server that can't be


def test_a_database_that_went_silent_does_not_keep_it(
    tmp_path: Path, production_keys: str, postgres_server: str
) -> None:
    with empty_database(postgres_server) as url, Cable(url) as cable:
        upgrade(url)
        settings = {"GATEWAY_DATABASE_URL": cable.url, "GATEWAY_KEYS_DIR": production_keys}
        with serving("serve", folder=tmp_path, settings=settings) as gateway:
            threads = [threading.Thread(target=gateway.ready) for _ in range(8)]
            cable.silence()
            for thread in threads:
                thread.start()
            time.sleep(0.4)  # now each waits on a connection of its own
            cable.mend()
            for thread in threads:
                thread.join()
            cable.silence()
            assert gateway.end() == 0
