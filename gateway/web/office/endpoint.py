"""What is the same for every request of a card office: who may, how often, and what is told when it can't be."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.domain.deadline import within
from gateway.domain.error_codes import ErrorCode
from gateway.domain.errors import (
    ConfigurationError,
    KeysMissing,
    MalformedInput,
    NotAuthentic,
    Throttled,
    Unavailable,
)
from gateway.domain.limits import Limits
from gateway.domain.partners import Caller, Scope
from gateway.web.authentication import throttled, unauthenticated, unavailable
from gateway.web.graphql_errors import JSON, refusal
from gateway.web.office.orders import Members

DEADLINE_SECONDS = 5.0
"""Somebody stands at a desk, not at a gate: reading the access log asks for some hundred days."""

Answer = Mapping[str, object] | Response
Work = Callable[[Caller, Members], Coroutine[Any, Any, Answer]]

_GUESSED = frozenset({"registry id", "pass", "reference"})
"""What a thief of the machine could try one after the other; each wrong one counts, mistyped ones too."""

_NAMES = {"registry id": "registryId", "sector": "sectors"}
"""What use cases call their arguments, and what a member is called here."""

_log = structlog.get_logger(__name__)


def office_endpoint(
    work: Work, limits: Limits, *, seconds: float = DEADLINE_SECONDS
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint, to be put behind `RequireCaller`, that does some work for a card office's machine.

    Wrong registry ids, passes and references count like a partner's denied codes: so many a minute, and then the
    machine has to wait.
    """

    async def endpoint(request: Request) -> Response:
        caller: Caller = request.state.caller
        refused = _refused(request, caller)
        if refused is not None:
            return refused
        try:
            await limits.admit(caller)
            await limits.admit_code(caller)
            answer = await within(seconds, work(caller, Members(request.state.body)))
        except MalformedInput as wrong:
            if wrong.argument in _GUESSED:
                await limits.code_denied(caller)
            told = {"argument": _NAMES.get(wrong.argument, wrong.argument)}
            return refusal(400, ErrorCode.BAD_USER_INPUT, wrong.message, extensions=told)
        except NotAuthentic as ended:
            _log.info("card office refused", reason=ended.code)
            return unauthenticated(request.state.request_id)
        except Throttled as error:
            _log.info("throttled", reason=str(error))
            return throttled(request.state.request_id, error)
        except Unavailable as error:
            return unavailable(request.state.request_id, error)
        except (KeysMissing, ConfigurationError) as error:
            _log.error("card office impossible", reason=type(error).__name__)
            return unavailable(request.state.request_id, Unavailable("keys"))
        return answer if isinstance(answer, Response) else JSONResponse(answer, headers=_NOT_STORED)

    return endpoint


_NOT_STORED = {"Cache-Control": "no-store"}


def _refused(request: Request, caller: Caller) -> Response | None:
    """Return what a request is told that is not looked into, if it is none of a card office's."""
    if Scope.OFFICE not in caller.scopes:
        return refusal(403, ErrorCode.FORBIDDEN, "This is for machines of the card office.")
    if not caller.bound:
        message = "Nothing was done. Give the proof the claim content_digest of this very body."
        return refusal(400, ErrorCode.CONTENT_DIGEST_REQUIRED, message)
    if request.url.query:
        return refusal(400, ErrorCode.BAD_REQUEST, "Send everything in the body, and nothing in the address.")
    types = [each.partition(";")[0].strip().lower() for each in request.headers.getlist("content-type")]
    if types != [JSON] or "content-encoding" in request.headers:
        return refusal(415, ErrorCode.BAD_REQUEST, f"Send the request as {JSON}.")
    return None
