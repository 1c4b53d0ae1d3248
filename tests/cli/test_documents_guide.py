"""What docs/documents.md tells partners to type works, in this order; and its examples are true."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from gateway.domain.documents import document_id
from tests.docs.pages import ROOT, blocks
from tests.flow.processes import surroundings

GUIDE = (ROOT / "docs" / "documents.md").read_text("utf-8")


def test_the_commands_of_the_guide_work(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "partners", tmp_path / "partners", ignore=shutil.ignore_patterns("client"))
    (tmp_path / "gateway").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gateway "$@"\n')
    (tmp_path / "gateway").chmod(0o755)
    environment = surroundings({"GATEWAY_PARTNERS_DIR": str(tmp_path / "partners")})
    environment["PATH"] = f"{tmp_path}{os.pathsep}{environment['PATH']}"
    steps = blocks(GUIDE, "sh")
    said = []
    for step in steps:
        done = subprocess.run(
            ["sh", "-eu", "-c", step], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), step
        said.append(done.stdout)
    computed, changed, added = said
    [shown] = blocks(GUIDE, "text")
    assert shown in computed
    folder = tmp_path / "partners" / "hospital-desk"
    now, before = (
        document_id((folder / name).read_text("utf-8"))
        for name in ("VerifyPass.graphql", "earlier/VerifyPass.2026-11.graphql")
    )
    assert re.search(rf"^hospital-desk +VerifyPass +{now} +hospital-desk/VerifyPass\.graphql$", changed, re.M)
    assert re.search(rf"^hospital-desk +VerifyPass +{before} +\S+ +earlier$", changed, re.M)
    assert f" {before} " in computed
    assert "      basis\n" in (folder / "VerifyPass.graphql").read_text("utf-8")
    [one] = [each for each in json.loads(added) if each["operation"] == "MyRedemption"]
    assert one == {
        "kind": "hospital-desk",
        "operation": "MyRedemption",
        "id": document_id((folder / "MyRedemption.graphql").read_text("utf-8")),
        "file": "hospital-desk/MyRedemption.graphql",
        "current": True,
        "planned": True,
    }


def test_the_request_that_pages_show_names_a_document_that_is_there() -> None:
    ids = {document_id(file.read_text("utf-8")) for file in (ROOT / "partners").glob("*/*.graphql")}
    for page in ("docs/documents.md", "partners/README.md"):
        shown = [json.loads(block) for block in blocks((ROOT / page).read_text("utf-8"), "json")]
        [named] = [each["documentId"] for each in shown if "documentId" in each]
        assert named in ids, page
