"""What is measured: kinds of work, each with the signatures that nobody could do it without checking."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice

from bench.hello import BODY
from bench.jobs import (
    Job,
    TooBusy,
    WrongAnswer,
    forgeries,
    get,
    redemption,
    redemption_in,
    repetition,
    verification,
)
from bench.load import Answer, drive
from bench.servers import Server
from bench.turnstile import CROWD, Turnstile
from laurel_client import new_request_id

Prepare = Callable[[int], Awaitable[Sequence[Job]]]
"""Makes so many requests, to be sent within a minute: no proof of possession lives longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One kind of request to one server; `es256` and `ed25519` count its signatures."""

    name: str
    database: str
    server: Server
    prepare: Prepare
    es256: int = 0
    ed25519: int = 0


def require_right(jobs: Sequence[Job], answers: Sequence[Answer]) -> None:
    """Raise WrongAnswer where an answer isn't the one that must come, TooBusy where it is put off."""
    for job, answer in zip(jobs, answers, strict=True):
        if answer.status == 503:
            raise TooBusy("The server went on answering that it is too busy (503).")
        if not job.is_right(answer):
            raise WrongAnswer(f"An answer with status {answer.status} isn't the one that must come.")


def hello(server: Server) -> Work:
    """Return the request to the application that does nothing."""
    return Work(name="hello", database="none", server=server, prepare=_same(get("/", BODY)))


def healthz(server: Server) -> Work:
    """Return the gateway's cheapest request: HTTP, routing, a log line and counts."""
    return Work(name="healthz", database="none", server=server, prepare=_same(get("/healthz", b"ok\n")))


async def partner_works(turnstile: Turnstile) -> list[Work]:
    """Return what a turnstile does all day, once its server has proved that it refuses what is forged."""
    server = turnstile.sandbox.server
    residents = await turnstile.residents(CROWD)
    turnstile.sign_in()
    once = verification(turnstile, residents[0])
    await _send(server, [once])
    await _send(server, forgeries(turnstile, residents[0], once.request))
    here = partial(Work, server=server, database=turnstile.sandbox.database)
    return [
        here(name="verify", prepare=_verify(turnstile, residents), es256=2, ed25519=1),
        here(name="redeem", prepare=_redeem(turnstile), es256=2, ed25519=1),
        here(name="replay", prepare=await _replay(turnstile, server), es256=2),
    ]


async def _send(server: Server, jobs: Sequence[Job]) -> list[Answer]:
    driven = await drive(server.port, [job.request for job in jobs], connections=1)
    require_right(jobs, driven.answers)
    return driven.answers


def _same(job: Job) -> Prepare:
    async def prepare(count: int) -> Sequence[Job]:
        return [job] * count

    return prepare


def _verify(turnstile: Turnstile, residents: Sequence[str]) -> Prepare:
    async def prepare(count: int) -> Sequence[Job]:
        turnstile.sign_in()
        return [verification(turnstile, shown) for shown in islice(cycle(residents), count)]

    return prepare


def _redeem(turnstile: Turnstile) -> Prepare:
    async def prepare(count: int) -> Sequence[Job]:
        passes = await turnstile.passes(count)
        turnstile.sign_in()
        return [redemption(turnstile, shown, new_request_id()) for shown in passes]

    return prepare


async def _replay(turnstile: Turnstile, server: Server) -> Prepare:
    """The redemptions to repeat are recorded here, once. A repetition's pass is compared, but never opened."""
    passes = await turnstile.passes(CROWD)
    recorded = await _send(server, [redemption(turnstile, shown, new_request_id()) for shown in passes])
    known = list(zip(passes, map(redemption_in, recorded), strict=True))

    async def prepare(count: int) -> Sequence[Job]:
        turnstile.sign_in()
        return [repetition(turnstile, shown, first) for shown, first in islice(cycle(known), count)]

    return prepare
