"""Many clients who come for one show at once: each takes its ticket, or is told that there is none."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

Ask = Callable[[], Awaitable[str]]
"""Asks for one ticket and returns what came of it, `sold` or a reason; PUT_OFF where there is no answer now."""

PUT_OFF = "put off"


@dataclass(slots=True)
class Rush:
    """What came of the requests, how long each took from its first try on, and how often any was put off."""

    answers: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    put_off: int = 0
    seconds: float = 0.0

    @classmethod
    def all_of(cls, rounds: Sequence["Rush"]) -> "Rush":
        """Return several as one: all latencies, and the seconds of all together."""
        return cls(
            answers=sum((one.answers for one in rounds), Counter[str]()),
            latencies=[latency for one in rounds for latency in one.latencies],
            put_off=sum(one.put_off for one in rounds),
            seconds=sum(one.seconds for one in rounds),
        )

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    def ms(self, share: float) -> float:
        """Return the latency in milliseconds that this share of the requests did not exceed."""
        return sorted(self.latencies)[int(len(self.latencies) * share)] * 1000


async def rush(requests: Sequence[Ask], *, clients: int) -> Rush:
    """Let clients send requests, each its next one when it has its answer, and again where it was put off."""
    found, left = Rush(), iter(requests)

    async def client() -> None:
        for ask in left:
            started = time.perf_counter()
            while (answer := await ask()) == PUT_OFF:
                found.put_off += 1
            found.latencies.append(time.perf_counter() - started)
            found.answers[answer] += 1

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    found.seconds = time.perf_counter() - started
    return found


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `ratio` is its requests per second beside those of the same work spread out."""

    work: str
    variant: str
    per_second: float
    p50_ms: float
    p99_ms: float
    put_off: int
    ratio: float | None


def row(work: str, variant: str, found: Rush, beside: Rush | None = None) -> Row:
    """Round what was found."""
    return Row(
        work=work,
        variant=variant,
        per_second=round(found.per_second, 1),
        p50_ms=round(found.ms(0.5), 2),
        p99_ms=round(found.ms(0.99), 2),
        put_off=found.put_off,
        ratio=None if beside is None else round(found.per_second / beside.per_second, 2),
    )


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text."""
    lines = [f"{'work':<22} {'variant':<10} {'req/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'put off':>8} {'ratio':>6}"]
    lines += [
        f"{one.work:<22} {one.variant:<10} {one.per_second:>8.0f} {one.p50_ms:>8.1f} {one.p99_ms:>8.1f} "
        f"{one.put_off:>8} {'' if one.ratio is None else f'{one.ratio:.2f}':>6}".rstrip()
        for one in rows
    ]
    return "\n".join(lines)
