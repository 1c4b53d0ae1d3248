"""`python -m bench.scale_plots`: the curves of `bench.scale` as pictures, in a reader's light or dark mode."""

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import ROOT

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 340, 64, 150, 40, 48

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f; } .title { font-weight: 600; }
.axis { stroke: #8c959f; } .grid { stroke: #d0d7de; } .a { stroke: #0969da; fill: #0969da; }
.b { stroke: #bc4c00; fill: #bc4c00; } polyline { fill: none !important; stroke-width: 2; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .axis { stroke: #8b949e; } .grid { stroke: #30363d; }
.a { stroke: #58a6ff; fill: #58a6ff; } .b { stroke: #ffa657; fill: #ffa657; } }
"""

Points = Sequence[tuple[float, float]]


def plot(title: str, unit: str, lines: Mapping[str, Points]) -> str:
    """Return an SVG of lines over residents, these on a logarithmic axis; the other begins at zero."""
    xs = sorted({x for points in lines.values() for x, _ in points})
    step = _step(max(y for points in lines.values() for _, y in points))
    top = step * math.ceil(max(y for points in lines.values() for _, y in points) / step)
    low, high = math.log10(xs[0]), math.log10(xs[-1])
    right, base = WIDTH - RIGHT, HEIGHT - BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        part = (math.log10(x) - low) / ((high - low) or 1)
        return LEFT + part * (right - LEFT), base - y / top * (base - TOP)

    drawn = [f'<text class="title" x="{LEFT}" y="20">{title}</text>']
    for number in range(round(top / step) + 1):
        _, y = at(xs[0], number * step)
        drawn.append(f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        drawn.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{number * step:g} {unit}</text>')
    for x in xs:
        place, _ = at(x, 0)
        drawn.append(f'<text x="{place:.1f}" y="{base + 20}" text-anchor="middle">{_short(x)}</text>')
    drawn.append(f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">residents</text>')
    drawn.append(f'<line class="axis" x1="{LEFT}" x2="{right}" y1="{base}" y2="{base}"/>')
    for style, (name, points) in zip("ab", lines.items(), strict=False):
        placed = [at(*point) for point in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        drawn.append(f'<polyline class="{style}" points="{path}"/>')
        drawn += [f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in placed]
        x, y = placed[-1]
        drawn.append(f'<text x="{x + 10:.1f}" y="{y + 4:.1f}">{name}, {points[-1][1]:.3g} {unit}</text>')
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">'
    )
    return "\n".join((head, f"<style>{STYLE}</style>", *drawn, "</svg>", ""))


def _step(highest: float) -> float:
    """Return a round distance of about five lines."""
    rough = highest / 5
    power = 10 ** math.floor(math.log10(rough))
    return float(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough))


def _short(count: float) -> str:
    return f"{count / 1e6:g} M" if count >= 1e6 else f"{count / 1e3:g} k"


def pictures(found: Mapping[str, Any]) -> dict[str, str]:
    """Return each picture by its file's name."""

    def lines(value: str) -> dict[str, Points]:
        works = ("verify", "redeem")
        return {
            work: sorted((row["residents"], row[value]) for row in found["rows"] if row["work"] == work)
            for work in works
        }

    return {
        "scale-latency.svg": plot("Median latency over HTTP, one request at a time", "ms", lines("p50_ms")),
        "scale-gateway-cpu.svg": plot("CPU time of the gateway for a request", "µs", lines("gateway_us")),
        "scale-postgresql-cpu.svg": plot("CPU time of PostgreSQL for a request", "µs", lines("postgresql_us")),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw; return the exit status."""
    parser = argparse.ArgumentParser(prog="bench.scale_plots", description="Draw what bench.scale found.")
    parser.add_argument("--of", type=Path, default=ROOT / "var" / "bench" / "scale.json", help="what it found")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images", help="where pictures go")
    options = parser.parse_args(arguments)
    for name, picture in pictures(json.loads(options.of.read_text("utf-8"))).items():
        (options.out / name).write_text(picture, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
