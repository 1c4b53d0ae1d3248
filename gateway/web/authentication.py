"""In front of `/graphql`: a request gets through only with a caller, whom the schema finds in its state.

All failures have one answer, so that it tells an attacker nothing; the reason is in the log, under the request's
id. Neither Host nor any forwarding header is read: what a proof is for is compared with the configured address.
"""

import structlog
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.auth.authenticate import Authenticator
from gateway.auth.jws import ALGORITHMS
from gateway.domain.errors import NotAuthentic, Unavailable
from gateway.web.deadline import deadline

_CHALLENGE = f'DPoP error="invalid_token", algs="{" ".join(ALGORITHMS)}"'
_log = structlog.get_logger(__name__)


class RequireCaller:
    """Wraps the GraphQL endpoint: whatever the method, nothing gets through without a caller."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator) -> None:
        self._app = app
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the `Caller` into `scope["state"]["caller"]`, or answer 401 or 503 in its stead."""
        state = scope.setdefault("state", {})
        state.pop("caller", None)
        headers = Headers(scope=scope)
        try:
            async with deadline():
                state["caller"] = await self._authenticator.caller(
                    authorization=headers.getlist("authorization"),
                    dpop=headers.getlist("dpop"),
                    method=scope["method"],
                )
        except NotAuthentic as refusal:
            _log.info("authentication refused", reason=refusal.code)
            return await unauthenticated(state.get("request_id"))(scope, receive, send)
        except Unavailable as error:
            _log.warning("authentication impossible", reason=str(error))
            return await unavailable(state.get("request_id"), error)(scope, receive, send)
        return await self._app(scope, receive, send)


def unauthenticated(request_id: str | None) -> Response:
    """Return the one answer to whoever is not authentic, whatever failed."""
    message = "Send a valid access token and a fresh proof made for this request."
    return _error(401, "UNAUTHENTICATED", message, request_id, **{"WWW-Authenticate": _CHALLENGE})


def unavailable(request_id: str | None, error: Unavailable) -> Response:
    """Return 503 with the seconds after which to try again. Nothing was recorded that a retry would double."""
    message = "The gateway can't answer right now. Send the same request again, with a fresh proof."
    return _error(503, "UNAVAILABLE", message, request_id, **{"Retry-After": str(error.retry_after_seconds)})


def _error(status: int, code: str, message: str, request_id: str | None, **headers: str) -> Response:
    error = {"message": message, "extensions": {"code": code, "requestId": request_id}}
    return JSONResponse({"errors": [error]}, status, headers={"Cache-Control": "no-store", **headers})
