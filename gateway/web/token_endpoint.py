"""`POST /oauth/token`: the token endpoint (RFC 6749 section 3.2), for the one grant that machines need.

Whatever was wrong, the client is told one of the standard's few words; which check failed goes to the log. A wrong
clock is named, and a nonce is asked for, once nothing else is wrong.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.auth.nonces import ADVICE
from gateway.auth.sign_in import TOKEN_PATH, OAuthError, SignIn, SignInRefused
from gateway.domain.errors import KeysMissing, Unavailable
from gateway.web.clock_skew import for_oauth
from gateway.web.deadline import in_time

FORM_BYTES_MAX = 16 * 1024
PARAMETERS_MAX = 20
"""The grant has six; clients add some that nobody asked for."""

_FORM = "application/x-www-form-urlencoded"
_NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_STATUS = {OAuthError.INVALID_CLIENT: 401}
_log = structlog.get_logger(__name__)


def token_route(sign_in: SignIn) -> Route:
    """Return the route of the token endpoint. A body above FORM_BYTES_MAX is answered with 413, unread."""

    async def token(request: Request) -> Response:
        try:
            if request.url.query:  # where every log on the way has it (RFC 6749 section 2.3.1)
                raise SignInRefused(OAuthError.INVALID_REQUEST, "query-string")
            form = _parameters(request.headers.getlist("content-type"), await request.body())
            granted = await in_time(sign_in.token(form, dpop=request.headers.getlist("dpop")))
        except SignInRefused as refusal:
            _log.info("sign-in refused", reason=refusal.code)
            return _answer({"error": refusal.error, **_described(refusal)}, _STATUS.get(refusal.error, 400))
        except Unavailable as error:
            _log.warning("sign-in impossible", reason=str(error))
            return _later(error.retry_after_seconds)
        except KeysMissing:
            _log.error("sign-in impossible", reason="keys-missing")
            return _later(1)
        return _answer(
            {
                "access_token": granted.access_token,
                "token_type": "DPoP",
                "expires_in": granted.expires_in,
                "scope": " ".join(sorted(granted.scopes)),
            }
        )

    return Route(TOKEN_PATH, token, methods=["POST"], max_body_size=FORM_BYTES_MAX)


def _parameters(content_types: list[str], body: bytes) -> dict[str, str]:
    """Return the form's parameters; one without a value counts as left out (RFC 6749 section 3.2).

    Raises:
        SignInRefused: not a form, or a parameter comes twice.
    """
    if [each.partition(";")[0].strip().lower() for each in content_types] != [_FORM]:
        raise SignInRefused(OAuthError.INVALID_REQUEST, "form-media-type")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=PARAMETERS_MAX,
        )
    except ValueError:
        raise SignInRefused(OAuthError.INVALID_REQUEST, "form-malformed") from None
    if len(dict(pairs)) != len(pairs):
        raise SignInRefused(OAuthError.INVALID_REQUEST, "form-parameter-twice")
    return {name: value for name, value in pairs if value}


def _described(refusal: SignInRefused) -> Mapping[str, object]:
    """Return what a client is told beyond the word: only what it can mend at once."""
    if refusal.error is OAuthError.USE_DPOP_NONCE:
        return {"error_description": ADVICE}
    return for_oauth(refusal.skew) if refusal.skew else {}


def _later(seconds: int) -> Response:
    response = _answer({"error": "temporarily_unavailable"}, 503)
    response.headers["Retry-After"] = str(seconds)
    return response


def _answer(content: Mapping[str, object], status: int = 200) -> Response:
    return JSONResponse(content, status, headers=_NOT_STORED)
