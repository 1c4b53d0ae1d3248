"""`python -m bench.documents`: CPU time of reading documents up to 16 KiB, and of the worst hostile ones.

Every shape is measured at 1, 2, 4, 8 and 16 KiB, without the limit on tokens: if measuring a document grew faster
than its length, it would show here. Beside it stands what the gateway really does with the same text.
"""

import asyncio
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from graphql import DocumentNode, get_introspection_query, parse

from bench import ROOT
from gateway.schema import build_schema
from gateway.schema.documents import Documents, WrongDocument
from gateway.schema.extents import Definition, measure
from tests.schema.asking import ask
from tests.schema.hostile import ROWS, Row
from tests.services.world import World

SIZES = (1024, 2048, 4096, 8192, 16384)
REPEATS = 9
BUDGET_MS = 50.0

SHAPES: dict[str, tuple[str, str, str]] = {
    "fields": ("{ ", "ab ", "}"),
    "inline fragments": ("{ ", "... { a } ", "}"),
    "arguments": ("{ ", "a(b: 1) ", "}"),
    "fragments, each spreading the next twice": ("{ ...f0 } ", "fragment f%d on Q { ...f%d x { ...f%d } } ", ""),
    "spreads of one fragment": ("{ ", "...f ", "} fragment f on Q { a b c d e f g h }"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """CPU microseconds: parsing without a limit, measuring what was parsed, and what the gateway does with it."""

    shape: str
    size: int
    parse_us: float
    measure_us: float
    gateway_us: float


def text_of(shape: str, size: int) -> str:
    """Return a document of a shape that is as long as it can be within a size."""
    head, piece, tail = SHAPES[shape]
    pieces, length = list[str](), len(head) + len(tail)
    while True:
        holes, number = piece.count("%d"), len(pieces)
        one = piece % (number, *[number + 1] * (holes - 1)) if holes else piece
        if (length := length + len(one)) > size:
            return head + "".join(pieces) + tail
        pieces.append(one)


def cpu_us(work: Callable[[], object]) -> float:
    """Return the median CPU time of a piece of work, without a garbage collection that happens to fall into it."""
    found = []
    for _ in range(REPEATS):
        gc.collect()
        gc.disable()
        started = time.process_time_ns()
        work()
        found.append((time.process_time_ns() - started) / 1000)
        gc.enable()
    return statistics.median(found)


def measured(shape: str, size: int, documents: Documents) -> Measured:
    """Measure one document."""
    text = text_of(shape, size)
    ast = parse(text)
    return Measured(
        shape=shape,
        size=size,
        parse_us=cpu_us(lambda: parse(text)),
        measure_us=cpu_us(lambda: _walk(ast)),
        gateway_us=cpu_us(lambda: _read(documents, text)),
    )


def _walk(ast: DocumentNode) -> None:
    for _ in measure([one for one in ast.definitions if isinstance(one, Definition)]):
        pass


def _read(documents: Documents, text: str) -> None:
    try:
        documents.read(text, None)
    except WrongDocument:
        return


def hostile_us(row: Row) -> float:
    """Return the CPU time of one hostile document, read for the first time and run, in memory, without HTTP."""
    schema = build_schema(introspection=True)

    def once() -> None:
        schema.documents = Documents(schema._schema, introspection=True)
        asyncio.run(ask(World(), row.document, row.variables, operation=row.operation, schema=schema))

    return cpu_us(once)


def table(found: Sequence[Measured]) -> str:
    """Return the measurements as text, with how the measuring grew since half the size."""
    lines = [f"{'shape':<42} {'bytes':>6} {'parse us':>9} {'measure us':>11} {'growth':>7} {'gateway us':>11}"]
    before: Measured | None = None
    for one in found:
        same = before is not None and before.shape == one.shape
        growth = f"x {one.measure_us / before.measure_us:.1f}" if same and before is not None else ""
        lines.append(
            f"{one.shape:<42} {one.size:>6} {one.parse_us:>9.0f} {one.measure_us:>11.0f} {growth:>7} "
            f"{one.gateway_us:>11.0f}"
        )
        before = one
    return "\n".join(lines)


def main() -> int:
    """Measure, print two tables, write them as JSON; return 1 if a hostile document takes more than the budget."""
    documents = build_schema(introspection=True).documents
    found = [measured(shape, size, documents) for shape in SHAPES for size in SIZES]
    print(table(found))
    standard = Row("standard introspection, for comparison", get_introspection_query())
    hostile = sorted(((hostile_us(row) / 1000, row.name) for row in [*ROWS, standard]), reverse=True)
    print(f"\n{len(ROWS)} hostile documents, read for the first time and run; the ten that take longest:")
    print("\n".join(f"{ms:>8.1f} ms  {name}" for ms, name in hostile[:10]))
    out = ROOT / "var" / "bench" / "documents.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    rows = {"shapes": [asdict(one) for one in found], "hostile_ms": {name: round(ms, 3) for ms, name in hostile}}
    Path(out).write_text(json.dumps(rows, indent=2) + "\n", "utf-8")
    return int(hostile[0][0] > BUDGET_MS)


if __name__ == "__main__":
    sys.exit(main())
