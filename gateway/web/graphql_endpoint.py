"""`POST /graphql`: GraphQL over HTTP, in both media types, with the request's body parsed strictly first.

What the operation means is the business of the schema; this room knows the shape of requests and answers.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.auth import strict_json
from gateway.domain.errors import NotAuthentic, Throttled, Unavailable
from gateway.domain.partners import Caller
from gateway.web.authentication import throttled, unauthenticated, unavailable

BODY_DEPTH_MAX = 8
"""Variables, an input, a list of items and what is in them: six levels."""

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Operation:
    """A well-formed GraphQL request."""

    document: str
    variables: Mapping[str, Any] | None
    name: str | None


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


Run = Callable[[Operation, Caller, str], Awaitable[Outcome]]


class BadRequest(Exception):
    """The request is no GraphQL request; the message says what it has to be."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def graphql_endpoint(run: Run) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint that runs an authenticated caller's operation."""

    async def endpoint(request: Request) -> Response:
        media_type = JSON
        try:
            media_type = _negotiate(request.headers.getlist("accept"))
            operation = _operation_in(request)
            outcome = await run(operation, request.state.caller, request.state.request_id)
        except BadRequest as bad:
            return _answer(
                {"errors": [{"message": bad.message, "extensions": {"code": "BAD_REQUEST"}}]},
                bad.status,
                media_type,
            )
        except NotAuthentic:
            return unauthenticated(request.state.request_id)
        except Unavailable as error:
            return unavailable(request.state.request_id, error)
        except Throttled as refusal:
            _log.info("throttled", reason=str(refusal))
            return throttled(request.state.request_id, refusal)
        status = 200 if outcome.ran or media_type == JSON else 400
        return _answer(outcome.body, status, media_type)

    return endpoint


def _negotiate(accept: list[str]) -> str:
    """Return the media type to answer in: the first of ours that the client names; JSON where it names none."""
    if not accept:
        return JSON
    named = [part.partition(";")[0].strip().lower() for part in ",".join(accept).split(",")]
    for media_type in named:
        if media_type in (JSON, GRAPHQL_RESPONSE):
            return media_type
        if media_type in ("*/*", "application/*"):
            return JSON
    raise BadRequest(406, f"Accept {GRAPHQL_RESPONSE} or {JSON}.")


def _operation_in(request: Request) -> Operation:
    types = request.headers.getlist("content-type")
    media_type, _, parameters = (types[0] if len(types) == 1 else "").partition(";")
    charset = parameters.replace('"', "").strip().lower()
    if media_type.strip().lower() != JSON or charset not in ("", "charset=utf-8"):
        raise BadRequest(415, f"Send the request as {JSON}.")
    if "content-encoding" in request.headers:
        raise BadRequest(415, "Send the body without a content encoding.")
    try:
        body = strict_json.loads(request.state.body, depth_max=BODY_DEPTH_MAX)
    except strict_json.NotStrict:
        raise BadRequest(
            400, "The body has to be one plain JSON object in UTF-8, with whole numbers below 2^53."
        ) from None
    return _operation(body)


def _operation(body: Mapping[str, Any]) -> Operation:
    document, variables, name = body.get("query"), body.get("variables"), body.get("operationName")
    if not isinstance(document, str) or not document.strip():
        raise BadRequest(400, "Give the document in query, as a string.")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequest(400, "Give the variables as an object.")
    if name is not None and not isinstance(name, str):
        raise BadRequest(400, "Give operationName as a string.")
    if not isinstance(body.get("extensions", {}), dict | None):
        raise BadRequest(400, "Give extensions as an object.")
    return Operation(document, variables, name or None)


def _answer(body: Mapping[str, Any], status: int, media_type: str) -> Response:
    return JSONResponse(
        body, status, headers={"Cache-Control": "no-store"}, media_type=f"{media_type}; charset=utf-8"
    )
