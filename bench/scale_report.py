"""What `bench.scale` found, as tables for people; `scale.json` has the same for programs and plots."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one kind of request took beside so many residents: latency as its sender saw it, CPU time of each."""

    work: str
    residents: int
    requests: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    gateway_us: float
    postgresql_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """What one table takes on the disk."""

    residents: int
    table: str
    rows_mb: float
    indexes_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRow:
    """What one command took: its own CPU time, without PostgreSQL's."""

    residents: int
    command: str
    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(slots=True, kw_only=True)
class Report:
    """All that a run found; `redemptions` by residents, and the machine's load as it began and ended.

    `left_out` are rounds with a 503 in them.
    """

    load_before: float
    load_after: float = 0.0
    left_out: int = 0
    redemptions: dict[int, int] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    on_disk: list[TableRow] = field(default_factory=list)
    commands: list[CommandRow] = field(default_factory=list)

    def tables(self) -> str:
        """Return it as text; `beside` is the median beside that of the smallest city."""
        lines = [f"load of the machine {self.load_before:.1f} to {self.load_after:.1f}"]
        lines += [f"{self.left_out} rounds left out, for the server was too busy", ""]
        lines.append(
            f"{'work':8} {'residents':>10} {'redemptions':>12} {'p50 ms':>7} {'p95 ms':>7} {'p99 ms':>7} "
            f"{'gateway us':>10} {'PostgreSQL us':>13} {'beside':>7}"
        )
        first: dict[str, Row] = {}
        for row in sorted(self.rows, key=lambda one: (one.work, one.residents)):
            base = first.setdefault(row.work, row)
            lines.append(
                f"{row.work:8} {row.residents:10,} {self.redemptions[row.residents]:12,} {row.p50_ms:7.2f} "
                f"{row.p95_ms:7.2f} {row.p99_ms:7.2f} {row.gateway_us:10.0f} {row.postgresql_us:13.0f} "
                f"{row.p50_ms / base.p50_ms:7.2f}"
            )
        largest = max(self.redemptions)
        lines += ["", f"on disk, {largest:,} residents", f"{'table':16} {'rows MB':>9} {'indexes MB':>11}"]
        lines += [
            f"{one.table:16} {one.rows_mb:9,.0f} {one.indexes_mb:11,.0f}"
            for one in self.on_disk
            if one.residents == largest
        ]
        lines += ["", f"{'command':14} {'residents':>10} {'wall s':>8} {'CPU s':>7} {'peak MB':>8}"]
        lines += [
            f"{one.command:14} {one.residents:10,} {one.seconds:8.1f} {one.cpu_seconds:7.1f} {one.peak_mb:8.0f}"
            for one in self.commands
        ]
        return "\n".join(lines)
