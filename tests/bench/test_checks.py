"""The costs of checks: all of them are told, and garbage that gets through would end the measurement."""

import json
from pathlib import Path

import pytest

from bench import checks, garbage
from bench.checks import main


def test_a_short_run_tells_every_check_and_every_way_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--times", "2", "--rounds", "1", "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    found = json.loads((tmp_path / "checks.json").read_text())
    names = [one["check"] for one in found["checks"]]
    assert names == [
        "strict JSON of claims",
        "form of a token (parse)",
        "form and signature, ES256",
        "form and signature, EdDSA",
        "form and signature, PS256",
        "access token",
        "access token, shown before",
        "proof, with nonce and body",
        "assertion",
        "pass",
        "caller of a request, no database",
    ]
    for one in found["checks"]:
        assert one["us"] > 0
        assert one["check"] in told
    assert {one["check"] for one in found["checks"] if one["peer_us"]} == {*names[2:6], *names[7:9]}
    assert len(found["garbage"]) == 10
    assert all(name in told for name in found["garbage"])


def test_garbage_that_is_accepted_is_no_measurement() -> None:
    def reads_all(text: str) -> str:
        return text

    with pytest.raises(garbage.Accepted):
        garbage._refused(reads_all, "x")()


def test_the_median_of_the_rounds_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    instants = iter([0, 2_000, 2_000, 102_000, 102_000, 106_000])
    monkeypatch.setattr("bench.checks.time.process_time_ns", lambda: next(instants))
    assert checks.cpu_us(lambda: None, times=2, rounds=3) == 2.0
