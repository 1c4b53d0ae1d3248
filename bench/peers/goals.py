"""The goals, and what was found beside each: rows for scripts, a table for people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bench.arrivals import Arrivals, Outcome
from bench.floor import Costs
from bench.peers import roster
from bench.peers.hot_row import LAUREL as LEDGER
from bench.peers.hot_row import Sold
from bench.peers.mixed import RATE, Mixed
from bench.peers.verifying import REDEEM, VERIFY, Found
from bench.report import Row
from bench.trials import Trial

UNCACHED, CACHED = "nothing cached", "token cached"
FLOOR = "floor: raw uvicorn + 1 ES256 + 1 Ed25519"
ONE_EACH = "one transaction per request, PostgreSQL"
GATE_BUDGET = "500 ms gate budget"
SMALL = "the same with 1,000"

HOT, MIXED, OPEN = "redeem, one capacity row, 3 ms fsync", "mixed 80/20 at 100/s", "verify, open loop"
SCALE = "latency with 3.5 million residents and 20 million redemptions"
"""Measured by the benchmark of sizes, which adds its rows under this name."""

GATE_BUDGET_MS, HOT_P99_MS = 500.0, 25.0

GOALS: Mapping[tuple[str, str], float] = {
    (f"verify, {UNCACHED}", roster.MERCURIUS.name): 1.5,
    (f"verify, {UNCACHED}", roster.APOLLO.name): 3.5,
    (f"verify, {UNCACHED}", roster.YOGA.name): 3.5,
    (f"verify, {CACHED}", roster.MERCURIUS.name): 1.8,
    (f"verify, {CACHED}", FLOOR): 0.65,
    (f"redeem, {UNCACHED}", roster.MERCURIUS.name): 2.0,
    (f"redeem, {CACHED}", roster.MERCURIUS.name): 2.0,
    (HOT, ONE_EACH): 7.0,
    (f"{HOT}, p99", f"{HOT_P99_MS:.0f} ms"): 1.0,
    (f"{MIXED}, p99", GATE_BUDGET): 25.0,  # 20 ms
    (f"{MIXED}, p99.9", GATE_BUDGET): 5.0,  # 100 ms
    (f"{MIXED}, right answers", "all"): 1.0,
    (SCALE, SMALL): round(1 / 1.2, 3),
}
"""From which ratio on a goal is reached, by work and what it is beside: always the more, the better."""

WORKS = frozenset(work for work, _ in GOALS if work != SCALE) | {OPEN}
"""What this benchmark measures: its rows take the place of those of a run before."""


def reached(row: Row) -> bool | None:
    """Whether a row's goal is reached; None where there is none, or nothing was measured."""
    return None if row.goal is None or row.ratio is None else row.ratio >= row.goal


def unmeasured(rows: Sequence[Row]) -> Iterator[Row]:
    """Return a row without figures for each goal that none of these rows tells of."""
    told = {(row.work, row.beside) for row in rows}
    for (work, beside), goal in GOALS.items():
        if work != SCALE and (work, beside) not in told:
            yield Row(
                work=work,
                variant="",
                cpu_us=0,
                per_second=0,
                p50_ms=0,
                p99_ms=0,
                beside=beside,
                ratio=None,
                goal=goal,
            )


def _row(work: str, variant: str, trial: Trial, *, beside: str | None = None, ratio: float | None = None) -> Row:
    return Row(
        work=work,
        variant=variant,
        cpu_us=round(trial.cpu_us, 1),
        per_second=round(trial.per_second, 1),
        p50_ms=round(trial.p50_ms, 3),
        p99_ms=round(trial.p99_ms, 3),
        beside=beside,
        ratio=None if ratio is None else round(ratio, 3),
        goal=None if beside is None else GOALS.get((work, beside)),
    )


def verify_rows(database: str, caching: str, found: Found, *, idle: Trial, costs: Costs) -> Iterator[Row]:
    """Put the gateway beside each peer by CPU time, by requests per second where much of it is waiting."""
    for kind in (VERIFY, REDEEM):
        own = found.closed.get((kind, roster.LAUREL))
        if own is None:
            continue
        work = f"{kind}, {caching}"
        for (other, name), trial in found.closed.items():
            if other == kind and name != roster.LAUREL:
                times = trial.cpu_us / own.cpu_us if kind == VERIFY else own.per_second / trial.per_second
                yield _row(work, database, own, beside=name, ratio=times)
                yield _row(work, f"{database}, {name}", trial)
        if kind == VERIFY and caching == CACHED:
            floor = idle.cpu_us + costs.es256 + costs.ed25519
            yield _row(work, database, own, beside=FLOOR, ratio=floor / own.cpu_us)
    for name, arrivals in found.open.items():
        yield _arrivals_row(f"{database}, {caching}, {name}", arrivals, found.closed[VERIFY, name])


def _arrivals_row(variant: str, arrivals: Arrivals, closed: Trial) -> Row:
    ordered = sorted(arrivals.latencies)
    p50, p99 = (ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1e3 for share in (0.5, 0.99))
    right = arrivals.outcomes[Outcome.RIGHT] / len(ordered)
    return replace(
        _row(OPEN, variant, closed), per_second=OPEN_RATE * right, p50_ms=round(p50, 3), p99_ms=round(p99, 3)
    )


def hot_rows(found: Mapping[str, Sold]) -> Iterator[Row]:
    """Put the ledger beside the pool that served most."""
    trials = {name: _sold(sold) for name, sold in found.items()}
    own = trials.pop(LEDGER)
    best = max(trials, key=lambda name: trials[name].per_second)
    ratio = own.per_second / trials[best].per_second
    yield _row(HOT, "postgresql, ledger, 50 clients", own, beside=ONE_EACH, ratio=ratio)
    yield _row(
        f"{HOT}, p99",
        "postgresql, ledger, 50 clients",
        own,
        beside=f"{HOT_P99_MS:.0f} ms",
        ratio=HOT_P99_MS / own.p99_ms,
    )
    for name, trial in trials.items():
        yield _row(HOT, f"{ONE_EACH}, {name}{' (the best)' if name == best else ''}", trial)


def _sold(sold: Sold) -> Trial:
    rush = sold.rush
    cpu_us = sold.cpu_seconds / len(rush.latencies) * 1e6
    return Trial(cpu_us, rush.per_second, rush.ms(0.5), rush.ms(0.99), driver=0, others=0)


def mixed_rows(database: str, mixed: Mixed) -> Iterator[Row]:
    """Tell how many times a gate's budget the wait fits into; a run with an error has its own row."""
    trial = Trial(mixed.cpu_us, RATE, mixed.ms(0.5), mixed.ms(0.99), driver=0, others=0)
    for name, share in (("p99", 0.99), ("p99.9", 0.999)):
        ratio = GATE_BUDGET_MS / mixed.ms(share)
        row = _row(f"{MIXED}, {name}", database, trial, beside=GATE_BUDGET, ratio=ratio)
        yield replace(row, p99_ms=round(mixed.ms(share), 3))
    right = mixed.right / mixed.asked
    yield _row(f"{MIXED}, right answers", database, trial, beside="all", ratio=right)


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text, each beside what it is measured by."""
    cells: list[tuple[str, ...]] = [
        ("work", "variant", "CPU us", "req/s", "p50 ms", "p99 ms", "beside", "ratio", "goal", "")
    ]
    for row in rows:
        cells.append((row.work, row.variant, *figures(row), row.beside or "", *ratio_and_goal(row), verdict(row)))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        " ".join(
            cell.rjust(width) if number in _NUMBERS else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


_NUMBERS = frozenset({2, 3, 4, 5, 7, 8})


def figures(row: Row) -> tuple[str, ...]:
    """Return CPU time, rate and waits as people read them; nothing where nothing was measured."""
    if not row.cpu_us:
        return ("",) * 4
    return f"{row.cpu_us:.0f}", f"{row.per_second:.0f}", f"{row.p50_ms:.2f}", f"{row.p99_ms:.2f}"


def ratio_and_goal(row: Row) -> tuple[str, str]:
    """Return both with two digits, where there are any."""
    return "" if row.ratio is None else f"{row.ratio:.2f}", "" if row.goal is None else f"{row.goal:.2f}"


def verdict(row: Row) -> str:
    """Return in words whether a goal is reached; nothing where there is none."""
    if row.goal is None:
        return ""
    return {None: "not measured", True: "reached", False: "not reached"}[reached(row)]


OPEN_RATE = 50.0
"""Requests per second of the open loop: what a naive server can still answer."""
