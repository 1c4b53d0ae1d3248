"""The client's command line: one signed request by hand, as a process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.conftest import partner_content
from tests.client.stub_gateway import StubGateway

CLIENT = Path(__file__).parents[2] / "partners" / "client"
PASS = "a-pass-of-somebody"
ASKED = {"pass": PASS, "reward": "cultural-event", "quantity": 1}


@pytest.fixture
def partner(gateway: StubGateway, jwk: dict[str, str], tmp_path: Path) -> Path:
    gateway.ledger.quotas[PASS, "cultural-event"] = 5
    path = tmp_path / "partner.json"
    path.write_text(json.dumps(partner_content(gateway.url, jwk)), "utf-8")
    return path


def send(*arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "laurel_client", *arguments],
        input=stdin,
        env={**os.environ, "PYTHONPATH": str(CLIENT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_answer_is_printed_and_the_pass_comes_by_standard_input(partner: Path) -> None:
    done = send(str(partner), "VerifyPass", "-", stdin=json.dumps(ASKED))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verifyPass"]["__typename"] == "Eligible"
    assert PASS not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("Nonsense",), "no document 'Nonsense'"),
        (("VerifyPass", "[]"), "JSON object"),
        (("VerifyPass", "{"), "JSON object"),
    ],
)
def test_wrong_input_is_one_sentence(partner: Path, arguments: tuple[str, ...], sentence: str) -> None:
    done = send(str(partner), *arguments)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_missing_partner_file_is_one_sentence(tmp_path: Path) -> None:
    done = send(str(tmp_path / "none.json"), "VerifyPass")
    assert done.returncode == 1
    assert "none.json" in done.stderr
    assert "Traceback" not in done.stderr
