"""The way of the one request that comes hundreds of times a second: past the router, to where it would lead.

Nothing is decided here. What is not named exactly, by method and path, goes on as ever, to the router's answer.
"""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send


class ShortWays:
    """Hands requests of some methods and paths to applications of their own."""

    def __init__(self, app: ASGIApp, ways: Mapping[tuple[str, str], ASGIApp]) -> None:
        self._app = app
        self._ways = ways

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        way = self._ways.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        await (way or self._app)(scope, receive, send)
