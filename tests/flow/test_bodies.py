"""Odd HTTP is the sender's mistake and told in one line; it is never ours, and it never runs."""

import gzip
import json
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Wire

QUERY = b'{"query": "{ service { name } }"%s}'
DEEP = 4000

ODD_BODIES = {
    "empty": b"",
    "null": b"null",
    "number": b"1",
    "text": b'"x"',
    "array": b"[]",
    "batch": b"[" + QUERY % b"" + b"]",
    "two objects": QUERY % b"" + QUERY % b"",
    "byte order mark": b"\xef\xbb\xbf" + QUERY % b"",
    "utf-16": (QUERY % b"").decode().encode("utf-16"),
    "bad utf-8": QUERY % b', "variables": {"a": "\xff"}',
    "half a surrogate pair": QUERY % rb', "variables": {"a": "\ud800"}',
    "same name twice": QUERY % b', "query": "{ service { version } }"',
    "deep": QUERY % (b', "variables": {"a": ' + b"[" * DEEP + b"]" * DEEP + b"}"),
    "deep and open": b"[" * 3 * DEEP,
    "5000 digits": QUERY % (b', "variables": {"a": ' + b"9" * 5000 + b"}"),
    "large integer": QUERY % b', "variables": {"a": 9007199254740993}',
    "fraction": QUERY % b', "variables": {"a": 1.5}',
    "not a number": QUERY % b', "variables": {"a": NaN}',
    "infinite": QUERY % b', "variables": {"a": -Infinity}',
    "no query": b"{}",
    "query of a wrong type": b'{"query": 1}',
    "blank query": b'{"query": " "}',
    "variables of a wrong type": QUERY % b', "variables": []',
    "name of a wrong type": QUERY % b', "operationName": 1',
    "extensions of a wrong type": QUERY % b', "extensions": "x"',
    "gzip unannounced": gzip.compress(QUERY % b""),
    "form": b"query={service{name}}",
}


def _told(answer: httpx2.Response) -> str:
    """The message of the one error of an answer that is one line of JSON."""
    assert answer.headers["content-type"].endswith("; charset=utf-8")
    assert "\n" not in answer.text
    [error] = answer.json()["errors"]
    assert "data" not in answer.json()
    return str(error["message"])


@pytest.mark.parametrize("body", ODD_BODIES.values(), ids=ODD_BODIES.keys())
def test_an_odd_body_is_a_bad_request(city: Sandbox, body: bytes) -> None:
    with Wire(city.partner("gas-desk")) as wire:
        answer = wire.post(body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}
        assert len(_told(answer)) < 100
        assert wire.send("Service").status_code == 200


def test_a_body_that_is_too_large_is_not_read_to_its_end(city: Sandbox) -> None:
    def endless() -> "list[bytes]":
        return [b'{"query": "', *(b"x" * 4096 for _ in range(64)), b'"}']

    with Wire(city.partner("gas-desk")) as wire:
        whole = wire.post(b"".join(endless()))
        chunked = wire.http.post(wire.url, content=iter(endless()), headers=wire.signed())
        for answer in (whole, chunked):
            assert answer.status_code == 413
            assert "16384 bytes" in _told(answer)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/graphql"},
        {"Content-Type": "application/json; charset=utf-16"},
        {},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
    ids=str,
)
def test_another_media_type_is_not_supported(city: Sandbox, headers: dict[str, str]) -> None:
    content = gzip.compress(QUERY % b"") if "Content-Encoding" in headers else QUERY % b""
    with Wire(city.partner("gas-desk")) as wire:
        answer = wire.post(content, [*wire.signed()[:2], *headers.items()])
    assert answer.status_code == 415
    assert _told(answer).startswith("Send the")


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ service { name }", "GRAPHQL_PARSE_FAILED"),
        ("\0", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ service { nam } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ " + "service { name } " * 300 + "}", "DOCUMENT_TOO_LARGE"),
        ("query A { service { name } } query B { service { name } }", "BAD_REQUEST"),
        ("subscription { service { name } }", "BAD_REQUEST"),
    ],
    ids=["cut off", "control", "unknown", "near miss", "long", "two operations", "subscription"],
)
@pytest.mark.parametrize("media_type", ["application/json", "application/graphql-response+json"])
def test_a_wrong_document_does_not_run(city: Sandbox, document: str, code: str, media_type: str) -> None:
    with Wire(city.partner("gas-desk")) as wire:
        answer = wire.post(json.dumps({"query": document}).encode(), [*wire.signed(), ("Accept", media_type)])
    assert answer.status_code == (200 if media_type == "application/json" else 400)
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    told = _told(answer)
    assert answer.json()["errors"][0]["extensions"]["code"] == code
    assert "Did you mean" not in told


def test_what_is_no_http_is_a_bad_request(city: Sandbox) -> None:
    address = (urlsplit(city.gateway.url).hostname, urlsplit(city.gateway.url).port)
    for garbage in (
        b"\x16\x03\x01\x02\x00\x01\x00\n\r\n\r\n",
        b"GET /readyz HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost\r\n\r\n",
    ):
        with socket.create_connection(address, timeout=10) as connection:
            connection.sendall(garbage)
            assert connection.recv(4096).startswith(b"HTTP/1.1 400")
    assert city.gateway.ready()


def test_a_head_without_end_is_cut_off(city: Sandbox) -> None:
    address = (urlsplit(city.gateway.url).hostname, urlsplit(city.gateway.url).port)
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: laurel\r\n")
        with suppress(ConnectionError):
            for _ in range(10_000):
                connection.sendall(b"X-Filler: " + b"x" * 8000 + b"\r\n")
            pytest.fail("80 MB were taken for a head")
    assert city.gateway.ready()


@pytest.mark.parametrize(("extra", "status"), [(0, 200), (1, 431), (10_000, 431), (200_000, 431)])
@pytest.mark.parametrize("many", [True, False], ids=["many", "one"])
def test_a_head_of_16_kib_is_the_longest(city: Sandbox, extra: int, status: int, many: bool) -> None:
    parts = urlsplit(city.gateway.url)
    fields = [("Host", "laurel"), ("Connection", "close"), *([("X-Many", "x" * 90)] * 100 if many else ())]
    taken = len("/healthz") + sum(len(name) + len(value) + 4 for name, value in [*fields, ("X-Filler", "")])
    fields.append(("X-Filler", "x" * (16 * 1024 - taken + extra)))
    head = "\r\n".join(["GET /healthz HTTP/1.1", *(f"{name}: {value}" for name, value in fields), "", ""])
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        with suppress(ConnectionError):  # it may hang up before all is sent
            connection.sendall(head.encode())
        with suppress(ConnectionResetError):
            answer = connection.recv(4096)
            assert answer.startswith(b"HTTP/1.1 %d" % status)
            return
    assert extra == 200_000, "hung up without an answer"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("POST", "/nowhere", 404),
        ("POST", "/graphql/", 404),
        ("GET", "/oauth/token/", 404),
        ("GET", "//graphql", 404),
        ("GET", "/sandbox/../../etc/passwd", 404),
        ("GET", "/.well-known/", 404),
        ("PUT", "/graphql", 405),
        ("DELETE", "/graphql", 405),
        ("GET", "/oauth/token", 405),
        ("POST", "/metrics", 405),
    ],
)
def test_an_unknown_path_or_method_leads_nowhere(city: Sandbox, method: str, path: str, status: int) -> None:
    answer = httpx2.request(
        method, city.gateway.url + path, headers={"Host": "elsewhere.example"}, trust_env=False
    )
    assert answer.status_code == status
    assert "elsewhere" not in str(answer.headers) + answer.text
