"""Whose acts a command's are: no name is too long for the record."""

import os

import pytest

from gateway.cli.console import WHO_MAX, who_runs_this
from gateway.store.tables import ADMIN_RECORD


def test_a_name_that_is_too_long_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setenv("SUDO_USER", "lin")
    assert who_runs_this() == "os:root for lin"
    monkeypatch.setenv("SUDO_USER", "x" * 100)
    assert who_runs_this() == ("os:root for " + "x" * 100)[:WHO_MAX]
    assert ADMIN_RECORD.c.who.type.length == WHO_MAX  # type: ignore[attr-defined]
