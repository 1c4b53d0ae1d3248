"""What a city's size costs: tables for people, and the same for scripts."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.arrivals import Arrivals, Outcome
from bench.commands import Done
from bench.gate import REDEEM, VERIFY

MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """What one import took. `ratio` is how many times faster it was than the first into the same database."""

    database: str
    file: str
    seconds: float
    rows_per_second: int
    peak_mb: float
    cpu_seconds: float
    ratio: float

    @classmethod
    def of(cls, database: str, file: str, done: Done, *, residents: int, first_seconds: float) -> "ImportRow":
        """Return the row of an import."""
        return cls(
            database=database,
            file=file,
            seconds=round(done.seconds, 2),
            rows_per_second=round(residents / done.seconds),
            peak_mb=round(done.peak_bytes / MB, 1),
            cpu_seconds=round(done.cpu_seconds, 2),
            ratio=round(first_seconds / done.seconds, 2),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long the requests of one kind took from when they were due, in milliseconds; all are counted.

    `late_p99_ms` is how much of it was the bench's own, before it sent them.
    """

    asked: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    late_p99_ms: float

    @classmethod
    def of(cls, found: Arrivals) -> "Latency":
        """Return the latency of a stream."""
        latencies, lateness = (sorted(one) for one in (found.latencies, found.lateness))
        return cls(
            asked=len(latencies),
            p50_ms=_at(latencies, 50),
            p99_ms=_at(latencies, 99),
            max_ms=_at(latencies, 100),
            late_p99_ms=_at(lateness, 99),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRow:
    """What residents noticed while something else was done. `put_off` counts 503, sign-ins included."""

    database: str
    meanwhile: str
    verify: Latency
    redeem: Latency
    put_off: int
    no_answer: int

    @classmethod
    def of(cls, database: str, meanwhile: str, found: Mapping[str, Arrivals]) -> "GateRow":
        """Return the row of some streams."""
        outcomes = sum((one.outcomes for one in found.values()), Counter[Outcome]())
        return cls(
            database=database,
            meanwhile=meanwhile,
            verify=Latency.of(found[VERIFY]),
            redeem=Latency.of(found[REDEEM]),
            put_off=outcomes[Outcome.PUT_OFF],
            no_answer=outcomes[Outcome.NO_ANSWER],
        )


@dataclass(slots=True, kw_only=True)
class CityReport:
    """All that a run found."""

    residents: int
    imports: list[ImportRow]
    gate: list[GateRow]
    database_mb: dict[str, float]

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", "utf-8")

    def tables(self) -> str:
        """Return it as text."""
        sizes = ", ".join(f"{name} {size:,.0f} MB" for name, size in self.database_mb.items())
        return "\n".join(
            [*_imports(self.imports), "", *_gate(self.gate), "", f"{self.residents:,} residents take: {sizes}."]
        )


def _imports(rows: Sequence[ImportRow]) -> list[str]:
    numbers = f"{'wall s':>8} {'rows/s':>9} {'peak MB':>8} {'CPU s':>8} {'x first':>8}"
    return [f"{'database':<11} {'import':<18} {numbers}"] + [
        f"{row.database:<11} {row.file:<18} {row.seconds:>8.1f} {row.rows_per_second:>9,} {row.peak_mb:>8.0f} "
        f"{row.cpu_seconds:>8.1f} {row.ratio:>8.1f}"
        for row in rows
    ]


def _gate(rows: Sequence[GateRow]) -> list[str]:
    return [
        f"{'':<30} {'verifyPass, ms':^31} {'redeemReward, ms':^31}".rstrip(),
        f"{'database':<11} {'meanwhile':<18} {_heads()} {_heads()} {'503':>5} {'none':>5} {'late':>6}",
    ] + [
        f"{row.database:<11} {row.meanwhile:<18} {_cells(row.verify)} {_cells(row.redeem)} {row.put_off:>5} "
        f"{row.no_answer:>5} {row.verify.late_p99_ms:>6.1f}"
        for row in rows
    ]


def _heads() -> str:
    return f"{'asked':>7} {'p50':>7} {'p99':>7} {'max':>7}"


def _cells(one: Latency) -> str:
    return f"{one.asked:>7} {one.p50_ms:>7.1f} {one.p99_ms:>7.1f} {one.max_ms:>7.1f}"


def _at(ordered: Sequence[float], percent: int) -> float:
    """Return a percentile in milliseconds (nearest rank); 0 where nothing was asked."""
    return round(ordered[-(-len(ordered) * percent // 100) - 1] * 1e3, 2) if ordered else 0.0
