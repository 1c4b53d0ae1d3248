"""`/healthz`: the process lives. `/readyz`: it can decide. `/metrics`: how it fares, with no personal value."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.domain.errors import Unavailable
from gateway.web.colleagues import Colleagues
from gateway.web.deadline import in_time

Check = Callable[[], Coroutine[Any, Any, bool]]


def health_routes(
    checks: Mapping[str, Check], metrics: CollectorRegistry, colleagues: Colleagues | None = None
) -> list[Route]:
    """Return the routes for supervisors. Each check is named in the answer of `/readyz`.

    With `colleagues`, `/metrics` has what all workers of the node count.
    """

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        found = {name: await _passes(check) for name, check in checks.items()}
        ready = all(found.values())
        body = {"ready": ready, "checks": {name: "ok" if good else "failing" for name, good in found.items()}}
        return JSONResponse(body, 200 if ready else 503, headers={"Cache-Control": "no-store"})

    async def expose(request: Request) -> Response:
        own = generate_latest(metrics)
        shown = own if colleagues is None else await colleagues.metrics(own)
        return Response(shown, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", expose)]


async def _passes(check: Check) -> bool:
    try:
        return await in_time(check())
    except Unavailable:
        return False
