"""The same work at every server on one kind of database, in rounds: verifying, and redeeming on PostgreSQL."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from bench.arrivals import Arrivals, Stream, arrive, require_no_wrong
from bench.connections import Connections
from bench.cores import Cores
from bench.jobs import Job, TooBusy
from bench.peers import roster
from bench.peers.checking import require_alike
from bench.peers.records import Records
from bench.peers.requests import Requests
from bench.peers.town import Town, admit
from bench.running import say
from bench.servers import Server
from bench.trials import Rounds, Trial, Variant
from bench.turnstile import Turnstile
from bench.works import Prepare, Work
from laurel_client import new_request_id

VERIFY, REDEEM = "verify", "redeem"
CONNECTIONS = {VERIFY: 16, REDEEM: 50}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one comparison happens: the gateway, whose turnstile asks, and what the peers need beside it."""

    turnstile: Turnstile
    town: Town
    records: Records
    residents: Sequence[str]
    programs: Path
    folder: Path
    cores: Cores

    @property
    def database(self) -> str:
        """The kind of database."""
        return self.records.kind


@dataclass(frozen=True, slots=True)
class Found:
    """The medians of all trials, and an open loop's answers, by kind of work and server."""

    closed: Mapping[tuple[str, str], Trial]
    open: Mapping[str, Arrivals]


async def compare(
    place: Place, *, token_cached: bool, rounds: int, seconds: float, open_rate: float, open_seconds: float
) -> Found:
    """Measure the gateway and all peers in turn.

    Raises:
        WrongAnswer: a server answers otherwise than the others, or was taken in by a forgery.
    """
    with _serving(place, token_cached=token_cached) as asked:
        await require_alike(asked, place.residents)
        names = {server.pid: name for name, (server, _) in asked.items()}
        closed: dict[tuple[str, str], Trial] = {}
        works = list(_works(place, asked, token_cached=token_cached))
        for kind in dict.fromkeys(work.name for work in works):
            same = [Variant(work, CONNECTIONS[kind]) for work in works if work.name == kind]
            trials = Rounds(same, seconds=seconds, core=place.cores.server)
            try:
                await trials.warm_up()
                for number in range(rounds):
                    await trials.run(number)
            except TooBusy:
                say(f"{kind}: somebody went on answering 503, so that nothing is told of it.")
                continue
            closed |= {
                (kind, names[variant.work.server.pid]): trial for variant, trial in trials.medians().items()
            }
        opened = {}
        for name, (server, requests) in asked.items():
            job = _verifying(place, requests, token_cached=token_cached)
            await asyncio.to_thread(place.turnstile.renew_nonce)
            opened[name] = await _arriving(server, job(), open_rate, open_seconds)
        require_no_wrong(opened)
        return Found(closed, opened)


@contextmanager
def _serving(place: Place, *, token_cached: bool) -> Iterator[dict[str, tuple[Server, Requests]]]:
    """Have all servers up at once; the gateway's comes first."""
    town = place.folder / f"{place.database}-town.json"
    place.town.tell(town, place.records)
    asked = {roster.LAUREL: (place.turnstile.sandbox.server, Requests(place.town, by_id=True))}
    with ExitStack() as stack:
        for peer in roster.PEERS:
            log = place.folder / f"{place.database}-{peer.program or peer.argument}.log"
            start = partial(roster.serving, peer, place.programs, town=town, token_cached=token_cached)
            server = stack.enter_context(start(log=log, core=place.cores.server))
            asked[peer.name] = (server, Requests(place.town, by_id=False))
        yield asked


def _works(place: Place, asked: Mapping[str, tuple[Server, Requests]], *, token_cached: bool) -> Iterator[Work]:
    for server, requests in asked.values():
        job = _verifying(place, requests, token_cached=token_cached)
        yield Work(name=VERIFY, database=place.database, server=server, prepare=_each(job))
    if place.database == "postgresql":
        for name in (roster.LAUREL, roster.MERCURIUS.name):
            server, requests = asked[name]
            prepare = _redeeming(place, requests, token_cached=token_cached)
            yield Work(name=REDEEM, database=place.database, server=server, prepare=prepare)


def _tokens(town: Town, *, token_cached: bool) -> Callable[[], str]:
    """Return where tokens come from: always the same, or a new one each time, which no cache knows."""
    if not token_cached:
        return town.token
    same = town.token()
    return lambda: same


def _verifying(place: Place, requests: Requests, *, token_cached: bool) -> Callable[[], Iterator[Job]]:
    def jobs() -> Iterator[Job]:
        token = _tokens(place.town, token_cached=token_cached)
        return (requests.verification(shown, token()) for shown in cycle(place.residents))

    return jobs


def _each(jobs: Callable[[], Iterator[Job]]) -> Prepare:
    async def prepare(count: int) -> Sequence[Job]:
        return list(islice(jobs(), count))

    return prepare


def _redeeming(place: Place, requests: Requests, *, token_cached: bool) -> Prepare:
    """The gateway's passes come from its card office; the peers take new ones of the same kind on their record."""

    async def prepare(count: int) -> Sequence[Job]:
        quota = place.town.reward.quota.count
        if requests.by_id:
            passes = await place.turnstile.passes(count)
        else:
            passes = place.town.mint(-(-count // quota))
            await admit(place.records, passes)
        token = _tokens(place.town, token_cached=token_cached)
        return [requests.redemption(shown, token(), new_request_id()) for shown in islice(cycle(passes), count)]

    return prepare


async def _arriving(server: Server, jobs: Iterator[Job], rate: float, seconds: float) -> Arrivals:
    """Ask at a fixed rate for some seconds, whatever becomes of it."""
    over, connections = asyncio.Event(), Connections(server.port)
    asyncio.get_running_loop().call_later(seconds, over.set)
    try:
        return await arrive(Stream(rate, lambda: next(jobs)), connections, until=over)
    finally:
        await connections.close()
