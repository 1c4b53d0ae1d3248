"""In front of `/graphql`: a request gets through only with a caller, whom the schema finds in its state.

All failures have one answer, so that it tells an attacker nothing; the reason is in the log, under the request's
id. Two say what to do, for only the device itself can bring them about: a nonce is wanted, or its clock is wrong.
A token anywhere but in its header is never looked at; whoever sends one so is told, before it is in every log.
Neither Host nor any forwarding header is read: what a proof is for is compared with the configured address.
"""

import re
from collections.abc import Mapping

import structlog
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.auth.authenticate import Authenticator
from gateway.auth.jws import ALGORITHM_NAMES
from gateway.auth.nonces import ADVICE, NonceWanted
from gateway.domain.error_codes import ErrorCode
from gateway.domain.errors import ClockSkew, KeysMissing, NotAuthentic, Throttled, Unavailable
from gateway.web.clock_skew import for_graphql
from gateway.web.graphql_errors import JSON, refusal
from gateway.web.heads import Head, head_of

_TOKEN_PARAMETER = re.compile(rb"(?:^|[&;\s])access_token=")
_MISPLACED = "Send the access token in the header Authorization, and nowhere else."
_log = structlog.get_logger(__name__)


class RequireCaller:
    """Wraps the GraphQL endpoint: whatever the method, nothing gets through without a caller.

    The body has been read by then (`ReadBody`): a proof may be for it alone.
    """

    def __init__(self, app: ASGIApp, authenticator: Authenticator, *, origin: str | None = None) -> None:
        """`origin` is the public scheme and host of what is behind; without it, that is the GraphQL endpoint."""
        self._app = app
        self._origin = origin
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the `Caller` into `scope["state"]["caller"]`, or answer 401 or 503 in its stead."""
        state = scope.setdefault("state", {})
        state.pop("caller", None)
        head = head_of(scope)
        if _misplaced(scope, head, state["body"]):
            _log.info("authentication refused", reason="token-misplaced")
            return await refusal(400, ErrorCode.BAD_REQUEST, _MISPLACED)(scope, receive, send)
        try:
            state["caller"] = await self._authenticator.caller(
                authorization=head.getlist("authorization"),
                dpop=head.getlist("dpop"),
                method=scope["method"],
                body=state["body"],
                url=None if self._origin is None else self._origin + scope["path"],
            )
        except NotAuthentic as refused:
            _log.info("authentication refused", reason=refused.code)
            return await unauthenticated(state.get("request_id"), refused)(scope, receive, send)
        except KeysMissing:
            _log.error("authentication impossible", reason="keys-missing")
            return await unavailable(state.get("request_id"), Unavailable("keys"))(scope, receive, send)
        except Unavailable as error:
            _log.warning("authentication impossible", reason=str(error))
            return await unavailable(state.get("request_id"), error)(scope, receive, send)
        return await self._app(scope, receive, send)


def _misplaced(scope: Scope, head: Head, body: bytes) -> bool:
    """Whether a parameter or a cookie is called like a token (RFC 6750 sections 2.2 and 2.3)."""
    query, cookies, media_type = scope["query_string"], head.getlist("cookie"), head.first("content-type")
    if not query and not cookies and media_type == JSON:
        return False  # as nearly every request is
    is_form = media_type.strip().lower().startswith("application/x-www-form-urlencoded")
    places = (query, body if is_form else b"", "; ".join(cookies).encode("latin-1"))
    return any(place and _TOKEN_PARAMETER.search(place) for place in places)


def unauthenticated(request_id: str | None, reason: NotAuthentic | None = None) -> Response:
    """Return the one answer to whoever is not authentic, unless it is by a nonce or a clock alone."""
    request: Mapping[str, object] = {"requestId": request_id}
    match reason:
        case NonceWanted():
            told = {"reason": "use_dpop_nonce", **request}
            return _challenge("use_dpop_nonce", ADVICE, ErrorCode.UNAUTHENTICATED, told)
        case ClockSkew():
            told = {**for_graphql(reason), **request}
            return _challenge("invalid_dpop_proof", reason.advice, ErrorCode.CLOCK_SKEW, told)
    message = "Send a valid access token and a fresh proof made for this request."
    return _challenge("invalid_token", message, ErrorCode.UNAUTHENTICATED, request)


def unavailable(request_id: str | None, error: Unavailable) -> Response:
    """Return 503 with the seconds after which to try again. Nothing was recorded that a retry would double."""
    message = "The gateway can't answer right now. Send the same request again, with a fresh proof."
    told, later = {"requestId": request_id}, {"Retry-After": str(error.retry_after_seconds)}
    return refusal(503, ErrorCode.UNAVAILABLE, message, extensions=told, headers=later)


def throttled(request_id: str | None, error: Throttled) -> Response:
    """Return 429 with the seconds after which to try again, whichever limit it was: no pass was looked up."""
    message = "Too much was asked in a short time. Ask again after the seconds in Retry-After."
    told, later = {"requestId": request_id}, {"Retry-After": str(error.retry_after_seconds)}
    return refusal(429, ErrorCode.THROTTLED, message, extensions=told, headers=later)


def _challenge(error: str, message: str, code: ErrorCode, extensions: Mapping[str, object]) -> Response:
    """Return 401 with a challenge (RFC 9449 section 7.1)."""
    algorithms = " ".join(ALGORITHM_NAMES)
    challenge = f'DPoP error="{error}", error_description="{message}", algs="{algorithms}"'
    return refusal(401, code, message, extensions=extensions, headers={"WWW-Authenticate": challenge})
