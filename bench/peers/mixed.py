"""A gate's day at its peak: four verifications for each redemption, at a fixed rate, whatever becomes of them."""

import asyncio
from dataclasses import dataclass
from itertools import cycle

from bench import cores
from bench.arrivals import Arrivals, Outcome, Stream, arrive, require_no_wrong
from bench.connections import Connections
from bench.jobs import Job
from bench.peers.requests import Requests
from bench.peers.verifying import Place
from bench.turnstile import Turnstile
from laurel_client import new_request_id

RATE, VERIFY_SHARE = 100.0, 0.8

NONCE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Mixed:
    """Latencies in milliseconds since a request was due, in order; what became of all; CPU time of one."""

    latencies_ms: list[float]
    asked: int
    right: int
    cpu_us: float

    def ms(self, share: float) -> float:
        """Return the latency that this share of the requests did not exceed."""
        return self.latencies_ms[min(int(len(self.latencies_ms) * share), len(self.latencies_ms) - 1)]


async def mix(place: Place, *, seconds: float) -> Mixed:
    """Ask the gateway; the driver signs each request when it is due.

    Raises:
        WrongAnswer: an answer isn't the one that must come; 503 and no answer are counted as errors.
    """
    requests, token = Requests(place.town, by_id=True), place.town.token()
    verify_rate = RATE * VERIFY_SHARE
    shown = cycle(place.residents)
    rides = iter(await place.turnstile.passes(round((RATE - verify_rate) * seconds) + 10))

    def verify() -> Job:
        return requests.verification(next(shown), token)

    def redeem() -> Job:
        return requests.redemption(next(rides), token, new_request_id())

    server = place.turnstile.sandbox.server
    renewing = asyncio.create_task(_keep_nonce_fresh(place.turnstile))
    over, connections = asyncio.Event(), Connections(server.port)
    asyncio.get_running_loop().call_later(seconds, over.set)
    cpu = cores.seconds_of(server.pid)
    streams = Stream(verify_rate, verify), Stream(RATE - verify_rate, redeem)
    try:
        found = await asyncio.gather(*(arrive(stream, connections, until=over) for stream in streams))
    finally:
        renewing.cancel()
        await connections.close()
    cpu = cores.seconds_of(server.pid) - cpu
    require_no_wrong(dict(zip(("verify", "redeem"), found, strict=True)))
    return _summed(found, cpu)


async def _keep_nonce_fresh(turnstile: Turnstile) -> None:
    """Renew the nonce before a request finds it old, so that none waits for that."""
    while True:
        await asyncio.to_thread(turnstile.renew_nonce)
        await asyncio.sleep(NONCE_SECONDS)


def _summed(found: list[Arrivals], cpu: float) -> Mixed:
    latencies = sorted(latency * 1e3 for one in found for latency in one.latencies)
    right = sum(one.outcomes[Outcome.RIGHT] for one in found)
    return Mixed(latencies, len(latencies), right, cpu / len(latencies) * 1e6)
