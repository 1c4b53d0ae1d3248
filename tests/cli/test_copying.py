"""A migration that takes long says how far it is; one that does not says nothing."""

import pytest

from gateway.cli import progress


def test_what_takes_long_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("gateway.cli.progress.time.monotonic", lambda: now[0])
    tell = progress.copying()
    tell("entry", 1000, 0.1)
    assert capsys.readouterr().err == ""
    now[0] += progress.COPYING_SECONDS
    tell("entry", 250_000, 0.25)
    tell("entry", 260_000, 0.26)
    assert capsys.readouterr().err == "copying entry: 25%, 250,000 rows, 10 s\n"
