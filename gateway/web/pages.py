"""Pages for people, at `GET /counter`, `/office` and `/pass`, and the files that they are made of, at `/pages/`.

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
OFFICE_PATH = "/office"
PHONE_PATH = "/pass"
FILES_PATH = "/pages"
WORKER_PATH = f"{FILES_PATH}/counter/worker.js"
PHONE_WORKER_PATH = f"{FILES_PATH}/phone/worker.js"

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

The one policy of Trusted Types, `laurel`, lets pass the addresses of the pages' workers and nothing else
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
_WORKER_SCOPES = {
    WORKER_PATH: {"Service-Worker-Allowed": COUNTER_PATH},
    PHONE_WORKER_PATH: {"Service-Worker-Allowed": PHONE_PATH},
}


def page_routes() -> list[BaseRoute]:
    """Return the routes of the pages. They need no caller: who has no device sees a form for a code."""

    return [
        _page(COUNTER_PATH, "counter"),
        _page(OFFICE_PATH, "office"),
        _page(PHONE_PATH, "phone"),
        Mount(FILES_PATH, Strict(StaticFiles(directory=STATIC))),
    ]


def _page(path: str, folder: str) -> Route:
    async def page(_: Request) -> Response:
        return FileResponse(STATIC / folder / "index.html")

    return Route(path, Strict(request_response(page)), methods=["GET"])


class Strict:
    """Adds to each answer what a browser may do with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and put the headers on its answer."""
        headers = {**_HEADERS, **_WORKER_SCOPES.get(scope["path"], {})}

        async def send_strictly(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await self._app(scope, receive, send_strictly)
