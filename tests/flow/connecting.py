"""A vendor who follows `docs/connect.md` to the letter, in what looks like a checkout after `make run`."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import blocks
from tests.flow.processes import ROOT
from tests.flow.sandboxes import Sandbox
from tests.node import HOME, NODE

PAGE = (ROOT / "docs" / "connect.md").read_text("utf-8")
THERE = "http://127.0.0.1:8000"
"""Where the page has the sandbox of `make run`: all that is changed of it, to where the test's sandbox is."""

SECONDS_MAX = 60
_VARIES = {
    r"\brequest [0-9a-f]{16}\b": "request R",
    r'"requestId":"[^"]+"': '"requestId":"R"',
    r"\brdm_[\w-]+": "rdm",
    r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00": "T",
    r"\b2\d\d\b(?= seconds fast)": "S",
    r'(?<="skew_seconds":)2\d\d\b': "S",
    r'(?<="skewSeconds":)2\d\d\b': "S",
}


def section(title: str) -> str:
    """Return what stands under a heading of the page."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def alike(text: str) -> str:
    """Return a text without what differs from run to run: ids, times, seconds."""
    for pattern, name in _VARIES.items():
        text = re.sub(pattern, name, text)
    return text


@dataclass(frozen=True, slots=True)
class Vendor:
    """Somebody in a folder, with a pass to show."""

    folder: Path
    city: Sandbox
    code: str

    @classmethod
    def at(cls, folder: Path, city: Sandbox, code: str) -> "Vendor":
        """Lay the folder out, and save the page's programs in it under their names."""
        sandbox = folder / "var" / "sandbox"
        sandbox.mkdir(parents=True)
        for name in ("keys", "laurel.sqlite", "partners"):
            (sandbox / name).symlink_to(city.home / name)
        (sandbox / "first-request.json").write_text(json.dumps({"pass": code, "reward": "any"}, indent=2))
        (folder / "partners").symlink_to(ROOT / "partners")
        (folder / ".venv").symlink_to(sys.prefix)
        (folder / "node_modules").symlink_to(HOME / "node_modules")
        for title, language in (
            ("Python with Authlib", "python"),
            ("Node with openid-client and dpop", "js"),
            ("The shell", "sh"),
        ):
            [name] = set(re.findall(r"[Ss]ave this as `(connect\.\w+)`", section(title)))
            (folder / name).write_text(blocks(section(title), language)[0], "utf-8")
        return cls(folder, city, code)

    def types(self, commands: str, *, fakes: Mapping[str, str] | None = None) -> str:
        """Run commands as they stand on the page, and return all that they print, errors too.

        `fakes` are programs by name, found before the system's.
        """
        shadow = self.folder / "fakes"
        shadow.mkdir(exist_ok=True)
        for name, text in (fakes or {}).items():
            (shadow / name).write_text(f"#!/bin/sh\n{text}\n")
            (shadow / name).chmod(0o755)
        done = subprocess.run(
            ["/bin/sh", "-c", commands.replace(THERE, self.city.gateway.url)],
            cwd=self.folder,
            env={"PATH": f"{shadow}:{os.defpath}:{NODE.parent}", "LC_ALL": "C.UTF-8", "TMPDIR": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        for name in fakes or {}:
            (shadow / name).unlink()
        return done.stdout

    def reasons(self, output: str) -> list[str]:
        """Return what an operator finds in the log under each request id that a program showed."""
        lines = [json.loads(line) for line in self.city.gateway.log.read_text().splitlines()]
        return [
            line["reason"]
            for request in re.findall(r"\brequest ([0-9a-f]{16})\b", output)
            for line in lines
            if line.get("request_id") == request and "reason" in line
        ]
