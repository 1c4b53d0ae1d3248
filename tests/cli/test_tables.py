"""Tables: whole in a file or a pipe, never narrower than what can be read on a terminal."""

import io
import sys

import pytest

from gateway.cli.tables import LEAST_WIDTH, print_table


class Terminal(io.StringIO):
    """What says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("out", [io.StringIO, Terminal])
def test_a_row_keeps_its_line(out: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys, "stdout", out())
    cell = "x" * (LEAST_WIDTH - 20)
    print_table(("id", "what"), [(7, cell), (123, "[bold]y\x1b[2J")], right={"id"})
    assert isinstance(sys.stdout, out)
    assert sys.stdout.getvalue().splitlines() == [" id  what", f"  7  {cell}", r"123  '[bold]y\x1b[2J'"]
