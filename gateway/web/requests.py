"""What happens around every request: an id, a log line without personal data, and counts."""

import os
import time

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.auth.enrolment import DEVICES_PATH
from gateway.auth.sign_in import TOKEN_PATH
from gateway.web.metadata import JWKS_PATH, METADATA_PATH
from gateway.web.office.addresses import OFFICE_PATHS
from gateway.web.pairing import PHONE_PATHS
from gateway.web.status_lists import STATUS_LISTS_PATH

_log = structlog.get_logger(__name__)

_ID_BYTES = 8

_PATHS = frozenset(
    {
        "/graphql",
        TOKEN_PATH,
        DEVICES_PATH,
        "/healthz",
        "/readyz",
        "/metrics",
        METADATA_PATH,
        JWKS_PATH,
        *OFFICE_PATHS,
        *PHONE_PATHS,
    }
)
"""Paths that are counted by name; any other is counted as one, so that nobody writes our metrics."""

_TEMPLATES = {STATUS_LISTS_PATH: f"{STATUS_LISTS_PATH}{{sector}}"}
"""Folders whose paths are counted together, whatever comes after them."""


class Observed:
    """Gives each request an id, logs method, known path, status and time, and counts them.

    Query strings, headers and bodies are never logged: a pass or a token may be in them.
    """

    def __init__(self, app: ASGIApp, metrics: CollectorRegistry) -> None:
        self._app = app
        labels = ("path", "status")
        self._count = Counter("laurel_http_requests", "Requests by path and status.", labels, registry=metrics)
        self._seconds = Histogram(
            "laurel_http_request_seconds",
            "Time to the end of the answer.",
            ("path",),
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
            registry=metrics,
        )
        self._found: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wrap one HTTP request; pass everything else on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = os.urandom(_ID_BYTES).hex()
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, send_with_id)
        except ClientDisconnect:
            status = 499  # nginx's number for a client that went away: nobody failed here
        finally:
            path = _name(scope["path"])
            seconds = time.perf_counter() - started
            counted, timed = self._meters(path, status)
            counted.inc()
            timed.observe(seconds)
            _log.info("request", method=scope["method"], path=path, status=status, ms=round(seconds * 1000, 1))
            structlog.contextvars.unbind_contextvars("request_id")

    def _meters(self, path: str, status: int) -> tuple[Counter, Histogram]:
        """Return the two by their labels, each found once: there are a dozen paths and as many statuses."""
        found = self._found.get((path, status))
        if found is None:
            found = self._count.labels(path, str(status)), self._seconds.labels(path)
            self._found[path, status] = found
        return found


def _name(path: str) -> str:
    """Return what a path is counted as."""
    if path in _PATHS:
        return path
    return next((name for folder, name in _TEMPLATES.items() if path.startswith(folder)), "other")
