"""`POST /pass/pairing` and `POST /pass/access-log`: what a resident's phone asks, which has no token.

The first brings a one-time code and gets the phone's live passes. The second brings a question that only that
phone can make, and the PIN. JSON in and out, nothing in the address; whatever is the matter with a well-formed
code or question, there is one answer for it.
"""

import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.domain.deadline import within
from gateway.domain.error_codes import ErrorCode
from gateway.domain.errors import KeysMissing, MalformedInput, Throttled, Unavailable
from gateway.domain.pairings import Paired
from gateway.web.authentication import throttled, unavailable
from gateway.web.graphql_errors import JSON, refusal
from gateway.web.office.holders import told
from gateway.web.office.orders import PIN_MAX, Members

PAIRING_PATH, PHONE_LOG_PATH = PHONE_PATHS = ("/pass/pairing", "/pass/access-log")

BODY_BYTES_MAX = 1024
SECONDS_MAX = 5.0
"""As at the card office: reading the access log asks for some hundred days."""

_PHONE = re.compile(r"[A-Za-z0-9_-]{22,64}")
"""What a phone calls itself for one pairing: 128 random bits or more."""

_NOT_STORED = {"Cache-Control": "no-store"}
_log = structlog.get_logger(__name__)

Pair = Callable[[str, str], Coroutine[Any, Any, Paired | None]]
Looks = Callable[[str, str], Coroutine[Any, Any, Sequence[tuple[date, str]] | None]]
Titles = Mapping[str, tuple[str, str]]


class WrongTries(Protocol):
    """Counts what strangers try, all of them together."""

    def admit(self) -> None:
        """Admit a try, or raise Throttled."""
        ...

    def wrong(self) -> None:
        """Count one that was wrong."""
        ...


def phone_routes(pair: Pair, looks: Looks, *, titles: Titles, tries: WrongTries) -> list[Route]:
    """Return the routes. `pair` takes a code and what the phone calls itself, `looks` a question and a PIN."""

    async def pairing(asked: Members) -> Mapping[str, object]:
        code, phone = asked.text("code"), asked.text("phone")
        asked.finish()
        if not _PHONE.fullmatch(phone):
            raise MalformedInput("phone", "Give 22 to 64 random characters of A-Z, a-z, 0-9, - and _.")
        paired = await pair(code, phone)
        if paired is None:
            tries.wrong()
            raise MalformedInput("code", "This code is not good, or no longer. Ask the card office for a new one.")
        return {"passes": [_described(sector, text, titles) for sector, text in paired.pairings]}

    async def access_log(asked: Members) -> Mapping[str, object]:
        question, pin = asked.text("question"), asked.text("pin", longest=PIN_MAX)
        asked.finish()
        found = await looks(question, pin)
        if found is None:
            tries.wrong()
            raise MalformedInput("pin", "This PIN is not right, or the pass is good no longer.")
        return {"looks": told(found)}

    return [_route(PAIRING_PATH, pairing, tries), _route(PHONE_LOG_PATH, access_log, tries)]


def _described(sector: str, pairing: str, titles: Titles) -> Mapping[str, str]:
    zh, en = titles.get(sector, (sector, sector))
    return {"sector": sector, "zh": zh, "en": en, "pairing": pairing}


def _route(
    path: str, work: Callable[[Members], Coroutine[Any, Any, Mapping[str, object]]], tries: WrongTries
) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            tries.admit()
            types = [each.partition(";")[0].strip().lower() for each in request.headers.getlist("content-type")]
            if request.url.query or types != [JSON]:
                return refusal(400, ErrorCode.BAD_REQUEST, f"Send the body as {JSON}, and nothing in the address.")
            answer = await within(SECONDS_MAX, work(Members(await request.body())))
        except MalformedInput as wrong:
            told = {"argument": wrong.argument}
            return refusal(400, ErrorCode.BAD_USER_INPUT, wrong.message, extensions=told)
        except Throttled as error:
            _log.info("throttled", reason=str(error))
            return throttled(request.state.request_id, error)
        except Unavailable as error:
            return unavailable(request.state.request_id, error)
        except KeysMissing:
            _log.error("phone's request impossible", reason="keys-missing")
            return unavailable(request.state.request_id, Unavailable("keys"))
        return JSONResponse(answer, headers=_NOT_STORED)

    return Route(path, endpoint, methods=["POST"], max_body_size=BODY_BYTES_MAX)
