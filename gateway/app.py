"""The composition root: one readable expression that makes an application of the assembled gateway."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route, request_response
from starlette.types import ASGIApp

from gateway.assembly import Laurel
from gateway.auth.authenticate import Authenticator
from gateway.auth.enrolment import DEVICES_PATH, Enrolment
from gateway.auth.nonces import Nonces
from gateway.auth.sign_in import TOKEN_PATH, SignIn
from gateway.auth.status_lists import STATUS_SECONDS
from gateway.domain.enrolments import Candidate, NotEnrolled
from gateway.domain.partners import Caller
from gateway.housekeeping import keeping_house
from gateway.office.routes import people_routes
from gateway.operations import running
from gateway.services.enrol_device import Enrolled, enrol_device
from gateway.services.status_lists import may_read_list
from gateway.store.admin_record import AdminRecord
from gateway.store.enrolments import SqlEnrolments
from gateway.store.partner_directory import SqlPartnerDirectory
from gateway.store.replay import MemoryReplayGuard, SqlReplayGuard
from gateway.web.access_counts import AccessCounts
from gateway.web.authentication import RequireCaller
from gateway.web.bodies import ReadBody
from gateway.web.clock_shown import ClockShown
from gateway.web.colleagues import Colleagues, living
from gateway.web.enrolment import Enrol, enrolment_route
from gateway.web.graphql_endpoint import GraphQLEndpoint
from gateway.web.health import Check, health_routes
from gateway.web.key_ends import KeyEndsShown
from gateway.web.limit_counts import LimitCounts
from gateway.web.metadata import jwks_route, metadata_route
from gateway.web.nonces import FreshNonces
from gateway.web.office.addresses import OFFICE_PATHS
from gateway.web.pages import page_routes
from gateway.web.requests import Observed
from gateway.web.short_ways import ShortWays
from gateway.web.status_lists import STATUS_LISTS_PATH, status_list_endpoint
from gateway.web.token_endpoint import token_route
from gateway.web.write_counts import WriteCounts

_SIGNED = ("/graphql", TOKEN_PATH, DEVICES_PATH, *OFFICE_PATHS)


def create_app(
    laurel: Laurel, *, extra_routes: tuple[BaseRoute, ...] = (), colleagues: Colleagues | None = None
) -> ASGIApp:
    """Return the ASGI application. `extra_routes` come first: the sandbox's pages.

    `colleagues` are the other workers of this node, where there are some. What every request passes stands around
    Starlette and not in it, so that the short way goes past all of it; a failure on it is uvicorn's to answer.
    """
    settings, metrics = laurel.settings, CollectorRegistry()
    metrics.register(LimitCounts(laurel.limits))
    metrics.register(KeyEndsShown(lambda: laurel.key_ends.found, laurel.keyring.ends))
    metrics.register(AccessCounts(laurel.access))
    metrics.register(WriteCounts(laurel.writes))
    metrics.register(ClockShown(lambda: laurel.clock_difference.ahead))
    directory = SqlPartnerDirectory(laurel.database)
    nonces = Nonces(laurel.keyring, laurel.clock)
    authenticator = Authenticator(
        directory=directory,
        keyring=laurel.keyring,
        nonces=nonces,
        replay=MemoryReplayGuard(laurel.clock),
        profiles=laurel.profiles,
        clock=laurel.clock,
        graphql_url=settings.graphql_url,
        issuer=settings.public_url,
    )
    sign_in = SignIn(
        directory=directory,
        keyring=laurel.keyring,
        nonces=nonces,
        replay=SqlReplayGuard(laurel.database),
        profiles=laurel.kinds,
        clock=laurel.clock,
        issuer=settings.public_url,
    )
    enrolment = Enrolment(keyring=laurel.keyring, nonces=nonces, clock=laurel.clock, issuer=settings.public_url)
    graphql = ReadBody(RequireCaller(GraphQLEndpoint(running(laurel)), authenticator))
    app = Starlette(
        routes=[
            *extra_routes,
            Route("/graphql", graphql, methods=_methods(laurel)),
            _status_lists(laurel, authenticator),
            token_route(sign_in),
            enrolment_route(
                enrolment,
                _enrol(laurel),
                inactive=laurel.ports.groups.inactive,
                issuer=settings.public_url,
                graphql_url=settings.graphql_url,
            ),
            *people_routes(laurel, nonces),
            metadata_route(settings.public_url),
            jwks_route(laurel.keyring),
            *health_routes(_checks(laurel), metrics, colleagues),
            *page_routes(),
        ],
        lifespan=lambda _: living(keeping_house(laurel), metrics, colleagues),
    )
    app.router.redirect_slashes = False  # its redirects go wherever the client's Host header says
    ways = ShortWays(app, {("POST", "/graphql"): graphql})
    return Observed(FreshNonces(ways, nonces, _SIGNED, folder=STATUS_LISTS_PATH), metrics)


def _methods(laurel: Laurel) -> list[str]:
    """Return how operations may be sent: what is in an address, others log, so GET is for the sandbox alone."""
    return ["GET", "POST"] if laurel.keyring.sandbox else ["POST"]


def _status_lists(laurel: Laurel, authenticator: Authenticator) -> Route:
    """Return the route of the status lists, for devices that may decide offline."""

    def may_read(caller: Caller, sector: str) -> bool:
        return may_read_list(laurel.ports, caller, sector)

    endpoint = request_response(status_list_endpoint(laurel.status_lists, may_read, seconds=STATUS_SECONDS))
    known = ReadBody(RequireCaller(endpoint, authenticator, origin=laurel.settings.public_url))
    return Route(STATUS_LISTS_PATH + "{sector}", known, methods=["GET"])


def _enrol(laurel: Laurel) -> Enrol:
    """Return what registers a machine; nobody is at a terminal then, so the record names the enrolment."""
    enrolments = SqlEnrolments(laurel.database, AdminRecord(laurel.database, who="enrolment"))

    async def enrol(candidate: Candidate) -> Enrolled | NotEnrolled:
        return await enrol_device(enrolments, laurel.kinds, candidate, now=laurel.clock())

    return enrol


def _checks(laurel: Laurel) -> Mapping[str, Check]:
    async def database() -> bool:
        return await laurel.database.answers()

    async def keys() -> bool:
        return not laurel.keyring.missing()

    async def policy() -> bool:
        return bool(laurel.ports.catalogue.rewards)

    async def clock() -> bool:
        return laurel.clock_difference.is_small

    return {"database": database, "clock": clock, "keys": keys, "policy": policy}
