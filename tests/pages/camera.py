"""A film of a pass in front of a camera, as Chromium's fake camera plays it: Y4M, greys alone."""

from pathlib import Path

import segno
from PIL import Image

WIDTH, HEIGHT, FRAMES = 640, 480, 10
TURNED = 7
"""Degrees: nobody holds a card straight."""


def film(text: str, path: Path, *, error: str = "m") -> Path:
    """Write a film in which a QR code is held in front of something grey."""
    matrix = segno.make(text, error=error, micro=False).matrix
    size = len(matrix)
    code = Image.new("L", (size + 8, size + 8), 240)
    code.putdata(
        [
            20 if 4 <= x < size + 4 and 4 <= y < size + 4 and matrix[y - 4][x - 4] else 240
            for y in range(size + 8)
            for x in range(size + 8)
        ]
    )
    side = 400
    held = code.resize((side, side), Image.Resampling.NEAREST).rotate(
        TURNED, Image.Resampling.BICUBIC, fillcolor=240
    )
    scene = Image.new("L", (WIDTH, HEIGHT), 120)
    scene.paste(held, ((WIDTH - side) // 2, (HEIGHT - side) // 2))
    frame = b"FRAME\n" + scene.tobytes() + b"\x80" * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * FRAMES)
    return path


def flags(path: Path) -> tuple[str, ...]:
    """Return the flags with which a Chromium takes a film for its camera."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    )
