"""Pairing codes: what is kept opens with the code alone, and neither by another one nor without the key home."""

from pathlib import Path

import pytest

from gateway.auth.pairings import Pairings
from gateway.domain.codes import written
from gateway.domain.errors import KeysMissing, MalformedInput
from tests.auth.key_home import load

HANDED = [("transit", "LP1.ABC"), ("venue", "LP1.DEF")]


def test_who_has_the_code_opens_what_was_sealed_and_nobody_else(tmp_path: Path) -> None:
    codes = Pairings(load(tmp_path / "one"))
    fresh, other = codes.fresh(HANDED), codes.fresh(HANDED)
    assert (fresh.sealed, fresh.code_hash) != (other.sealed, other.code_hash)
    assert b"LP1" not in fresh.sealed
    claim = codes.claim(written(fresh.code).lower(), "phone")
    assert claim.code_hash == fresh.code_hash
    assert list(codes.open(claim, fresh.sealed).pairings) == HANDED
    with pytest.raises(KeysMissing):
        codes.open(claim, other.sealed)
    elsewhere = Pairings(load(tmp_path / "two"))
    stolen = elsewhere.claim(fresh.code, "phone")
    assert stolen.code_hash != fresh.code_hash
    with pytest.raises(KeysMissing):
        elsewhere.open(stolen, fresh.sealed)


def test_a_phone_is_known_by_what_it_calls_itself(tmp_path: Path) -> None:
    codes = Pairings(load(tmp_path))
    code = codes.fresh(HANDED).code
    names = ("a", "b", "a")
    first, second, again = (codes.claim(code, name).phone for name in names)
    assert first == again != second


@pytest.mark.parametrize("typed", ["", "0123-4567-89AB-CDEF", "LP1.ABC", "0" * 100])
def test_what_is_no_code_is_told(tmp_path: Path, typed: str) -> None:
    with pytest.raises(MalformedInput) as refused:
        Pairings(load(tmp_path)).claim(typed, "phone")
    assert refused.value.argument == "code"


def test_nothing_of_it_is_in_a_repr(tmp_path: Path) -> None:
    codes = Pairings(load(tmp_path))
    fresh = codes.fresh(HANDED)
    claim = codes.claim(fresh.code, "phone")
    said = repr((fresh, claim, codes.open(claim, fresh.sealed)))
    assert fresh.code not in said
    assert "LP1" not in said
