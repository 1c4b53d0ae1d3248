"""A settlement is signed in one canonical form: the same bytes each time, and any JOSE library verifies it."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from joserfc import jws as jose
from joserfc.errors import SecurityWarning
from joserfc.jwk import OKPKey

from gateway.auth.statements import SETTLEMENT_TYPE, Statements, canonical
from gateway.domain.errors import KeysMissing
from gateway.domain.settlement import Line, Month, Settlement, TapLine
from tests.auth.key_home import Key, load, one_of_each

NOVEMBER = Month.named("2026-11", ZoneInfo("Asia/Shanghai"))
SETTLED = Settlement(
    partner_id="metro",
    month=NOVEMBER,
    final=True,
    lines=(Line(reward="ride", tariff_fen=150, redeemed=5, reversed=2),),
    taps=(TapLine(reward="ride", verdict="REJECTED", reason="BEYOND_ALLOWANCE", taps=1, units=2),),
)


def test_any_library_verifies_it(tmp_path: Path) -> None:
    keyring = load(tmp_path)
    signed = Statements(keyring, issuer="https://laurel.example").sign_settlement(SETTLED)
    [jwk] = keyring.public_jwks("statement")
    with pytest.warns(SecurityWarning, match="RFC 9864"):  # the name is old, the algorithm is not
        verified = jose.deserialize_compact(signed, OKPKey.import_key({**jwk}), algorithms=["EdDSA"])
    assert verified.headers() == {"alg": "EdDSA", "typ": SETTLEMENT_TYPE, "kid": "statement-1"}
    assert json.loads(verified.payload) == {
        "iss": "https://laurel.example",
        "sub": "metro",
        "month": "2026-11",
        "time_zone": "Asia/Shanghai",
        "begins": "2026-10-31T16:00:00+00:00",
        "ends": "2026-11-30T16:00:00+00:00",
        "final": True,
        "amount_fen": 450,
        "lines": [
            {
                "reward": "ride",
                "tariff_fen": 150,
                "redeemed": 5,
                "reversed": 2,
                "units": 3,
                "amount_fen": 450,
            }
        ],
        "offline": [
            {"reward": "ride", "verdict": "REJECTED", "reason": "BEYOND_ALLOWANCE", "taps": 1, "units": 2}
        ],
    }
    assert verified.payload.decode() == canonical(json.loads(verified.payload))


def test_it_is_the_same_every_time(tmp_path: Path) -> None:
    keyring = load(tmp_path)
    first, second = (Statements(keyring, issuer="https://l.example") for _ in range(2))
    assert first.sign_settlement(SETTLED) == second.sign_settlement(SETTLED)


def test_without_a_key_nothing_is_signed(tmp_path: Path) -> None:
    keys = [key if key.purpose != "statement" else Key(key.kid, "statement", "retired") for key in one_of_each()]
    with pytest.raises(KeysMissing):
        Statements(load(tmp_path, *keys), issuer="https://laurel.example").sign_settlement(SETTLED)
