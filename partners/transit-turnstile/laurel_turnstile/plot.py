"""A plot of shares against times, as SVG by hand: what share of the taps took at most so long."""

import math
from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, TOP = 640, 320, 56, 48
COLOURS = ("#2e6f40", "#b25d18", "#35507a")


def histogram(series: Mapping[str, Sequence[float]], *, goal: float, title: str) -> str:
    """Return a plot of each series' shares, the times on a logarithmic axis, and the goal as a line."""
    low = min(min(times) for times in series.values())
    high = max(goal * 2, *(max(times) for times in series.values()))
    wide, tall = WIDTH - LEFT - 24, HEIGHT - TOP - 48

    def x(value: float) -> float:
        return LEFT + wide * math.log(value / low) / math.log(high / low)

    def y(share: float) -> float:
        return TOP + tall * (1 - share)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="22" font-size="14">{escape(title)}</text>',
    ]
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(
            f'<path d="M{LEFT} {y(share):.1f}h{wide}" stroke="#ddd"/>'
            f'<text x="{LEFT - 6}" y="{y(share) + 4:.1f}" text-anchor="end">{share:.0%}</text>'
        )
    for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100):
        if low <= tick <= high:
            parts.append(f'<text x="{x(tick):.1f}" y="{TOP + tall + 18}" text-anchor="middle">{tick:g}</text>')
    parts.append(
        f'<path d="M{x(goal):.1f} {TOP}v{tall}" stroke="#a00" stroke-dasharray="4 3"/>'
        f'<text x="{x(goal) + 4:.1f}" y="{TOP + 12}" fill="#a00">goal {goal:g} ms</text>'
    )
    for number, (name, times) in enumerate(series.items()):
        ordered = sorted(times)
        step = max(1, len(ordered) // 200)
        points = " ".join(
            f"{x(ordered[at]):.1f},{y((at + 1) / len(ordered)):.1f}"
            for at in (*range(0, len(ordered), step), -1)
            if at >= 0
        )
        colour = COLOURS[number % len(COLOURS)]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{LEFT + 150 * number}" y="{TOP - 8}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
