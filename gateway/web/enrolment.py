"""`POST /devices`: a machine registers its own key with a one-time code.

The body is `{"code": "..."}`; the header DPoP proves that the machine holds the key to register. Errors have the
form of RFC 6749 section 5.2. Whatever is the matter with a well-formed code, there is one answer for it.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.auth import strict_json
from gateway.auth.enrolment import DEVICES_PATH, Enrolment, EnrolmentError, EnrolmentRefused
from gateway.auth.sign_in import TOKEN_PATH
from gateway.domain.enrolments import Candidate, NotEnrolled
from gateway.domain.errors import KeysMissing, Unavailable
from gateway.services.enrol_device import Enrolled
from gateway.web.clock_skew import for_oauth
from gateway.web.deadline import in_time

BODY_BYTES_MAX = 1024
"""A code has 19 characters as written."""

_JSON = "application/json"
_NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_STATUS = {EnrolmentError.KEY_REGISTERED: 409}
_NO_DEVICE = {
    NotEnrolled.CODE: (EnrolmentError.INVALID_GRANT, "Ask the city for a new enrolment code."),
    NotEnrolled.KEY: (
        EnrolmentError.KEY_REGISTERED,
        "This key is registered already. Make a new one on this machine; the code is still good.",
    ),
    NotEnrolled.PROOF: (EnrolmentError.INVALID_DPOP_PROOF, "This proof was used before: make a new one."),
}
_log = structlog.get_logger(__name__)

Enrol = Callable[[Candidate], Coroutine[Any, Any, Enrolled | NotEnrolled]]
Inactive = Callable[[], frozenset[str]]


def enrolment_route(
    enrolment: Enrolment, enrol: Enrol, *, inactive: Inactive, issuer: str, graphql_url: str
) -> Route:
    """Return the route by which machines enrol. A body above BODY_BYTES_MAX is answered with 413, unread.

    `inactive` returns the rewards that are not given now: to partners they don't exist.
    """

    async def devices(request: Request) -> Response:
        try:
            code = _code(request, await request.body())
            candidate = enrolment.candidate(code, dpop=request.headers.getlist("dpop"))
            left_out = inactive()
            outcome = await in_time(enrol(candidate))
            if isinstance(outcome, NotEnrolled):
                error, advice = _NO_DEVICE[outcome]
                raise EnrolmentRefused(error, f"{outcome}-refused", advice)
        except EnrolmentRefused as refusal:
            _log.info("enrolment refused", reason=refusal.code)
            skew = for_oauth(refusal.skew) if refusal.skew else {}
            refused = {"error": refusal.error, "error_description": refusal.advice, **skew}
            return _answer(refused, _STATUS.get(refusal.error, 400))
        except Unavailable as error:
            _log.warning("enrolment impossible", reason=str(error))
            return _later(error.retry_after_seconds)
        except KeysMissing:
            _log.error("enrolment impossible", reason="keys-missing")
            return _later(1)
        return _answer({**_described(outcome, left_out), **_addresses(issuer, graphql_url)}, 201)

    return Route(DEVICES_PATH, devices, methods=["POST"], max_body_size=BODY_BYTES_MAX)


def _code(request: Request, body: bytes) -> str:
    """Return the code in a body.

    Raises:
        EnrolmentRefused: it is no JSON object with a code alone, or there is a query string, which others log.
    """
    if request.url.query:
        raise _malformed("query-string", "Send the code in the body, and nothing in the address.")
    types = [each.partition(";")[0].strip().lower() for each in request.headers.getlist("content-type")]
    if types != [_JSON]:
        raise _malformed("json-media-type", f"Send the body as {_JSON}.")
    try:
        members = strict_json.loads(body, depth_max=1)
    except strict_json.NotStrict:
        raise _malformed("json-malformed", 'Send the body {"code": "..."}.') from None
    code = members.get("code")
    if not isinstance(code, str) or len(members) > 1:
        raise _malformed("json-members", 'Send the body {"code": "..."}.')
    return code


def _malformed(reason: str, advice: str) -> EnrolmentRefused:
    return EnrolmentRefused(EnrolmentError.INVALID_REQUEST, reason, advice)


def _described(enrolled: Enrolled, left_out: frozenset[str]) -> Mapping[str, object]:
    device, profile = enrolled.device, enrolled.profile
    return {
        "client_id": device.partner.id,
        "device_id": device.id,
        "kid": device.kid,
        "kind": profile.kind,
        "scopes": sorted(enrolled.scopes),
        "expires": device.not_after.isoformat(timespec="seconds"),
        "rewards": sorted(profile.rewards - left_out),
        "documents": {name: one.text for name, one in sorted(profile.documents.items())},
    }


def _addresses(issuer: str, graphql_url: str) -> Mapping[str, object]:
    return {"issuer": issuer, "token_endpoint": issuer + TOKEN_PATH, "graphql_endpoint": graphql_url}


def _later(seconds: int) -> Response:
    response = _answer({"error": "temporarily_unavailable"}, 503)
    response.headers["Retry-After"] = str(seconds)
    return response


def _answer(content: Mapping[str, object], status: int) -> Response:
    return JSONResponse(content, status, headers=_NOT_STORED)
