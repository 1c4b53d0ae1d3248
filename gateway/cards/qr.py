"""QR codes of pass tokens (ISO/IEC 18004), as modules to draw, as a file of their own, and on a terminal."""

from dataclasses import dataclass, field

import segno

from gateway.domain.errors import ConfigurationError

QUIET_MODULES = 4
"""The white border that a scanner needs (ISO/IEC 18004, section 6.3.8)."""

MM_PER_DOT = 25.4 / 300
"""Modules are whole dots of a 300 dpi printer, and so of a 600 dpi one: no edge falls between two dots."""

MODULE_DOTS_MIN = 5
"""0.42 mm: what a worn camera at a counter still tells apart."""

SIDE_MM_MAX = 60.5
"""The code with its quiet zone: as wide as a panel allows beside the last day."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code to draw: its side in modules, a module's side, and runs of dark modules (column, row, length)."""

    modules: int
    module_mm: float
    runs: tuple[tuple[int, int, int], ...] = field(repr=False)


def qr_code(token: str, *, side_mm_max: float = SIDE_MM_MAX) -> QrCode:
    """Return the QR code of a token or a code, as large as there is room for: on a panel, unless told otherwise.

    Raises:
        ConfigurationError: the token is too long for modules that every scanner reads.
    """
    matrix = _symbol(token).matrix
    modules = len(matrix)
    dots = int(side_mm_max / (modules + 2 * QUIET_MODULES) / MM_PER_DOT)
    if dots < MODULE_DOTS_MIN:
        raise ConfigurationError(
            "A pass token is too long for the QR code of a card: choose a shorter GATEWAY_PASS_ISSUER "
            "or GATEWAY_PUBLIC_URL."
        )
    runs = tuple((x, y, length) for y, row in enumerate(matrix) for x, length in _runs(row))
    return QrCode(modules, dots * MM_PER_DOT, runs)


def qr_svg(token: str) -> bytes:
    """Return the QR code of a token as an SVG file, with its quiet zone."""
    return bytes(_symbol(token).svg_inline(scale=4, omitsize=False, light="white").encode())


def show_qr(token: str) -> None:
    """Draw the QR code of a token on the terminal."""
    _symbol(token).terminal(compact=True)


def _symbol(token: str) -> segno.QRCode:
    return segno.make(token, error="m", micro=False)


def _runs(row: bytearray) -> list[tuple[int, int]]:
    """Return where dark modules begin in a row, and how many follow one another."""
    runs: list[tuple[int, int]] = []
    for x, dark in enumerate(row):
        if dark and runs and sum(runs[-1]) == x:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((x, 1))
    return runs
