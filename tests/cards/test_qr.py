"""QR codes: exactly the symbol's modules, as large as printers and scanners like them."""

import pytest
import segno

from gateway.auth.passes import TOKEN_CHARACTERS_MAX
from gateway.cards.qr import MM_PER_DOT, SIDE_MM_MAX, qr_code
from gateway.domain.errors import ConfigurationError
from tests.cards.printer import TOKEN_CHARACTERS, a_token


def test_the_runs_are_the_dark_modules() -> None:
    token = a_token(TOKEN_CHARACTERS)
    code = qr_code(token)
    drawn = [bytearray(code.modules) for _ in range(code.modules)]
    for x, y, length in code.runs:
        assert not any(drawn[y][x : x + length])
        drawn[y][x : x + length] = b"\x01" * length
    assert drawn == list(segno.make(token, error="m", micro=False).matrix)


def test_runs_are_as_long_as_they_can_be() -> None:
    runs = set(qr_code(a_token(TOKEN_CHARACTERS)).runs)
    begins = {(x, y) for x, y, _ in runs}
    assert not [run for run in runs if (run[0] + run[2], run[1]) in begins]


@pytest.mark.parametrize("length", [TOKEN_CHARACTERS, TOKEN_CHARACTERS_MAX, 1])
def test_modules_are_whole_dots_of_a_printer_and_large_enough(length: int) -> None:
    code = qr_code(a_token(length))
    assert code.module_mm >= 0.4
    assert code.module_mm / MM_PER_DOT == pytest.approx(round(code.module_mm / MM_PER_DOT))
    assert (code.modules + 8) * code.module_mm <= SIDE_MM_MAX


def test_a_token_that_no_scanner_would_read_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="GATEWAY_PASS_ISSUER"):
        qr_code(a_token(1500))


def test_its_repr_shows_nothing_of_thea_token() -> None:
    assert "runs" not in repr(qr_code(a_token(100)))
