"""From an empty folder to the first redemption with what a guide says, each command as it stands there.

The packages are installed by pip, from source distributions of the tree, into an environment that pip makes. What
they depend on comes from wheels of what is installed here, in place of a network.
"""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.client.packages import PACKAGES, PARTNERS, declared, needed, pack, unpacked_sdist
from tests.docs.pages import blocks
from tests.flow.connecting import THERE
from tests.flow.processes import ROOT
from tests.flow.sandboxes import Sandbox

pytestmark = pytest.mark.xdist_group("sqlite-sandbox")

SECONDS_MAX = 120
NUMBERS = {3: "three", 4: "four", 5: "five", 6: "six"}
CLIENT, AGENT = PARTNERS / "client" / "README.md", PARTNERS / "transit-turnstile" / "README.md"
RIDE = "transit-discount"

METADATA = """
import importlib.metadata, json, sys
found = importlib.metadata.distribution(sys.argv[1])
said = {name: found.metadata.get_all(name) for name in set(found.metadata)}
files = [str(path) for path in found.files]
print(json.dumps({"said": said, "files": files, "text": found.metadata.get_payload()}))
"""


@dataclass(slots=True)
class Somebody:
    """Who has an empty folder, and a guide."""

    folder: Path
    city: Sandbox
    surroundings: dict[str, str]
    typed: int = 0

    def types(self, command: str, *, given: str = "") -> str:
        """Run one command as it stands there, but for the gateway's address, and return what it prints."""
        self.typed += 1
        done = subprocess.run(
            ["/bin/sh", "-ec", command.replace(THERE, self.city.gateway.url)],
            cwd=self.folder,
            env=self.surroundings,
            input=given,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what somebody is given: `laurel/partners` as a checkout has it, and wheels, and python3."""
    shelf = tmp_path_factory.mktemp("shelf")
    for name in ("laurel/partners", "wheels", "bin"):
        (shelf / name).mkdir(parents=True)
    for name in PACKAGES:
        unpacked_sdist(name, shelf).rename(shelf / "laurel" / "partners" / name)
    theirs = [line for name in PACKAGES for line in declared(PARTNERS / name) if not line.startswith("laurel-")]
    pack(shelf / "wheels", needed([*theirs, "setuptools"]))
    python = shelf / "bin" / "python3"
    python.write_text(f'#!/bin/sh\nexec "{sys._base_executable}" "$@"\n')  # type: ignore[attr-defined]
    python.chmod(0o755)
    return shelf


@pytest.fixture
def somebody(shelf: Path, tmp_path: Path, sqlite_sandbox: Sandbox) -> Somebody:
    """Somebody whose machine knows no index and nothing of Laurel."""
    folder, home = tmp_path / "mine", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    surroundings = {
        "PATH": f"{shelf / 'bin'}:{os.defpath}",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "LAUREL": str(shelf / "laurel"),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(shelf / "wheels"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_NO_COMPILE": "1",
        "PIP_CONFIG_FILE": os.devnull,
    }
    if path := os.environ.get("LD_LIBRARY_PATH"):  # a Python that finds its own library by it
        surroundings["LD_LIBRARY_PATH"] = path
    return Somebody(folder, sqlite_sandbox, surroundings)


@pytest.mark.timeout(600)  # half a minute of pip's, and more where all the tests run at once
def test_a_partner_s_first_redemption_and_a_gate_s_first_tap(somebody: Somebody, tmp_path: Path) -> None:
    page = CLIENT.read_text("utf-8")
    for_the_city, for_the_partner = blocks(_section(page), "sh")
    environment, install, enrol, redeem = _commands(for_the_partner, _section(page))
    code = _code(for_the_city, tmp_path / "checkout", somebody.city)
    [card] = asyncio.run(somebody.city.steward.resident("transit"))
    began = time.monotonic()
    (somebody.folder / "redeem.py").write_text(blocks(page, "python")[0], "utf-8")
    somebody.types(environment)
    somebody.types(install)
    assert "Registered as" in somebody.types(enrol, given=f"{code}\n")
    assert somebody.types(redeem, given=f"{card.code}\n") == f"Redeemed: 1 of {RIDE}\n"
    print(f"\n{somebody.typed} commands, {time.monotonic() - began:.1f} s from an empty folder to a redemption")
    _complete(somebody, "client")
    _a_gate_opens(somebody, card.token)
    _complete(somebody, "transit-turnstile")


def _a_gate_opens(somebody: Somebody, card: str) -> None:
    page = AGENT.read_text("utf-8").partition("## The agent")[2].partition("\n## ")[0]
    [block] = [each for each in blocks(page, "sh") if "install" in each]
    install, run, status, show = _commands(block, page)
    began = time.monotonic()
    somebody.types(install)
    pid = int(somebody.types(f"{run.removesuffix('&')} > said.txt 2>&1 &\necho $!"))
    try:
        _until(lambda: "listening on" in (somebody.folder / "said.txt").read_text())
        _until(lambda: _is_provisioned(json.loads(somebody.types(status))))
        answer = json.loads(somebody.types(show, given=f"{card}\n"))
    finally:
        print((somebody.folder / "said.txt").read_text())
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
            _until(lambda: _has_ended(pid))
    # A slow machine's gateway may not answer in 200 ms; then the gate opens by what it has.
    assert (answer["answer"], answer["by"] in ("gateway", "gate")) == ("open", True)
    print(f"4 more, {time.monotonic() - began:.1f} s to a gate that opens")
    usage = somebody.types(".venv/bin/laurel-turnstile --help")
    assert all(word in usage for word in ("run", "status", "show", "bench"))


def _is_provisioned(status: dict[str, Any]) -> bool:
    return status["line"] == "up" and status["allowance_left"] is not None


def _has_ended(pid: int) -> bool:
    """Whether a process that is no child of ours is gone, or waits for somebody to hear of it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def _section(page: str) -> str:
    return page.partition("## From an empty folder")[2].partition("\n## ")[0]


def _commands(block: str, told: str) -> list[str]:
    """Return a guide's commands, which are as many as it says."""
    commands = block.strip().splitlines()
    assert re.search(rf"\b{NUMBERS[len(commands)]}\b", told, re.IGNORECASE)
    return commands


def _code(command: str, checkout: Path, city: Sandbox) -> str:
    """Return the code that the city's command prints, in what looks like a checkout."""
    (checkout / "var").mkdir(parents=True)
    (checkout / "var" / "sandbox").symlink_to(city.home)
    (checkout / ".venv").symlink_to(sys.prefix)
    done = subprocess.run(
        ["/bin/sh", "-ec", command],
        cwd=checkout,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=True,
    )
    [code] = re.findall(r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}\b", done.stdout)
    return str(code)


def _complete(somebody: Somebody, name: str) -> None:
    """Whether what pip installed has all that its folder has, and says what people and tools look for."""
    package = PACKAGES[name]
    code = json.dumps(METADATA)
    found = json.loads(somebody.types(f".venv/bin/python -c 'exec({code})' {package.replace('_', '-')}"))
    said, files = found["said"], set(found["files"])
    modules = {f"{package}/{path.name}" for path in (PARTNERS / name / package).glob("*.py")}
    assert modules | {f"{package}/py.typed"} <= files
    assert (said["License-Expression"], said["License-File"]) == (["Apache-2.0"], ["LICENSE"])
    assert said["Requires-Python"] == [">=3.11"]
    wanted = [Requirement(line) for line in said["Requires-Dist"]]
    assert {str(one) for one in wanted} == {str(Requirement(line)) for line in declared(PARTNERS / name)}
    assert all(">=" in str(one.specifier) for one in wanted)
    assert found["text"].strip() == (PARTNERS / name / "README.md").read_text("utf-8").strip()
    assert (PARTNERS / name / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def _until(seen: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + SECONDS_MAX
    while not seen():
        assert time.monotonic() < give_up_at
        time.sleep(0.1)
