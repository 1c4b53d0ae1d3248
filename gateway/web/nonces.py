"""A fresh nonce on every reply, so that a device at work never has to ask for one (RFC 9449 section 8.2)."""

from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.auth.nonces import Nonces
from gateway.domain.errors import KeysMissing

NONCE_HEADER = "DPoP-Nonce"

_NONCE, _STORING = NONCE_HEADER.lower().encode(), b"cache-control"


class FreshNonces:
    """Puts a nonce on whatever is answered to a POST to some paths, and lets nobody store it.

    In `folder`, if there is one, each GET is signed as well.
    """

    def __init__(self, app: ASGIApp, nonces: Nonces, paths: Collection[str], folder: str | None = None) -> None:
        self._app = app
        self._nonces = nonces
        self._paths = frozenset(paths)
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wrap one request; without a key to make nonces with, the answer, which is 503, goes without one."""
        if scope["type"] != "http" or not self._is_signed(scope["method"], scope["path"]):
            return await self._app(scope, receive, send)

        async def send_with_nonce(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [each for each in message["headers"] if each[0] != _NONCE]
                if _STORING not in {name for name, _ in headers}:
                    headers.append((_STORING, b"no-store"))
                message["headers"] = headers + self._fresh()
            await send(message)

        return await self._app(scope, receive, send_with_nonce)

    def _fresh(self) -> list[tuple[bytes, bytes]]:
        try:
            return [(_NONCE, self._nonces.issue().encode("ascii"))]
        except KeysMissing:
            return []

    def _is_signed(self, method: str, path: str) -> bool:
        if method == "POST":
            return path in self._paths
        return self._folder is not None and path.startswith(self._folder)
