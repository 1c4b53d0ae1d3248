"""Breaks a copy of reviewed data in one place."""

import re
from pathlib import Path


def edit(file: Path, pattern: str, replacement: str) -> None:
    """Replace the one place that matches; a pattern that matches nothing would test nothing."""
    text, count = re.subn(pattern, lambda _: replacement, file.read_text("utf-8"), flags=re.MULTILINE)
    assert count == 1
    file.write_text(text, "utf-8")
