"""A small gateway over real HTTP that checks every signature with PyJWT, and fails on demand."""

import asyncio
import base64
import hashlib
import json
import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jwt
import uvicorn
from graphql import OperationDefinitionNode, parse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.client.stub_ledger import StubLedger

CLIENT_ID = "metro-one"
SCOPE = "redeem report reverse verify"
DOCUMENTS = {
    f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}": path.read_text("utf-8")
    for path in sorted((Path(__file__).parents[2] / "partners" / "venue-counter").glob("*.graphql"))
}
"""What venues really send, by id."""

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Unsigned(Exception):
    """A signature, claim or header is not as the profile wants it."""


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise Unsigned(what)


class StubGateway:
    """Issues tokens and answers GraphQL. `faults` are taken one per GraphQL request; `_answer` lists them."""

    def __init__(self, public_jwk: dict[str, str], kid: str) -> None:
        self.public_jwk, self.kid, self.url = public_jwk, kid, ""
        self.ledger = StubLedger()
        self.faults: deque[str] = deque()
        self.token_life = 300
        self.nonce: str | None = None
        """Where set, every proof must bear it, and the refusal of one that doesn't brings it."""
        self.nonce_changes = False
        """Every answer brings another nonce, and only the newest is good."""
        self.nonce_accepted = True
        self.nonces_asked = 0
        self.token_endpoint_busy = False
        self.grants_denied = 0
        self.hold_grants = threading.Event()
        """While it is not set, the token endpoint keeps everybody waiting."""
        self.hold_grants.set()
        self.tokens_used: list[str] = []
        self.skew: int | None = None  # if set, the machine's clock is told to be so many seconds fast
        self.grants: list[str] = []
        """Tokens in the order in which they were given."""
        self.bodies: list[dict[str, Any]] = []
        """GraphQL bodies that arrived with all signatures right."""
        self.complaints: list[str] = []
        self._spent: set[str] = set()

    def app(self) -> Starlette:
        routes = [("/oauth/token", self.give_token), ("/graphql", self.graphql)]
        return Starlette(routes=[Route(path, handler, methods=["POST"]) for path, handler in routes])

    async def give_token(self, request: Request) -> Response:
        if self.token_endpoint_busy:
            self.grants_denied += 1
            return JSONResponse({}, 503)
        if self.skew is not None:
            return JSONResponse({"error": "invalid_client", "skew_seconds": self.skew}, 401)
        form = dict(parse_qsl((await request.body()).decode("ascii"), strict_parsing=True))
        try:
            if self._check_proof(request, None):
                return JSONResponse({"error": "use_dpop_nonce"}, 400, {"DPoP-Nonce": str(self.nonce)})
            self._check_assertion(form)
        except (Unsigned, jwt.InvalidTokenError) as error:
            self.complaints.append(repr(error))
            return JSONResponse({"error": "invalid_client"}, 401)
        while not (self.hold_grants.is_set() or await request.is_disconnected()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)  # long enough for a second caller to come while this one waits
        token = "token-" + secrets.token_urlsafe(24)
        self.grants.append(token)
        return JSONResponse({"access_token": token, "token_type": "DPoP", "expires_in": self.token_life})

    async def graphql(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if self.skew is not None:
            told = {"code": "CLOCK_SKEW", "skewSeconds": self.skew}
            return JSONResponse({"errors": [{"message": "Set it.", "extensions": told}]}, 401)
        try:
            _must(scheme == "DPoP" and token in self.grants, "token")
            _must("graphql-response+json" in request.headers["Accept"], "Accept")
            if self._check_proof(request, token):
                challenge = 'DPoP error="use_dpop_nonce"'
                headers = {"DPoP-Nonce": str(self.nonce), "WWW-Authenticate": challenge}
                return JSONResponse({}, 401, headers)
        except (Unsigned, jwt.InvalidTokenError) as error:
            self.complaints.append(repr(error))
            return JSONResponse({}, 401, {"WWW-Authenticate": 'DPoP error="invalid_token"'})
        body = await request.json()
        name = _require_registered(body)
        self.bodies.append(body)
        self.tokens_used.append(token)
        return await self._answer(name, body, self.faults.popleft() if self.faults else "")

    async def _answer(self, name: str, body: dict[str, Any], fault: str) -> Response:
        match fault:
            case "busy":
                return Response(status_code=503, headers={"Retry-After": "4"})
            case "expired":
                return Response(status_code=401)
            case "forbidden":
                return Response(status_code=403)
            case "garbage":
                return Response("<html>", 200)
            case "broken":
                return JSONResponse(
                    {"errors": [{"message": "Sorry.", "extensions": {"code": "INTERNAL", "requestId": "6f"}}]}
                )
            case "in-progress":
                refused = {"reason": "IN_PROGRESS", "message": "", "reference": None, "replayed": False}
                return JSONResponse({"data": {"redeemReward": {"__typename": "Refused"} | refused}})
        answer = self.ledger.answer(name, body["variables"])
        if fault == "drop":
            return StreamingResponse(_cut(), media_type="application/json")
        if fault == "trickle":
            return StreamingResponse(_trickle(json.dumps(answer).encode()), media_type="application/json")
        if fault == "stall":
            await asyncio.sleep(1)
        if self.nonce_changes:
            self.nonce = secrets.token_urlsafe(16)
        return JSONResponse(answer, headers={"DPoP-Nonce": self.nonce} if self.nonce else None)

    def _check_assertion(self, form: dict[str, Any]) -> None:
        _must(form["grant_type"] == "client_credentials" and form["scope"] == SCOPE, "grant")
        _must(form["client_assertion_type"] == _ASSERTION_TYPE, "client_assertion_type")
        assertion = form["client_assertion"]
        header = jwt.get_unverified_header(assertion)
        _must(header["typ"] == "client-authentication+jwt" and header["kid"] == self.kid, "assertion header")
        claims = self._open(assertion, audience=self.url)
        _must(claims["iss"] == claims["sub"] == CLIENT_ID and claims["aud"] == self.url, "assertion subject")
        _must(0 < claims["exp"] - claims["iat"] <= 60, "assertion life")
        self._spend(claims["jti"])

    def _check_proof(self, request: Request, token: str | None) -> bool:
        """Whether a right proof only lacks the nonce."""
        proof = request.headers["DPoP"]
        header = jwt.get_unverified_header(proof)
        _must(header["typ"] == "dpop+jwt" and header["jwk"] == self.public_jwk, "proof header")
        claims = self._open(proof)
        _must(claims["htm"] == "POST" and claims["htu"] == self.url + request.url.path, "proof target")
        _must(abs(claims["iat"] - time.time()) < 10, "proof time")
        self._spend(claims["jti"])
        digest = hashlib.sha256((token or "").encode()).digest()
        ath = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() if token else None
        _must(claims.get("ath") == ath, "ath")
        lacking = self.nonce is not None and (claims.get("nonce") != self.nonce or not self.nonce_accepted)
        self.nonces_asked += lacking
        return lacking

    def _open(self, text: str, audience: str | None = None) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            text, jwt.PyJWK(self.public_jwk).key, algorithms=["ES256", "EdDSA"], audience=audience
        )
        return claims

    def _spend(self, jti: str) -> None:
        _must(len(jti) >= 16 and jti not in self._spent, "jti")
        self._spent.add(jti)


def _require_registered(body: dict[str, Any]) -> str:
    """Return the name of the document that is meant; nothing but its id and variables that it declares is sent."""
    assert body.keys() == {"documentId", "variables"}
    (operation,) = parse(DOCUMENTS[body["documentId"]]).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    declared = {variable.variable.name.value for variable in operation.variable_definitions or ()}
    assert body["variables"].keys() <= declared
    return operation.name.value


async def _cut() -> AsyncIterator[bytes]:
    """Begin an answer and break off: the work is done, the partner doesn't hear of it."""
    yield b'{"data"'
    raise ConnectionAbortedError


async def _trickle(answer: bytes) -> AsyncIterator[bytes]:
    """Answer in fifty parts, a tenth of a second apart: a socket never waits long."""
    step = len(answer) // 50 + 1
    for start in range(0, len(answer), step):
        yield answer[start : start + step]
        await asyncio.sleep(0.1)


@contextmanager
def serving(gateway: StubGateway) -> Iterator[None]:
    """Serve on a free port of the loopback, in a thread, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gateway.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(gateway.app(), log_config=None, access_log=False, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()
