"""Reading what came back over HTTP: a grant, an enrolment, a GraphQL result, or the exception that it means."""

import json
import re
from collections.abc import Collection
from typing import Any

import httpx2

from laurel_client.errors import (
    BadInput,
    BadReply,
    ClockSkew,
    EnrolmentRefused,
    Forbidden,
    LaurelError,
    Unauthenticated,
    Unavailable,
)

TRY_AGAIN = frozenset({429, 502, 503, 504})
"""The gateway's own 503, and what a limit or a proxy in between answers."""

ENROLMENT_TEXTS = (
    "client_id",
    "device_id",
    "kid",
    "kind",
    "expires",
    "issuer",
    "token_endpoint",
    "graphql_endpoint",
)
_ADVICE_MAX = 300
_SECONDS = re.compile(r"[0-9]{1,5}")
_CODE = re.compile(r"[A-Za-z0-9_]{1,40}")


def asks_for_nonce(response: httpx2.Response) -> bool:
    """Whether this answer only asks for a proof with the nonce that it brings (RFC 9449 sections 8 and 9)."""
    if response.status_code not in (400, 401) or "DPoP-Nonce" not in response.headers:
        return False
    challenge = 'error="use_dpop_nonce"' in response.headers.get("WWW-Authenticate", "")
    return challenge or _object(response).get("error") == "use_dpop_nonce"


def raise_for_clock(response: httpx2.Response) -> None:
    """Raise what the gateway says of this machine's clock, in the form of either of its endpoints.

    Raises:
        ClockSkew: it is so wrong that no signature of its counts.
    """
    if response.status_code not in (400, 401):
        return
    match _object(response):
        case {"skew_seconds": int(seconds)} | {"errors": [{"extensions": {"skewSeconds": int(seconds)}}, *_]}:
            raise ClockSkew(seconds)


def raise_for_status(response: httpx2.Response) -> None:
    """Raise what a status means on its own; pass every answer that has to be read.

    Raises:
        Unavailable: 429, 502, 503, 504, with Retry-After where it is in seconds (RFC 9110 section 10.2.3).
        ClockSkew, Unauthenticated: 401.
        Forbidden: 403.
    """
    raise_for_clock(response)
    status = response.status_code
    if status in TRY_AGAIN:
        wish = response.headers.get("Retry-After", "")
        seconds = float(wish) if _SECONDS.fullmatch(wish) else None
        raise Unavailable(f"The gateway can't answer now (HTTP {status}).", retry_after_seconds=seconds)
    if status == httpx2.codes.UNAUTHORIZED:
        raise Unauthenticated("HTTP 401")
    if status == httpx2.codes.FORBIDDEN:
        raise Forbidden("This device may not do that (HTTP 403).")


def grant_from(response: httpx2.Response) -> tuple[str, int]:
    """Return the access token and its life in seconds (RFC 6749 section 5, RFC 9449 section 5).

    Raises:
        ClockSkew, Unauthenticated: the token endpoint named an error.
        Unavailable: it can't answer now.
        BadReply: it gave no token that is bound to the device's key.
    """
    raise_for_clock(response)
    grant = _object(response)
    if response.status_code in (400, 401):
        raise Unauthenticated(_code(grant.get("error"), f"HTTP {response.status_code}"))
    raise_for_status(response)
    token, life = grant.get("access_token"), grant.get("expires_in")
    bound = str(grant.get("token_type")).lower() == "dpop"
    if response.status_code != httpx2.codes.OK or not bound or not isinstance(token, str) or type(life) is not int:
        raise BadReply(f"The token endpoint gave no DPoP token (HTTP {response.status_code}).")
    return token, life


def enrolment_from(response: httpx2.Response) -> dict[str, Any]:
    """Return what the gateway says of the device that it registered.

    Raises:
        ClockSkew: this machine's clock is wrong.
        EnrolmentRefused: it registered none, and named an error (in the form of RFC 6749 section 5.2).
        Unavailable: it can't answer now.
        BadReply: it answers something else.
    """
    raise_for_clock(response)
    answer, status = _object(response), response.status_code
    if status in (400, 409):
        advice = answer.get("error_description")
        shown = advice[:_ADVICE_MAX] if isinstance(advice, str) and advice.isprintable() else ""
        raise EnrolmentRefused(_code(answer.get("error"), f"HTTP {status}"), shown)
    raise_for_status(response)
    match answer:
        case {"scopes": list(), "rewards": list(), "documents": dict(documents)} if (
            status == httpx2.codes.CREATED
            and all(isinstance(each, str) for each in (*documents.values(), *map(answer.get, ENROLMENT_TEXTS)))
        ):
            return answer
    raise BadReply(f"The gateway's answer is no enrolment (HTTP {status}).")


def keys_from(response: httpx2.Response) -> dict[str, Any]:
    """Return a set of public keys (RFC 7517 section 5).

    Raises:
        BadReply: it is none.
    """
    answer = _object(response)
    if response.status_code != httpx2.codes.OK or not isinstance(answer.get("keys"), list):
        raise BadReply(f"The gateway's answer is no set of keys (HTTP {response.status_code}).")
    return answer


def data_from(response: httpx2.Response, secrets: Collection[str]) -> dict[str, Any]:
    """Return the data of a GraphQL answer. `secrets` is what no message may quote.

    Raises:
        Unauthenticated, Forbidden, Unavailable, BadInput: what the first GraphQL error says.
        BadReply: neither data nor an error that the contract knows.
    """
    answer = _object(response)
    match answer:
        case {"errors": [{"message": str(message)} as error, *_]}:
            for secret in secrets:
                message = message.replace(secret, "[not shown]")
            raise _error(error.get("extensions"), message)
        case {"data": dict(data)} if response.status_code == httpx2.codes.OK:
            return data
    raise BadReply(f"The gateway's answer is no GraphQL result (HTTP {response.status_code}).")


def _error(extensions: object, message: str) -> LaurelError:
    known = extensions if isinstance(extensions, dict) else {}
    code = _code(known.get("code"), "NO_CODE")
    match code:
        case "UNAUTHENTICATED":
            return Unauthenticated(code)
        case "FORBIDDEN":
            return Forbidden(message)
        case "UNAVAILABLE":
            return Unavailable(message)
        case "BAD_USER_INPUT" | "BAD_REQUEST" | "DOCUMENT_NOT_REGISTERED":
            return BadInput(code, message)
        case _:
            return BadReply(f"{code}: {message} ({_code(known.get('requestId'), 'no id')})")


def _code(value: object, otherwise: str) -> str:
    """Return a code or id if it looks like one: it is shown, so it must not be able to carry much else."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else otherwise


def _object(response: httpx2.Response) -> dict[str, Any]:
    """Return the JSON object of an answer, or an empty one. No exception: it would keep the text."""
    try:
        content = json.loads(response.content)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
