"""The main job as a process would run it, and the README's example."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from laurel_client.main_job import main
from tests.client.conftest import partner_content
from tests.client.stub_gateway import StubGateway

CLIENT = Path(__file__).parents[2] / "partners" / "client"
FRESH = [
    {"reward": "cultural-event", "occasion": "show-1", "pin": None, "token": "fresh-token", "code": "FRESH-CODE"},
    {"reward": "cinema-discount", "occasion": None, "pin": "4711", "token": None, "code": "FRESH-CODE"},
]


def persona(name: str, expect: str, *, token: str | None, code: str | None) -> dict[str, Any]:
    return {"persona": name, "token": token, "code": code, "expect": {"cultural-event": expect}}


PERSONAS = [
    persona("withdrawn", "NOT_ELIGIBLE", token="withdrawn-token", code=None),
    persona("nobody", "NOT_ELIGIBLE", token=None, code="NOBODYS-CODE"),
    persona("200 h", "ELIGIBLE", token="rich-token", code=None),
]


@pytest.fixture
def sandbox(tmp_path: Path, gateway: StubGateway, jwk: dict[str, str]) -> Path:
    (tmp_path / "partners").mkdir()
    (tmp_path / "partners" / "venue.json").write_text(json.dumps(partner_content(gateway.url, jwk)))
    (tmp_path / "passes.json").write_text(json.dumps(PERSONAS))
    gateway.ledger.quotas["fresh-token", "cultural-event"] = 1
    gateway.ledger.quotas["FRESH-CODE", "cinema-discount"] = 1
    return tmp_path


def run(sandbox: Path, given: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(given)))
    return main([str(sandbox)])


def test_every_step_is_done_timed_and_shown(
    sandbox: Path, gateway: StubGateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(sandbox, {"passes": {"venue-counter": FRESH}}, monkeypatch) == 0
    out, err = capsys.readouterr()
    rows = [re.split(r"\s{2,}", line[21:].strip()) for line in out.splitlines()[1:-1]]
    assert [row[:2] for row in rows] == [
        ["sign in", "done"],
        ["verify cultural-event", "Eligible"],
        ["redeem cultural-event", "Redemption REDEEMED"],
        ["the same request again", "Redemption REDEEMED, replayed"],
        ["redeem with a pass not entitled", "Refused NOT_ELIGIBLE"],
        ["the first request id, two units", "Refused REQUEST_REUSED"],
        ["reverse it", "Redemption REVERSED"],
        ["the same reversal again", "Redemption REVERSED, replayed"],
        ["verify again", "Eligible"],
        ["verify cinema-discount", "Eligible"],
        ["redeem cinema-discount", "Redemption REDEEMED"],
    ]
    assert all(float(row[2]) >= 0 for row in rows)
    assert re.search(r"\n11 requests, 1 kinds? of partner: median [0-9.]+ ms, worst [0-9.]+ ms\.\n$", out)
    assert max(map(len, out.splitlines())) <= 100
    assert err == ""
    assert gateway.bodies[3]["variables"]["input"]["pass"] == "NOBODYS-CODE"
    for secret in ["fresh-token", "FRESH-CODE", "4711", "NOBODYS-CODE", *gateway.grants]:
        assert secret not in out


def test_an_answer_other_than_the_one_that_must_come_is_the_reason(
    sandbox: Path, gateway: StubGateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.ledger.forgets = True
    gateway.ledger.quotas["fresh-token", "cultural-event"] = 9
    assert run(sandbox, {"passes": {"venue-counter": FRESH}}, monkeypatch) == 1
    assert capsys.readouterr().err == (
        "venue-counter, the same request again: the answer must be Redemption REDEEMED, replayed,"
        " but it was Redemption REDEEMED.\n"
    )


def test_a_replay_must_equal_the_first_answer(
    sandbox: Path, gateway: StubGateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.ledger.replays_differ = True
    assert run(sandbox, {"passes": {"venue-counter": FRESH}}, monkeypatch) == 1
    assert capsys.readouterr().err == (
        "venue-counter, the same request again: the answer differs from the first one.\n"
    )


def test_a_gateway_that_fails_is_the_reason(
    sandbox: Path, gateway: StubGateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.faults.append("broken")
    assert run(sandbox, {"passes": {"venue-counter": FRESH}}, monkeypatch) == 1
    assert capsys.readouterr().err == "venue-counter, verify cultural-event: INTERNAL: Sorry. (6f)\n"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"passes": {}}, "Standard input brings no pass for venue-counter."),
        ([], "Standard input or passes.json doesn't have the form that the main job reads."),
        (
            {"passes": {"venue-counter": [FRESH[1]]}},
            "passes.json has nobody who is NOT_ELIGIBLE for cinema-discount.",
        ),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    sandbox: Path,
    given: Any,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(sandbox, given, monkeypatch) == 1
    assert capsys.readouterr().err == says + "\n"


def test_an_empty_folder_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, {}, monkeypatch) == 1
    assert "There is no partner file in" in capsys.readouterr().err


def test_the_readmes_program_redeems_a_pass_from_nothing_but_a_partner_file(
    sandbox: Path, gateway: StubGateway
) -> None:
    program = re.findall(r"```python\n(.*?)```", (CLIENT / "README.md").read_text(), re.DOTALL)[0]
    (sandbox / "redeem.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "redeem.py", "partners/venue.json", "cultural-event"],
        input="fresh-token\n",
        cwd=sandbox,
        env={**os.environ, "PYTHONPATH": str(CLIENT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("Redeemed: 1 of cultural-event\n", "")
    assert len(program.strip().splitlines()) <= 22
