"""Slow and lying requests are cut off, and nobody else notices. What is asserted is what comes, never when."""

import json

import pytest

from tests.flow.sandboxes import Sandbox
from tests.flow.sockets import Line, until_all_are_over
from tests.flow.wire import Wire

pytestmark = pytest.mark.xdist_group("sqlite-sandbox")

HEAD = b"POST /graphql HTTP/1.1\r\nHost: laurel\r\nContent-Type: application/json\r\n"
TOKEN_HEAD = b"POST /oauth/token HTTP/1.1\r\nHost: laurel\r\nContent-Type: application/x-www-form-urlencoded\r\n"
BODY = b'{"query": "{ service { name } }"}'
CLOSE = b"Connection: close\r\n"
DRIPPING = b" " * 1000

CUT_OFF: dict[str, tuple[bytes, bytes, int | None]] = {
    "nothing at all": (b"", b"", None),
    "a head that drips": (HEAD, b"X-A: " + b"a" * 1000, 408),
    "a head that stops": (HEAD, b"", 408),
    "a request line that stops": (b"POST /gra", b"", 408),
    "a body that drips": (HEAD + b"Content-Length: 1000\r\n\r\n", DRIPPING, 408),
    "a body that stops": (HEAD + b"Content-Length: 1000\r\n\r\n" + BODY, b"", 408),
    "a length that is too long by one": (HEAD + b"Content-Length: %d\r\n\r\n" % (len(BODY) + 1) + BODY, b"", 408),
    "chunks that stop": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n", b"", 408),
    "chunks that drip": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 300, 408),
    "a chunk that drips": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n400\r\n", DRIPPING, 408),
    "a trailer that drips": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-A: " + DRIPPING, 408),
    "a sign-in that drips": (TOKEN_HEAD + b"Content-Length: 1000\r\n\r\n", b"a" * 1000, 408),
    "a continuation that never comes": (HEAD + b"Expect: 100-continue\r\nContent-Length: 900\r\n\r\n", b"", 100),
}

REFUSED: dict[str, tuple[bytes, int]] = {
    "a length beyond the limit": (HEAD + CLOSE + b"Content-Length: 99999999\r\n\r\n", 413),
    "and asked before": (HEAD + CLOSE + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n", 413),
    "two lengths": (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + BODY, 400),
    "a length and chunks": (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "a negative length": (HEAD + b"Content-Length: -1\r\n\r\n", 400),
    "a length with a sign": (HEAD + b"Content-Length: +5\r\n\r\n12345", 400),
    "a length in words": (HEAD + b"Content-Length: five\r\n\r\n12345", 400),
    "a length of a thousand digits": (HEAD + b"Content-Length: " + b"9" * 1000 + b"\r\n\r\n", 400),
    "a chunk of no size": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
    "another encoding on the way": (HEAD + b"Transfer-Encoding: gzip\r\n\r\n", 400),
    "a name with a space": (HEAD + b"X A: b\r\n\r\n", 400),
    "a folded line": (HEAD + b"X-A: b\r\n c\r\n\r\n", 400),
}


def test_whoever_is_slow_is_cut_off_and_told(sqlite_sandbox: Sandbox) -> None:
    url = sqlite_sandbox.gateway.url
    lines = {name: Line(url, at_once, drops) for name, (at_once, drops, _) in CUT_OFF.items()}
    until_all_are_over(list(lines.values()))
    assert {name: line.status for name, line in lines.items()} == {
        name: status for name, (_, _, status) in CUT_OFF.items()
    }
    told = lines["a body that stops"].answer.partition(b"\r\n\r\n")[2]
    assert json.loads(told)["errors"] == [
        {
            "message": "The body has to come within 3 seconds, as long as Content-Length says.",
            "extensions": {"code": "BAD_REQUEST"},
        }
    ]


def test_whoever_lies_about_the_length_is_refused(sqlite_sandbox: Sandbox) -> None:
    lines = {name: Line(sqlite_sandbox.gateway.url, sent) for name, (sent, _) in REFUSED.items()}
    until_all_are_over(list(lines.values()))
    assert {name: line.status for name, line in lines.items()} == {
        name: status for name, (_, status) in REFUSED.items()
    }


def test_what_comes_after_the_length_is_another_request(sqlite_sandbox: Sandbox) -> None:
    line = Line(sqlite_sandbox.gateway.url, HEAD + b"Content-Length: 2\r\n\r\n{}" + BODY)
    until_all_are_over([line])
    statuses = [int(part.split(b" ")[0]) for part in line.answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses in ([400], [401, 400])  # the first answer may be too late for a connection that ends


def test_whoever_hangs_up_in_the_middle_is_nobodys_fault(sqlite_sandbox: Sandbox) -> None:
    errors = sqlite_sandbox.gateway.log.read_bytes().count(b'"level": "error"')
    for sent in (HEAD, HEAD + b"Content-Length: 100\r\n\r\n{", HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"):
        Line(sqlite_sandbox.gateway.url, sent).socket.close()
        until_all_are_over([Line(sqlite_sandbox.gateway.url, sent, ends=True)])
    assert sqlite_sandbox.gateway.ready()
    assert sqlite_sandbox.gateway.log.read_bytes().count(b'"level": "error"') == errors


def test_many_who_are_slow_keep_nobody_waiting(sqlite_sandbox: Sandbox) -> None:
    url = sqlite_sandbox.gateway.url
    slow = [Line(url, HEAD + b"Content-Length: 1000\r\n\r\n", DRIPPING) for _ in range(100)]
    slow += [Line(url, HEAD, b"X-A: " + DRIPPING) for _ in range(100)]
    with Wire(sqlite_sandbox.partner("gas-desk")) as wire:
        assert [wire.send("Service").status_code for _ in range(20)] == [200] * 20
        for line in slow:
            line.drop()
        assert [wire.send("Service").status_code for _ in range(20)] == [200] * 20
    until_all_are_over(slow)
    assert {line.status for line in slow} == {408}
