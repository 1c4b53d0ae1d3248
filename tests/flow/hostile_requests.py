"""Hostile HTTP requests to `/graphql`, signed by a device that may ask, each with the status that has to come."""

import gzip
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from tests.schema.hostile import CANARY

JSON = (("Content-Type", "application/json"),)
QUESTION = "{ service { name } }"
Headers = tuple[tuple[str, str], ...]


def body(**members: Any) -> bytes:
    """Return a body that asks what is harmless, with further members."""
    return json.dumps({"query": QUESTION, **members}).encode()


@dataclass(frozen=True, slots=True)
class Sent:
    """A request; where it is refused, the answer is one error and no data. `signed` is False for a browser's."""

    name: str
    status: int
    content: bytes = body()
    headers: Headers = JSON
    method: str = "POST"
    path: str = "/graphql"
    signed: bool = True
    production: int | None = None
    """The status of a production node, if that is another one."""


HASH = hashlib.sha256(b"{ rewards { code } }").hexdigest()

MEDIA_TYPES = [
    Sent("a form", 415, b"query={service{name}}", (("Content-Type", "application/x-www-form-urlencoded"),)),
    Sent("plain text", 415, headers=(("Content-Type", "text/plain"),)),
    Sent("GraphQL as such", 415, QUESTION.encode(), (("Content-Type", "application/graphql"),)),
    Sent("several parts", 415, b"--x--", (("Content-Type", "multipart/form-data; boundary=x"),)),
    Sent("no media type", 415, headers=()),
    Sent("two media types", 415, headers=JSON * 2),
    Sent("JSON with a suffix", 415, headers=(("Content-Type", "application/json+x"),)),
    Sent("another character set", 415, headers=(("Content-Type", "application/json; charset=utf-7"),)),
    Sent("a profile", 415, headers=(("Content-Type", 'application/json; profile="x"'),)),
    Sent("an answer nobody has", 406, headers=(*JSON, ("Accept", "text/csv"))),
    Sent("an answer refused", 406, headers=(*JSON, ("Accept", "application/json;q=0"))),
]

ENCODINGS = [
    Sent("gzip", 415, gzip.compress(body()), (*JSON, ("Content-Encoding", "gzip"))),
    Sent("a bomb", 415, gzip.compress(b" " * 10_000_000), (*JSON, ("Content-Encoding", "gzip"))),
    Sent("identity", 415, headers=(*JSON, ("Content-Encoding", "identity"))),
    Sent("gzip unannounced", 400, gzip.compress(body())),
    Sent("UTF-16", 400, body().decode().encode("utf-16")),
    Sent("UTF-32", 400, body().decode().encode("utf-32-le")),
    Sent("a byte order mark", 400, b"\xef\xbb\xbf" + body()),
    Sent("overlong UTF-8", 400, body(operationName="A").replace(b'"A"', b'"\xc0\x80"')),
    Sent("half a pair", 400, body(operationName="\ud800")),
    Sent("a null byte in a name", 400, body().replace(b'"query"', b'"query\0"')),
]

BODIES = [
    Sent("nothing", 400, b""),
    Sent("a batch", 400, b"[" + body() + b"," + body() + b"]"),
    Sent("a batch of none", 400, b"[]"),
    Sent("a scalar", 400, b"1"),
    Sent("two objects", 400, body() * 2),
    Sent("a member twice", 400, body()[:-1] + b', "query": "{ rewards { code } }"}'),
    Sent("a member twice by escape", 400, body()[:-1] + b', "quer\\u0079": "{ rewards { code } }"}'),
    Sent("a document of a wrong type", 400, b'{"query": {"query": "{ service { name } }"}}'),
    Sent("a document of space", 400, b'{"query": " \\t\\n"}'),
    Sent("variables in a list", 400, body(variables=[{CANARY: 1}])),
    Sent("variables as text", 400, body(variables=json.dumps({CANARY: 1}))),
    Sent("nested deeply", 400, b'{"query": ' + b"[" * 8000 + b"]" * 8000 + b"}"),
    Sent("open and deep", 400, b'{"a":' * 3000),
    Sent("nested in variables", 400, body(variables={"a": [[[[[[[[[CANARY]]]]]]]]]})),
    Sent("5000 digits", 400, b'{"variables": {"a": ' + b"9" * 5000 + b"}}"),
    Sent("a fraction", 400, body(variables={"a": 0.1})),
    Sent("infinity", 400, b'{"variables": {"a": Infinity}}'),
    Sent("a comment", 400, body() + b" // " + CANARY.encode()),
    Sent("a prototype", 200, body(__proto__={"admin": True}, constructor=CANARY)),
    Sent("17 KiB", 413, body(extensions={"a": CANARY * 1100})),
    Sent("members that nobody knows", 200, body(id=CANARY, doc_id=1, key="x")),
]

PERSISTED = [
    Sent(
        "a hash alone",
        400,
        json.dumps({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}}).encode(),
    ),
    Sent("another's hash", 200, body(extensions={"persistedQuery": {"version": 1, "sha256Hash": HASH}})),
    Sent("an empty document and a hash", 400, body(query="", extensions={"persistedQuery": {"sha256Hash": HASH}})),
    Sent("extensions in a list", 400, body(extensions=[HASH])),
]

_EFFECT = (
    '/graphql?query=mutation{redeemReward(input:{pass:"a",reward:"b",requestId:"0123456789abcdef"}){__typename}}'
)

METHODS = [
    Sent("a question by GET", 200, b"", (), "GET", "/graphql?query={service{name}}", production=405),
    Sent("an effect by GET", 405, b"", (), "GET", _EFFECT),
    Sent(
        "by GET what a browser may",
        401,
        b"",
        (),
        "GET",
        "/graphql?query={service{name}}",
        signed=False,
        production=405,
    ),
    Sent(
        "a form from elsewhere",
        401,
        b"query={a}",
        (("Content-Type", "application/x-www-form-urlencoded"),),
        signed=False,
    ),
    Sent(
        "text from elsewhere",
        401,
        headers=(("Content-Type", "text/plain"), ("Origin", "https://x.example")),
        signed=False,
    ),
    Sent("cookies from elsewhere", 401, headers=(*JSON, ("Cookie", f"session={CANARY}")), signed=False),
    Sent("PUT", 405, method="PUT"),
    Sent("PATCH", 405, method="PATCH"),
    Sent("DELETE", 405, method="DELETE"),
    Sent(
        "OPTIONS before a request from elsewhere",
        405,
        b"",
        (("Origin", "https://x.example"),),
        "OPTIONS",
        signed=False,
    ),
    Sent("TRACE", 405, b"", (), "TRACE"),
    Sent("another method by header", 200, headers=(*JSON, ("X-HTTP-Method-Override", "GET"))),
    Sent("the document in the address", 400, b"{}", path="/graphql?query={service{name}}"),
    Sent(
        "a websocket",
        401,
        b"",
        (
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "x" * 24),
            ("Sec-WebSocket-Protocol", "graphql-transport-ws"),
        ),
        "GET",
        "/graphql?query=x",
        signed=False,
        production=405,
    ),
    Sent("events", 406, headers=(*JSON, ("Accept", "text/event-stream"))),
    Sent("parts of an answer", 406, headers=(*JSON, ("Accept", 'multipart/mixed; deferSpec="20220824"'))),
]

SENT = [*MEDIA_TYPES, *ENCODINGS, *BODIES, *PERSISTED, *METHODS]
