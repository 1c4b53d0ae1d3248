"""The body of a request, read once: whoever checks its signature and whoever parses it see the very same bytes."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

BODY_BYTES_MAX = 16 * 1024
"""A partner's longest request has 2 KiB."""


class ReadBody:
    """Wraps an endpoint: puts the raw body into `scope["state"]["body"]`, or answers 413 in its stead."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read a body of at most BODY_BYTES_MAX; of a larger one, no more than tells so."""
        body = bytearray()
        async for chunk in Request(scope, receive).stream():
            body += chunk
            if len(body) > BODY_BYTES_MAX:
                return await _too_large()(scope, receive, send)
        scope.setdefault("state", {})["body"] = bytes(body)
        return await self._app(scope, receive, send)


def _too_large() -> JSONResponse:
    error = {
        "message": f"A request has at most {BODY_BYTES_MAX} bytes.",
        "extensions": {"code": "BAD_REQUEST"},
    }
    return JSONResponse(
        {"errors": [error]},
        413,
        headers={"Cache-Control": "no-store"},
        media_type="application/json; charset=utf-8",
    )
