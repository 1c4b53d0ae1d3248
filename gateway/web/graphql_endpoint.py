"""`/graphql`: GraphQL over HTTP, in both media types, for a caller who is known by then.

What the operation means is the business of the schema; this room knows the shape of requests and answers.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import structlog
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send

from gateway.domain.error_codes import ErrorCode
from gateway.domain.errors import NotAuthentic, Throttled, Unavailable
from gateway.domain.partners import Caller
from gateway.web.authentication import throttled, unauthenticated, unavailable
from gateway.web.graphql_errors import JSON, refusal
from gateway.web.graphql_requests import (
    GRAPHQL_RESPONSE,
    BadRequest,
    Operation,
    in_address,
    negotiate,
    posted,
)
from gateway.web.heads import head_of

_CONTENT_TYPES = {each: f"{each}; charset=utf-8".encode() for each in (JSON, GRAPHQL_RESPONSE)}
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_log = structlog.get_logger(__name__)


class Outcome(Protocol):
    """What running an operation gave: `body` as JSON, and whether anything ran."""

    @property
    def body(self) -> Mapping[str, Any]:
        """The members data and errors of the answer."""
        ...

    @property
    def ran(self) -> bool:
        """False where the document or the variables were wrong."""
        ...

    @property
    def needs_post(self) -> bool:
        """True where a mutation was asked for by a request that may only ask."""
        ...


Run = Callable[[Operation, Caller, str], Awaitable[Outcome]]


class GraphQLEndpoint:
    """Runs an authenticated caller's operation. A bare application: most of a gateway's work is this."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; `scope["state"]` has its body, its caller and its id."""
        state, media_type = scope["state"], JSON
        try:
            media_type = negotiate(head_of(scope).getlist("accept"))
            operation = _operation_in(scope)
            outcome = await self._run(operation, state["caller"], state["request_id"])
        except BadRequest as bad:
            answer = refusal(bad.status, ErrorCode.BAD_REQUEST, bad.message, media_type=media_type)
        except NotAuthentic:
            answer = unauthenticated(state["request_id"])
        except Unavailable as error:
            answer = unavailable(state["request_id"], error)
        except Throttled as error:
            _log.info("throttled", reason=str(error))
            answer = throttled(state["request_id"], error)
        else:
            return await _tell(outcome, media_type, send)
        return await answer(scope, receive, send)


async def _tell(outcome: Outcome, media_type: str, send: Send) -> None:
    body = _encode(outcome.body).encode()
    status = 200 if outcome.ran or media_type == JSON else 400
    headers = [(b"cache-control", b"no-store")]
    if outcome.needs_post:
        status = 405
        headers.append((b"allow", b"POST"))
    headers.append((b"content-length", b"%d" % len(body)))
    headers.append((b"content-type", _CONTENT_TYPES[media_type]))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _operation_in(scope: Scope) -> Operation:
    if scope["method"] == "GET":
        return in_address(QueryParams(scope["query_string"]))
    return posted(head_of(scope), scope["state"]["body"])
