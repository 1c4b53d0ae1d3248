"""Pages for people: the counter at `GET /counter`, and the files that it is made of, under `/pages/`.

The server does nothing special for them: they are static, hold no data, and speak the partners' protocol from the
browser with a key that WebCrypto lets nobody read. What they may reach is bounded by the headers here.
"""

from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route, request_response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).parent / "static" / "pages"

COUNTER_PATH = "/counter"
FILES_PATH = "/pages"
WORKER_PATH = f"{FILES_PATH}/counter/worker.js"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types laurel",
    )
)
"""No inline script or style, no other origin, no text that becomes markup or code.

The one policy of Trusted Types, `laurel`, lets pass the addresses of the page's two workers and nothing else
(`static/pages/workers.js`). A form is never submitted: what is in it would get into an address.
"""

_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), display-capture=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_WORKER_SCOPE = {"Service-Worker-Allowed": COUNTER_PATH}


def page_routes() -> list[BaseRoute]:
    """Return the routes of the pages. They need no caller: who has no device sees a form for a code."""

    async def counter(_: Request) -> Response:
        return FileResponse(STATIC / "counter" / "index.html")

    return [
        Route(COUNTER_PATH, Strict(request_response(counter)), methods=["GET"]),
        Mount(FILES_PATH, Strict(StaticFiles(directory=STATIC))),
    ]


class Strict:
    """Adds to each answer what a browser may do with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and put the headers on its answer."""
        headers = {**_HEADERS, **(_WORKER_SCOPE if scope["path"] == WORKER_PATH else {})}

        async def send_strictly(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await self._app(scope, receive, send_strictly)
