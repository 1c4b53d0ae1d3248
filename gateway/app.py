"""The composition root: one readable expression that makes an application of the assembled gateway."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import structlog
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route, request_response

from gateway import __version__
from gateway.assembly import CLOSE_SECONDS, Laurel
from gateway.auth.authenticate import Authenticator
from gateway.auth.sign_in import SignIn
from gateway.domain.clock import Clock
from gateway.domain.errors import Unavailable
from gateway.domain.partners import Caller
from gateway.domain.ports import ReplayGuard
from gateway.schema import build_schema
from gateway.schema.context import Context, ServiceFacts
from gateway.schema.execution import Execution, execute
from gateway.store.partners import SqlPartnerDirectory
from gateway.store.replay import MemoryReplayGuard, SqlReplayGuard, ValkeyReplayGuard, answers
from gateway.store.sweep import sweep
from gateway.web.authentication import RequireCaller
from gateway.web.graphql_endpoint import Operation, Run, graphql_endpoint
from gateway.web.health import Check, health_routes
from gateway.web.metadata import jwks_route, metadata_route
from gateway.web.requests import Observed
from gateway.web.token_endpoint import token_route

_log = structlog.get_logger(__name__)

SWEEP_SECONDS = 60
"""Between two rounds of forgetting: proofs live for seventy seconds, assertions for five minutes."""


def create_app(laurel: Laurel, *, extra_routes: tuple[BaseRoute, ...] = ()) -> Starlette:
    """Return the ASGI application. `extra_routes` come first: the sandbox's pages."""
    settings, metrics = laurel.settings, CollectorRegistry()
    directory = SqlPartnerDirectory(laurel.database)
    authenticator = Authenticator(
        directory=directory,
        keyring=laurel.keyring,
        replay=MemoryReplayGuard(laurel.clock) if laurel.redis is None else _valkey(laurel.redis, laurel.clock),
        profiles=laurel.profiles,
        clock=laurel.clock,
        graphql_url=settings.graphql_url,
        issuer=settings.public_url,
    )
    sign_in = SignIn(
        directory=directory,
        keyring=laurel.keyring,
        replay=SqlReplayGuard(laurel.database) if laurel.redis is None else _valkey(laurel.redis, laurel.clock),
        profiles=laurel.profiles,
        clock=laurel.clock,
        issuer=settings.public_url,
    )
    endpoint = request_response(graphql_endpoint(_run(laurel)))
    app = Starlette(
        routes=[
            *extra_routes,
            Route("/graphql", RequireCaller(endpoint, authenticator), methods=["POST"]),
            token_route(sign_in),
            metadata_route(settings.public_url),
            jwks_route(laurel.keyring),
            *health_routes(_checks(laurel), metrics),
        ],
        middleware=[Middleware(Observed, metrics=metrics)],
        lifespan=lambda _: _sweeping(laurel),
    )
    app.router.redirect_slashes = False  # its redirects go wherever the client's Host header says
    return app


def _run(laurel: Laurel) -> Run:
    """Return what runs an operation: the schema, in the context of its caller."""
    schema = build_schema(introspection=laurel.keyring.sandbox)
    facts = ServiceFacts(version=__version__, sandbox=laurel.keyring.sandbox, clock=laurel.clock)

    async def run(operation: Operation, caller: Caller, request_id: str) -> Execution:
        context = Context(caller=caller, ports=laurel.ports, facts=facts, request_id=request_id)
        return await execute(
            schema, operation.document, variables=operation.variables, operation=operation.name, context=context
        )

    return run


def _valkey(redis: Redis, clock: Clock) -> ReplayGuard:
    return ValkeyReplayGuard(redis, clock)


def _checks(laurel: Laurel) -> Mapping[str, Check]:
    async def database() -> bool:
        return await laurel.database.answers()

    async def keys() -> bool:
        return not laurel.keyring.missing()

    async def policy() -> bool:
        return bool(laurel.ports.catalogue.rewards)

    async def valkey() -> bool:
        return laurel.redis is None or await answers(laurel.redis)

    return {"database": database, "keys": keys, "policy": policy, "valkey": valkey}


@contextlib.asynccontextmanager
async def _sweeping(laurel: Laurel) -> AsyncIterator[None]:
    """Forget what is past its time while the application runs."""

    async def sweep_again_and_again() -> None:
        while True:
            try:
                await sweep(laurel.database)
            except Unavailable:
                pass  # the next round finds the same rows
            except Exception as error:  # a sweeper that died would let denials stay for ever
                _log.error("sweep failed", error=type(error).__name__)
            await asyncio.sleep(SWEEP_SECONDS)

    task = asyncio.create_task(sweep_again_and_again())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=CLOSE_SECONDS)
