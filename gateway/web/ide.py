"""The sandbox's pages: an IDE at `GET /graphql` that signs in and signs every request as one of the partners.

The server does nothing special for it: the page gets the sandbox's partner files, private keys included, and
speaks the partners' protocol in the browser. So all of it is for this machine alone, and only the sandbox has it.
"""

import ipaddress
import json
import re
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route, request_response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).parent / "static" / "ide"

_LOOPBACK_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The page reaches nothing but the sandbox, even where an answer holds the address of an image.

The one inline style that GraphiQL tries to add, against scrolling behind an open dialog, is not needed here.
"""

_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_SECRET = {"Cache-Control": "no-store"}


def ide_routes(home: Path) -> list[BaseRoute]:
    """Return the routes of the IDE for the sandbox whose files lie in `home`; they are read at each request."""

    async def page(request: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def partners(request: Request) -> Response:
        files = sorted((home / "partners").glob("*.json"))
        content = [json.loads(file.read_bytes()) for file in files]
        return Response(json.dumps(content), media_type="application/json", headers=_SECRET)

    async def passes(request: Request) -> Response:
        return FileResponse(home / "passes.json", headers=_SECRET)

    return [
        PageRoute("/graphql", OnlyHere(request_response(page)), methods=["GET"]),
        *(
            Route(path, OnlyHere(request_response(endpoint)), methods=["GET"])
            for path, endpoint in (
                ("/sandbox/partners.json", partners),
                ("/sandbox/passes.json", passes),
            )
        ),
        Mount("/sandbox/ide", OnlyHere(StaticFiles(directory=STATIC))),
    ]


class PageRoute(Route):
    """The page's route, which leaves to whoever comes next what a machine asks by GET: `?query=...`."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a browser that opens the page, whatever it adds, and everybody who asks nothing."""
        asks = {"query", "documentId"} & QueryParams(scope.get("query_string", b"")).keys()
        if asks and "text/html" not in Headers(scope=scope).get("accept", ""):
            return Match.NONE, {}
        return super().matches(scope)


class OnlyHere:
    """Answers this machine's own browser and nobody else, and tells it to keep to itself what it gets."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with strict headers on its answer, or answer 403."""

        async def send_strictly(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        app = self._app if _from_here(scope) else _REFUSAL
        await app(scope, receive, send_strictly)


def _from_here(scope: Scope) -> bool:
    """Whether the peer is this machine and calls us by a name of it.

    The second defeats DNS rebinding: a page from elsewhere whose own name was made to lead here still sends that
    name in Host.
    """
    hosts, peer = Headers(scope=scope).getlist("host"), scope.get("client")
    named = len(hosts) == 1 and _LOOPBACK_HOST.fullmatch(hosts[0]) is not None
    return named and peer is not None and _is_loopback(peer[0])


def _is_loopback(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


_REFUSAL = PlainTextResponse(
    "The sandbox's IDE holds private keys, so it opens only in a browser on the machine that it runs on.\n"
    "Open it there as http://127.0.0.1:PORT/graphql.\n",
    403,
)
