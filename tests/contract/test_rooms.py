"""The rooms: who may import whom, that the rule bites, and that nothing goes round in circles."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tests.contract.house import ROOT, sources

LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"

PLANTED = {
    "domain/clock.py": "import gateway.services.answers",
    "services/answers.py": "import sqlalchemy\nimport jwt",
    "schema/refusals.py": "import gateway.auth.base64url",
    "store/sweep.py": "import gateway.services.answers",
    "web/health.py": "import gateway.store.sweep",
    "auth/pins.py": "import redis",
    "cards/panels.py": "import jwt",
    "cli/rewards.py": "import segno",
    "logs.py": "import laurel_client",
}
"""One wrong import for each rule, at least."""


def lint_imports(directory: Path, cache: Path) -> tuple[int, set[str], set[str]]:
    """Run import-linter in a directory; return its exit code and the names of the kept and broken contracts."""
    ran = subprocess.run(
        [LINT_IMPORTS, "--no-logo", "--cache-dir", cache],
        cwd=directory,
        env={**os.environ, "COLUMNS": "400", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    verdicts = re.findall(r"^(.+) (KEPT|BROKEN)\b", ran.stdout, re.MULTILINE)
    kept, broken = ({name for name, verdict in verdicts if verdict == which} for which in ("KEPT", "BROKEN"))
    return ran.returncode, kept, broken


def contracts() -> set[str]:
    """Return the names of the contracts in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return {contract["name"] for contract in project["tool"]["importlinter"]["contracts"]}


def test_every_room_keeps_to_its_own(tmp_path: Path) -> None:
    assert lint_imports(ROOT, tmp_path) == (0, contracts(), set())


def test_every_rule_bites_where_a_wrong_import_is_planted(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "gateway", tmp_path / "gateway", ignore=shutil.ignore_patterns("__pycache__"))
    for place, statement in PLANTED.items():
        path = tmp_path / "gateway" / place
        path.write_text(f"{path.read_text('utf-8')}\n{statement}\n", "utf-8")
    code, kept, broken = lint_imports(tmp_path, tmp_path / "cache")
    assert code != 0
    assert (kept, broken) == (set(), contracts())


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = grimp.build_graph("gateway", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) > 80
    TopologicalSorter(imports).prepare()


@pytest.mark.parametrize(
    ("folder", "strangers"),
    [
        ("partners/client", {"gateway", "keys", "laurel_turnstile", "tests"}),
        ("partners/transit-turnstile", {"gateway", "keys", "tests"}),
        ("keys", {"gateway", "laurel_client", "laurel_turnstile", "tests"}),
    ],
)
def test_the_other_sides_of_the_wire_know_nothing_of_the_gateway(folder: str, strangers: set[str]) -> None:
    for path in sources(folder):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported = {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported = {(node.module or "").partition(".")[0]}
            else:
                continue
            assert imported.isdisjoint(strangers), path
