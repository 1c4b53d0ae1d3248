"""An open loop: requests are sent when their time has come, whether or not those before have an answer.

So a server that stalls is asked as often as ever, and everybody who came meanwhile is counted with the whole wait:
latency begins when a request was due. A closed loop leaves them out, which is known as coordinated omission.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count

from bench.connections import Connections
from bench.jobs import Job, WrongAnswer
from bench.load import Broken

BUSY = 503


class Outcome(StrEnum):
    """What became of a request."""

    RIGHT = "right"
    PUT_OFF = "put_off"
    """The server said that it can't answer now (503)."""
    NO_ANSWER = "no_answer"
    """The connection ended, or the time was up."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Stream:
    """Requests at a fixed rate per second. `job` makes the next one."""

    rate: float
    job: Callable[[], Job]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What became of a stream: for each request the seconds since it was due, and how late it was sent."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)


async def arrive(stream: Stream, connections: Connections, *, until: asyncio.Event) -> Arrivals:
    """Send a stream's requests until the event comes, and wait for all their answers."""
    found, under_way = Arrivals(), set[asyncio.Task[None]]()
    started = time.perf_counter()
    try:
        for number in count():
            job, due = stream.job(), started + number / stream.rate
            with suppress(TimeoutError):
                await asyncio.wait_for(until.wait(), max(due - time.perf_counter(), 0))
            if until.is_set():
                break
            # uvloop's timers count whole milliseconds: the last one, or less, is waited out.
            while time.perf_counter() < due:  # noqa: ASYNC110 - no event comes then
                await asyncio.sleep(0)
            asking = asyncio.create_task(_ask(job, connections, due, found))
            under_way.add(asking)
            asking.add_done_callback(under_way.discard)
    finally:
        await asyncio.gather(*under_way)
    return found


async def _ask(job: Job, connections: Connections, due: float, found: Arrivals) -> None:
    found.lateness.append(time.perf_counter() - due)
    outcome = await _outcome(job, connections)
    found.latencies.append(time.perf_counter() - due)
    found.outcomes[outcome] += 1


async def _outcome(job: Job, connections: Connections) -> Outcome:
    try:
        answer = await connections.ask(job.request)
        if answer.status == BUSY:
            return Outcome.PUT_OFF
        return Outcome.RIGHT if job.is_right(answer) else Outcome.WRONG
    except (WrongAnswer, Broken):
        return Outcome.WRONG
    except (OSError, EOFError, TimeoutError):
        return Outcome.NO_ANSWER


def require_no_wrong(found: Mapping[str, Arrivals]) -> None:
    """Raise WrongAnswer where any answer was wrong; those that are put off or missing are only counted."""
    for name, arrivals in found.items():
        if wrong := arrivals.outcomes[Outcome.WRONG]:
            raise WrongAnswer(f"{wrong} of {arrivals.outcomes.total()} answers to {name} were wrong.")
