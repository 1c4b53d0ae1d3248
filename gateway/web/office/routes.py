"""Which work is behind which address."""

from collections.abc import Callable, Sequence

from starlette.routing import Route, request_response
from starlette.types import ASGIApp

from gateway.domain.limits import Limits
from gateway.web.bodies import ReadBody
from gateway.web.office import addresses
from gateway.web.office.endpoint import DEADLINE_SECONDS, Work, office_endpoint
from gateway.web.office.holders import Holders
from gateway.web.office.passes import Passes
from gateway.web.office.printing import PRINT_SECONDS, Printing


def office_routes(
    passes: Passes, printing: Printing, holders: Holders, *, limits: Limits, known: Callable[[ASGIApp], ASGIApp]
) -> Sequence[Route]:
    """Return the card office's routes. `known` lets nobody through but an authenticated machine of an office."""

    def route(path: str, work: Work, seconds: float = DEADLINE_SECONDS) -> Route:
        endpoint = request_response(office_endpoint(work, limits, seconds=seconds))
        return Route(path, ReadBody(known(endpoint)), methods=["POST"])

    return [
        route(addresses.PROGRAMME, printing.programme),
        route(addresses.ISSUE, passes.issue),
        route(addresses.PRINT, printing.print, PRINT_SECONDS),
        route(addresses.REPLACE, passes.replace),
        route(addresses.REVOKE, passes.revoke),
        route(addresses.PASSES, passes.passes),
        route(addresses.PASS, passes.look),
        route(addresses.DENIAL, holders.denial),
        route(addresses.ACCESS_LOG, holders.access_log),
    ]
