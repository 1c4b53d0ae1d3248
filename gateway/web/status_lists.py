"""`GET /status-lists/{sector}`: which cards a gate without a line must not honour (IETF Token Status List).

For devices that may decide offline, with a token and a proof as everywhere else. What was fetched before is
asked for with `If-None-Match` and costs nothing.
"""

from collections.abc import Callable
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from gateway.domain.error_codes import ErrorCode
from gateway.domain.errors import Unavailable
from gateway.domain.partners import Caller
from gateway.domain.status_lists import SignedList
from gateway.web.authentication import unavailable
from gateway.web.graphql_errors import refusal

STATUS_LISTS_PATH = "/status-lists/"
MEDIA_TYPE = "application/statuslist+jwt"


class Lists(Protocol):
    """The newest list of each sector."""

    def current(self, sector: str) -> SignedList:
        """Return it, or raise Unavailable."""
        ...


def status_list_endpoint(
    lists: Lists, may_read: Callable[[Caller, str], bool], *, seconds: int
) -> Callable[[Request], Response]:
    """Return the endpoint, to be put behind `RequireCaller`. A list may be kept for so many `seconds`."""

    def endpoint(request: Request) -> Response:
        sector = request.path_params["sector"]
        try:
            if not may_read(request.state.caller, sector):
                return refusal(403, ErrorCode.FORBIDDEN, "This list is for devices that may decide offline.")
            found = lists.current(sector)
        except Unavailable as error:
            return unavailable(request.state.request_id, error)
        headers = {
            "ETag": f'"{found.tag}"',
            "Cache-Control": f"private, max-age={seconds}",
            "Vary": "Authorization",
        }
        if f'"{found.tag}"' in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(found.token, media_type=MEDIA_TYPE, headers=headers)

    return endpoint
