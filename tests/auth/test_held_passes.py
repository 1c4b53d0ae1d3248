"""The pass of a hold: read by the gateway alone, for that hold alone, and of one length whoever it is."""

from pathlib import Path

import pytest

from gateway.auth.held_passes import SealedPasses
from gateway.domain.errors import KeysMissing
from tests.auth.key_home import Hands, load, one_of_each

HOLD, OTHER = "hld_MOkFtlmnwJMpTlD5MCKrTA", "hld_QArKcWnVHW0qr9wyh-6mQg"


@pytest.fixture
def passes(tmp_path: Path) -> SealedPasses:
    """What seals under one key home."""
    return SealedPasses(load(tmp_path, *one_of_each(), clock=Hands()))


def test_it_opens_for_its_own_hold_alone(passes: SealedPasses) -> None:
    sealed = passes.seal(3_500_000, hold_id=HOLD)
    assert passes.open(sealed, hold_id=HOLD) == 3_500_000
    with pytest.raises(KeysMissing):
        passes.open(sealed, hold_id=OTHER)
    with pytest.raises(KeysMissing):
        passes.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), hold_id=HOLD)
    with pytest.raises(KeysMissing):
        passes.open(b"", hold_id=HOLD)


def test_two_holds_of_one_pass_have_nothing_in_common(passes: SealedPasses) -> None:
    first, second = (passes.seal(7, hold_id=HOLD) for _ in range(2))
    assert len(first) == len(second) == len(passes.seal(2**63, hold_id=HOLD)) == 56
    assert first != second
