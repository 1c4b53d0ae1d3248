"""An allowance is known again whatever its age; a changed, foreign or other token is none."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.auth import jws
from gateway.auth.allowances import ALLOWANCE_TYPE, SignedAllowances
from gateway.auth.keyring import Keyring
from gateway.domain.errors import KeysMissing, MalformedInput
from gateway.domain.offline import Allowance
from tests.auth.key_home import NOW, Key, load, one_of_each

ISSUER = "https://laurel.example"
ALLOWANCE = Allowance(
    partner_id="metro",
    device_id="gate-1",
    day=date(2026, 11, 22),
    units=500,
    rewards=frozenset({"ride", "ferry"}),
    issued_at=datetime(2026, 11, 1, tzinfo=UTC),
    ends_at=datetime(2026, 11, 4, tzinfo=UTC),
)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return load(tmp_path)


def test_it_is_known_again_long_after_it_ended(keyring: Keyring) -> None:
    allowances = SignedAllowances(keyring, issuer=ISSUER)
    assert allowances.open(allowances.sign(ALLOWANCE), partner_id="metro") == ALLOWANCE


def test_when_it_covers_a_tap() -> None:
    begins, ends, minute = ALLOWANCE.issued_at, ALLOWANCE.ends_at, timedelta(minutes=1)
    for at, covered in (
        (begins - minute, True),
        (begins - 2 * minute, False),
        (ends + minute, True),
        (ends + 2 * minute, False),
    ):
        assert ALLOWANCE.covers(at, NOW) is covered
    assert not ALLOWANCE.covers(ends, ends - 2 * minute), "it has not happened yet"


def test_what_is_no_allowance(keyring: Keyring) -> None:
    allowances = SignedAllowances(keyring, issuer=ISSUER)
    good = allowances.sign(ALLOWANCE)
    claims = jws.parse(
        good, jws.Policy(typ=ALLOWANCE_TYPE, required=frozenset({"iss"}), token_bytes_max=2048)
    ).claims
    statement, another = keyring.signing("statement"), keyring.signing("pass")
    for text in (
        "",
        good[:-4] + "AAAA",
        SignedAllowances(keyring, issuer="https://other.example").sign(ALLOWANCE),
        allowances.sign(replace(ALLOWANCE, partner_id="ferry")),
        jws.sign(claims, statement, typ="settlement+jwt"),
        jws.sign(claims, another, typ=ALLOWANCE_TYPE),
        jws.sign({**claims, "units": "500"}, statement, typ=ALLOWANCE_TYPE),
        jws.sign({**claims, "day": "today"}, statement, typ=ALLOWANCE_TYPE),
        jws.sign({**claims, "rewards": 7}, statement, typ=ALLOWANCE_TYPE),
        jws.sign({key: claims[key] for key in claims if key != "exp"}, statement, typ=ALLOWANCE_TYPE),
    ):
        with pytest.raises(MalformedInput, match="allowance"):
            allowances.open(text, partner_id="metro")


def test_without_a_key_none_is_signed(tmp_path: Path) -> None:
    keys = [key if key.purpose != "statement" else Key(key.kid, "statement", "retired") for key in one_of_each()]
    with pytest.raises(KeysMissing):
        SignedAllowances(load(tmp_path, *keys), issuer=ISSUER).sign(ALLOWANCE)
