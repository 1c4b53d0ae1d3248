"""Verifications per second of CPU as bars, one for each server: SVG by hand, readable on light and dark pages."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from bench.peers import roster
from bench.report import Row

WIDTH, LABEL, BAR, GAP, HEAD = 760, 210, 16, 6, 34
NUMBER = 70
OURS, THEIRS, INK = "#2f7d4f", "#8a94a6", "#6b7280"

STYLE = f"<style>text{{font:12px system-ui,sans-serif;fill:{INK}}}.head{{font-weight:600}}</style>"


def drawn(rows: Sequence[Row]) -> str:
    """Return the picture: a group of bars for each database and caching, the longer the better."""
    parts, top = list[str](), 8
    groups = list(_groups(rows))
    longest = max((1e6 / cpu_us for _, bars in groups for _, cpu_us in bars), default=1)
    for title, bars in groups:
        parts.append(f'<text class="head" x="0" y="{top + 14}">{escape(title)}</text>')
        top += HEAD - 8
        for name, cpu_us in sorted(bars, key=lambda bar: bar[1]):
            parts += _bar(name, 1e6 / cpu_us, top, longest)
            top += BAR + GAP
        top += HEAD - 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" role="img" '
        'aria-label="Verifications per second of CPU time, of Laurel and its peers">'
        f"{STYLE}{''.join(parts)}</svg>\n"
    )


def _bar(name: str, rate: float, top: int, longest: float) -> Iterator[str]:
    length = (WIDTH - LABEL - NUMBER) * rate / longest
    colour = OURS if name == roster.LAUREL else THEIRS
    yield f'<text x="{LABEL - 8}" y="{top + 12}" text-anchor="end">{escape(name)}</text>'
    yield f'<rect x="{LABEL}" y="{top}" width="{length:.1f}" height="{BAR}" rx="2" fill="{colour}"/>'
    yield f'<text x="{LABEL + length + 6:.1f}" y="{top + 12}">{rate:,.0f}</text>'


def _groups(rows: Sequence[Row]) -> Iterator[tuple[str, list[tuple[str, float]]]]:
    """Yield each group's title, and CPU microseconds by server."""
    verified = [row for row in rows if row.work.startswith("verify, ") and "open" not in row.work]
    for work, database in dict.fromkeys((row.work, row.variant.partition(",")[0]) for row in verified):
        here = [row for row in verified if row.work == work and row.variant.partition(",")[0] == database]
        bars = {row.variant.partition(", ")[2] or roster.LAUREL: row.cpu_us for row in here}
        yield f"{work}, {database}: verifications per second of CPU time", [*bars.items()]
