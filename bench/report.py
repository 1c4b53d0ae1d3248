"""What was found: a table for people, and rows for scripts that compare runs."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.floor import Costs
from bench.trials import LOUD, Trial, Variant

NARROW = 0.9
"""A driver that is busier than this may be what limits requests per second; CPU per request holds all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of `results.json`. `ratio` is the share of the CPU time that the limit in `beside` would take.

    Where a peer or a budget is in `beside`, it is how many times faster the gateway is than that.
    """

    work: str
    variant: str
    cpu_us: float
    per_second: float
    p50_ms: float
    p99_ms: float
    beside: str | None
    ratio: float | None
    goal: float | None


def rows(medians: Mapping[Variant, Trial], costs: Costs) -> list[Row]:
    """Put each variant beside its floor: the application that does nothing, and the bare signature costs."""
    idle = {variant.connections: trial for variant, trial in medians.items() if variant.work.name == "hello"}
    return [_row(variant, trial, idle[variant.connections], costs) for variant, trial in medians.items()]


def _row(variant: Variant, trial: Trial, idle: Trial, costs: Costs) -> Row:
    work = variant.work
    floor = idle.cpu_us + work.es256 * costs.es256 + work.ed25519 * costs.ed25519
    parts = [
        "raw uvicorn",
        *(f"{n} {name}" for n, name in ((work.es256, "ES256"), (work.ed25519, "Ed25519")) if n),
    ]
    is_floor = trial is idle
    connections = "1 connection" if variant.connections == 1 else f"{variant.connections} connections"
    return Row(
        work=work.name,
        variant=f"{work.database}, {connections}",
        cpu_us=round(trial.cpu_us, 1),
        per_second=round(trial.per_second, 1),
        p50_ms=round(trial.p50_ms, 3),
        p99_ms=round(trial.p99_ms, 3),
        beside=None if is_floor else f"floor: {' + '.join(parts)}",
        ratio=None if is_floor or not trial.cpu_us else round(floor / trial.cpu_us, 3),
        goal=None,
    )


def put(path: Path, found: Sequence[Row], *, works: Collection[str]) -> None:
    """Write the rows into a JSON list, in place of what it has of some works; other benchmarks' rows stay."""
    path.parent.mkdir(parents=True, exist_ok=True)
    others = json.loads(path.read_text("utf-8")) if path.exists() else []
    kept = [row for row in others if row["work"] not in works]
    path.write_text(json.dumps([*kept, *map(asdict, found)], indent=2) + "\n", "utf-8")


def table(found: Sequence[Row], trials: Sequence[Trial]) -> str:
    """Return the rows as text, with what else the trials say of how far to trust them."""
    head = f"{'work':<8} {'variant':<26} {'CPU us':>8} {'req/s':>9} {'p50 ms':>8} {'p99 ms':>8} {'floor':>7}"
    lines = [f"{head} {'driver':>7} {'others':>7}"]
    for row, trial in zip(found, trials, strict=True):
        mark = ">" if trial.driver > NARROW else " "
        lines.append(
            f"{row.work:<8} {row.variant:<26} {row.cpu_us:>8.0f} {mark}{row.per_second:>8.0f} {row.p50_ms:>8.2f} "
            f"{row.p99_ms:>8.2f} {'' if row.ratio is None else f'{row.ratio:.0%}':>7} {trial.driver:>7.0%} "
            f"{trial.others:>7.0%}"
        )
    if any(trial.driver > NARROW for trial in trials):
        lines.append("> the driver was busy all the time: the server can do more requests per second than this.")
    if any(trial.others > LOUD for trial in trials):
        lines.append("Some works had no quiet trial (column `others`): run again on a quiet machine.")
    return "\n".join(lines)
