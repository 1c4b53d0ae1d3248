"""Writing the sandbox's files: whole or not at all, and readable by their owner alone."""

import json
import os
from pathlib import Path


def write(path: Path, content: object) -> None:
    """Write JSON, or bytes as they are, through a temporary file beside it. They hold keys and passes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = (
        content
        if isinstance(content, bytes)
        else json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"
    )
    temporary = path.with_name(path.name + ".tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    temporary.replace(path)
