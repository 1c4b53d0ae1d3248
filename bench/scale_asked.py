"""What `bench.scale` asks one city, and what it took: the gateway, and PostgreSQL's processes for this city."""

import secrets
import statistics
from collections.abc import Iterator, Sequence
from contextlib import suppress

import asyncpg

from bench import cores
from bench.city import City
from bench.jobs import Job, TooBusy, WrongAnswer, redemption, verification
from bench.load import drive
from bench.scale_report import Row
from bench.works import require_right


class Asked:
    """What one city was asked, and what it took: the gateway and PostgreSQL's processes for this city."""

    def __init__(self, one: City, requests: int) -> None:
        self._city, self._requests, self.repeated = one, requests, 0
        self._rides = list(one.to_redeem[: len(one.to_redeem) // 2])  # who is looked up has rides left
        self._shown = list(dict.fromkeys(one.to_redeem))
        self.forget()

    def forget(self) -> None:
        """Forget what was measured: connections and plans were made meanwhile."""
        self._seconds: dict[str, list[float]] = {"verify": [], "redeem": []}
        self._gateway = dict.fromkeys(self._seconds, 0.0)
        self._postgres = dict.fromkeys(self._seconds, 0.0)

    async def once(self, work: str) -> None:
        """Send one kind of requests over one connection: each is alone, so its latency is no queue's."""
        jobs = self._jobs(work)
        pids = await self._backends()
        before = self._cpu(pids)
        driven = await drive(
            int(self._city.gateway.url.rpartition(":")[2]), [j.request for j in jobs], connections=1
        )
        after = self._cpu(pids)
        try:
            require_right(jobs, driven.answers)
        except TooBusy:
            self.repeated += 1  # a round less, and it is said
            return
        self._seconds[work] += driven.latencies
        self._gateway[work] += after[0] - before[0]
        self._postgres[work] += sum(after[1][pid] - before[1][pid] for pid in after[1])

    def _jobs(self, work: str) -> list[Job]:
        turnstile = self._city.turnstile
        turnstile.sign_in()
        if work == "verify":
            self._shown = self._shown[self._requests :] + self._shown[: self._requests]
            return [verification(turnstile, shown) for shown in self._shown[: self._requests]]
        taken, self._rides = self._rides[: self._requests], self._rides[self._requests :]
        return [redemption(turnstile, shown, secrets.token_urlsafe(16)) for shown in taken]

    async def _backends(self) -> list[int]:
        connection = await asyncpg.connect(self._city.database_url)
        try:
            rows = await connection.fetch(
                "SELECT pid FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'laurel'"
            )
        finally:
            await connection.close()
        return [row["pid"] for row in rows]

    def _cpu(self, pids: Sequence[int]) -> tuple[float, dict[int, float]]:
        return cores.seconds_of(self._city.gateway.process.pid), dict(_seconds_of(pids))

    def row(self, work: str, residents: int) -> Row:
        """Return what was found."""
        ordered, count = sorted(self._seconds[work]), len(self._seconds[work])
        if not count:
            raise WrongAnswer(f"Of {work}, every round had a 503 in it.")
        return Row(
            work=work,
            residents=residents,
            requests=count,
            p50_ms=statistics.median(ordered) * 1e3,
            p95_ms=ordered[count * 95 // 100] * 1e3,
            p99_ms=ordered[count * 99 // 100] * 1e3,
            gateway_us=self._gateway[work] / count * 1e6,
            postgresql_us=self._postgres[work] / count * 1e6,
        )


def _seconds_of(pids: Sequence[int]) -> Iterator[tuple[int, float]]:
    """Yield the CPU time of each process that lives: the bench's own connections come and go."""
    for pid in pids:
        with suppress(FileNotFoundError):
            yield pid, cores.seconds_of(pid)
