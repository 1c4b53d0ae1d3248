"""Two peers by Strawberry's stock ASGI view: `python -m bench.peers.strawberry_app naive` (or `cached`).

*Naive* is what the documentation leads to: each document parsed and validated anew, PyJWT, SQLAlchemy's sessions.
*Cached* has Strawberry's own caches of parsing and validation, and the drivers without SQLAlchemy.
"""

import datetime
import hashlib
import hmac
import json
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import jwt
import strawberry
import uvicorn
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from bench.peers.strawberry_gate import Claims, Gate, Unauthenticated
from bench.peers.strawberry_records import BySession, Records, fast

MESSAGE = "This pass does not give this reward now."
ZONE = datetime.timezone(datetime.timedelta(hours=8))
DOCUMENTS_MAX = 100


@strawberry.type
class Eligible:
    """The pass may have the reward."""

    reward: strawberry.ID
    quantity: int
    remaining: int | None


@strawberry.type
class NotEligible:
    """The pass may not."""

    message: str
    reference: str


@strawberry.type
class Undetermined:
    """Nobody can tell; here only for the document's sake."""

    doubt: str
    message: str


Verdict = Annotated[Eligible | NotEligible | Undetermined, strawberry.union("VerifyPassResult")]
Info = strawberry.Info[dict[str, Any], None]


@strawberry.type
class Query:
    """The one field that is measured."""

    @strawberry.field
    async def verify_pass(
        self,
        info: Info,
        pass_: Annotated[str, strawberry.argument(name="pass")],
        reward: strawberry.ID,
        quantity: int = 1,
    ) -> Verdict:
        """Decide, with the same two look-ups for anybody."""
        town, gate, records = (info.context[name] for name in ("town", "gate", "records"))
        rule = town["reward"]
        if reward != rule["code"] or not 1 <= quantity <= 100:
            raise ValueError("No such reward or quantity.")
        claims = _opened(gate, pass_)
        handle = _handle(town, claims["jti"]) if claims else secrets.token_bytes(32)
        found = await records.pass_(handle)
        secret = secrets.token_bytes(32) if found is None else found["secret"]
        used = await records.units(_pseudonym(town, secret, reward), _bucket())
        if claims and found and _eligible(found, claims, rule) and used + quantity <= rule["quota"]:
            return Eligible(reward=reward, quantity=quantity, remaining=None)
        return NotEligible(message=MESSAGE, reference=secrets.token_urlsafe(54))


def _opened(gate: Gate, text: str) -> Claims | None:
    try:
        return gate.read_pass(text)
    except (jwt.PyJWTError, Unauthenticated):
        return None


def _handle(town: Mapping[str, Any], token_id: str) -> bytes:
    return hmac.digest(bytes.fromhex(town["keys"]["handle"]), token_id.encode(), hashlib.sha256)


def _pseudonym(town: Mapping[str, Any], secret: bytes, reward: str) -> bytes:
    return hashlib.sha256(bytes.fromhex(town["keys"]["period"]) + secret + reward.encode()).digest()


def _bucket() -> str:
    return datetime.datetime.now(ZONE).date().isoformat()


def _eligible(found: Mapping[str, Any], claims: Claims, rule: Mapping[str, Any]) -> bool:
    return bool(
        found["revoked_at"] is None
        and found["expires_at"] > found["now"]
        and found["sector"] == claims["aud"] == rule["sector"]
        and (found["centihours"] >= rule["centihours"] or found["honours"] != "[]")
    )


class View(GraphQL[dict[str, Any], None]):
    """The stock view; its context is where Strawberry's users tell who calls."""

    def __init__(self, schema: strawberry.Schema, context: dict[str, Any]) -> None:
        super().__init__(schema, graphql_ide=None, allow_queries_via_get=False)
        self._context = context

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> dict[str, Any]:
        """Return what resolvers need, or end the request with 401."""
        assert isinstance(request, Request)
        try:
            caller = self._context["gate"].caller(request.headers, request.method, await request.body())
        except Unauthenticated as error:
            raise HTTPException(401, str(error)) from None
        return {**self._context, "caller": caller}


def application(town: Mapping[str, Any], *, cached: bool, remember: bool) -> View:
    """Return the peer as an ASGI application."""
    caches = [lambda: ParserCache(DOCUMENTS_MAX), lambda: ValidationCache(DOCUMENTS_MAX)] if cached else []
    schema = strawberry.Schema(query=Query, types=[Undetermined], extensions=caches)
    records: Records = fast(town) if cached else BySession(town)
    return View(schema, {"town": town, "gate": Gate(town, remember=remember), "records": records})


def main(kind: str) -> None:
    """Serve on a free port, and say on which."""
    town = json.loads(Path(os.environ["TOWN"]).read_text("utf-8"))
    app = application(town, cached=kind == "cached", remember=os.environ["TOKENS"] == "cached")
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", lifespan="off", ws="none", log_config=None, access_log=False
    )
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print(f"peer serves at http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1])
