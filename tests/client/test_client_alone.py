"""The client needs what its pyproject.toml declares, and nothing of the gateway's."""

import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.client.packages import PARTNERS, declared, needed

CHECK = """
import importlib, pkgutil, sys
sys.path += sys.argv[2:]
package = importlib.import_module(sys.argv[1])
for module in pkgutil.iter_modules(package.__path__, f"{sys.argv[1]}."):
    importlib.import_module(module.name)
for stranger in ("gateway", "starlette", "sqlalchemy", "strawberry", "pydantic", "prometheus_client", "keys"):
    try:
        importlib.import_module(stranger)
    except ModuleNotFoundError:
        continue
    sys.exit(f"{stranger} is there")
"""


def lay_out(folder: Path, names: set[str]) -> None:
    """Link the files of distributions into a folder, as if they alone were installed there."""
    for name in names:
        installed = distribution(name)
        for path in installed.files or ():
            top = path.parts[0]
            if top not in ("..", "__pycache__") and not (folder / top).exists():
                (folder / top).symlink_to(Path(str(installed.locate_file(top))))


@pytest.mark.parametrize(
    ("package", "folder", "ours"),
    [("laurel_client", "client", ()), ("laurel_turnstile", "transit-turnstile", ("client",))],
)
def test_a_package_works_with_what_it_declares_alone(
    tmp_path: Path, package: str, folder: str, ours: tuple[str, ...]
) -> None:
    own = {PARTNERS / folder, *(PARTNERS / each for each in ours)}
    requirements = [line for each in own for line in declared(each) if not line.startswith("laurel-")]
    lay_out(tmp_path, needed(requirements))
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", CHECK, package, *map(str, (*own, tmp_path))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_package_lists_is_what_there_is() -> None:
    project = tomllib.loads((PARTNERS / "client" / "pyproject.toml").read_text("utf-8"))
    assert project["tool"]["setuptools"]["packages"] == ["laurel_client"]
    assert {Requirement(line).name for line in declared(PARTNERS / "client")} == {
        "httpx2",
        "pyjwt",
        "cryptography",
    }
