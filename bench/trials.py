"""Trials in rounds, interleaved forward and backward, so that a machine's moods fall on all alike."""

import statistics
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from typing import Self

from bench import cores
from bench.jobs import TooBusy
from bench.load import drive
from bench.works import Work, require_right

WARM_UP_SECONDS = 0.5
GROWTH = 4

ATTEMPTS = 3
"""A trial with a refusal in it counts for nothing and is repeated, up to so many times in all."""

LOUD = 0.06
"""Others on the server's core above this share make its caches cold, and even its CPU time longer."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A kind of work over so many connections."""

    work: Work
    connections: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What one trial found. `cpu_us` is the server's CPU time for each request.

    `driver` is the share of its core that the driver used, `others` that of the server's core that others used.
    """

    cpu_us: float
    per_second: float
    p50_ms: float
    p99_ms: float
    driver: float
    others: float

    @classmethod
    def median(cls, trials: Sequence[Self]) -> Self:
        """Return the median of each number by itself."""
        return cls(*map(statistics.median, zip(*map(astuple, trials), strict=True)))


async def measured(variant: Variant, count: int, core: int | None) -> Trial:
    """Send so many requests that were made ahead, and return what it took.

    Raises:
        WrongAnswer: an answer isn't the one that must come; all are compared once the clock has stopped.
        TooBusy: an answer is that there is none now.
        Broken, TimeoutError: as in `drive`.
    """
    server = variant.work.server
    jobs = await variant.work.prepare(count)
    cpu, busy = cores.seconds_of(server.pid), cores.seconds_on(core)
    driven = await drive(server.port, [job.request for job in jobs], connections=variant.connections)
    cpu, busy = cores.seconds_of(server.pid) - cpu, cores.seconds_on(core) - busy
    require_right(jobs, driven.answers)
    ordered = sorted(driven.latencies)
    return Trial(
        cpu_us=cpu / count * 1e6,
        per_second=count / driven.seconds,
        p50_ms=ordered[count // 2] * 1e3,
        p99_ms=ordered[count * 99 // 100] * 1e3,
        driver=driven.driver_seconds / driven.seconds,
        others=max(busy - cpu, 0.0) / driven.seconds,
    )


class Rounds:
    """The trials of all variants so far. The one before tells how many requests fill the next."""

    def __init__(self, variants: Sequence[Variant], *, seconds: float, core: int | None) -> None:
        self.trials: dict[Variant, list[Trial]] = {variant: [] for variant in variants}
        self._seconds, self._core = seconds, core
        self.repeated = 0
        self._rates: dict[Variant, float] = {}

    async def warm_up(self) -> None:
        """Send ever more requests of each kind until they take a while."""
        for variant in self.trials:
            count, wanted = variant.connections, min(WARM_UP_SECONDS, self._seconds)
            while True:
                rate = (await self._trial(variant, count)).per_second
                if count / rate >= wanted:
                    break
                count *= GROWTH
            self._rates[variant] = rate

    async def run(self, number: int) -> None:
        """Run one round: forward if its number is even, else backward."""
        for variant in list(self.trials)[:: -1 if number % 2 else 1]:
            count = max(round(self._rates[variant] * self._seconds), variant.connections)
            trial = await self._trial(variant, count)
            self._rates[variant] = trial.per_second
            self.trials[variant].append(trial)

    async def _trial(self, variant: Variant, count: int) -> Trial:
        for _ in range(ATTEMPTS - 1):
            with suppress(TooBusy):
                return await measured(variant, count, self._core)
            self.repeated += 1
        return await measured(variant, count, self._core)

    def medians(self) -> dict[Variant, Trial]:
        """Return the median of each variant's quiet trials; of all where others were always about."""
        return {variant: Trial.median(_quiet(trials) or trials) for variant, trials in self.trials.items()}


def _quiet(trials: Sequence[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.others <= LOUD]
