"""The body of a request, read once: whoever checks its signature and whoever parses it see the very same bytes."""

import asyncio

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.domain.error_codes import ErrorCode
from gateway.web.graphql_errors import refusal
from gateway.web.heads import head_of

BODY_BYTES_MAX = 16 * 1024
"""A partner's longest request has 2 KiB."""

BODY_SECONDS = 3.0
"""A slow line sends 2 KiB in a quarter of a second. The connection is cut off two seconds later than this, so that
whoever is too slow is told."""


class ReadBody:
    """Wraps an endpoint: puts the raw body into `scope["state"]["body"]`, or answers 408 or 413 in its stead."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read a body of at most BODY_BYTES_MAX; of a larger one no more than tells so, nothing if its head does.

        Raises:
            ClientDisconnect: whoever sent it has gone.
        """
        if _announced(scope) > BODY_BYTES_MAX:
            return await _TOO_LARGE(scope, receive, send)
        body = bytearray()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnect
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > BODY_BYTES_MAX:
                        return await _TOO_LARGE(scope, receive, send)
        except TimeoutError:
            return await _TOO_SLOW(scope, receive, send)
        scope.setdefault("state", {})["body"] = bytes(body)
        return await self._app(scope, receive, send)


def _announced(scope: Scope) -> int:
    """Return the length that the head says; the server below has seen that it is a number, and only one."""
    return int(head_of(scope).first("content-length", "0"))


_TOO_LARGE = refusal(413, ErrorCode.BAD_REQUEST, f"A request has at most {BODY_BYTES_MAX} bytes.")
_TOO_SLOW = refusal(
    408,
    ErrorCode.BAD_REQUEST,
    f"The body has to come within {BODY_SECONDS:.0f} seconds, as long as Content-Length says.",
    headers={"Connection": "close"},
)
