"""`/graphql`: GraphQL over HTTP, in both media types, for a caller who is known by then.

What the operation means is the business of the schema; this room knows the shape of requests and answers.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.domain.error_codes import ErrorCode
from gateway.domain.errors import NotAuthentic, Throttled, Unavailable
from gateway.domain.partners import Caller
from gateway.web.authentication import throttled, unauthenticated, unavailable
from gateway.web.graphql_errors import JSON, refusal
from gateway.web.graphql_requests import BadRequest, Operation, in_address, negotiate, posted

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


def graphql_endpoint(run: Run) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint that runs an authenticated caller's operation."""

    async def endpoint(request: Request) -> Response:
        media_type = JSON
        try:
            media_type = negotiate(request.headers.getlist("accept"))
            operation = _operation_in(request)
            outcome = await run(operation, request.state.caller, request.state.request_id)
        except BadRequest as bad:
            return refusal(bad.status, ErrorCode.BAD_REQUEST, bad.message, media_type=media_type)
        except NotAuthentic:
            return unauthenticated(request.state.request_id)
        except Unavailable as error:
            return unavailable(request.state.request_id, error)
        except Throttled as error:
            _log.info("throttled", reason=str(error))
            return throttled(request.state.request_id, error)
        return _answer(outcome, media_type)

    return endpoint


def _answer(outcome: Outcome, media_type: str) -> Response:
    headers = {"Cache-Control": "no-store"}
    status = 200 if outcome.ran or media_type == JSON else 400
    if outcome.needs_post:
        status, headers["Allow"] = 405, "POST"
    return JSONResponse(outcome.body, status, headers=headers, media_type=f"{media_type}; charset=utf-8")


def _operation_in(request: Request) -> Operation:
    if request.method == "GET":
        return in_address(request.query_params)
    return posted(request.headers, request.state.body)
