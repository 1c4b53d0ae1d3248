"""References: one length for every cause, opened by the holder of the pass alone."""

import re
from pathlib import Path

import pytest

from gateway.auth.keyring import Keyring
from gateway.auth.references import REFERENCE_LENGTH, References
from gateway.domain.eligibility import Cause
from gateway.domain.errors import KeysMissing
from gateway.domain.passes import OpenedPass
from tests.auth.key_home import NOW, Hands, Key, load

HOLDER = OpenedPass(handle=b"h" * 32, mark=b"m" * 32, seal=b"s" * 32)
ANOTHER = OpenedPass(handle=b"h" * 32, mark=b"m" * 32, seal=b"t" * 32)
FORGED = OpenedPass(handle=b"h" * 32, mark=b"m" * 32, seal=b"s" * 32, forged=True)

NOBODYS = (Cause.UNKNOWN_PASS, Cause.FORGED_PASS)


@pytest.fixture
def references(tmp_path: Path) -> References:
    return References(load(tmp_path))


@pytest.mark.parametrize("cause", Cause)
def test_every_reference_has_one_length_and_form(references: References, cause: Cause) -> None:
    for opened in (HOLDER, FORGED):
        reference = references.seal(opened, cause)
        assert len(reference) == REFERENCE_LENGTH == 64
        assert re.fullmatch(r"[A-Za-z0-9_-]+", reference)
        assert references.seal(opened, cause) != reference


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause not in NOBODYS])
def test_the_holder_can_have_it_opened_and_nobody_else(references: References, cause: Cause) -> None:
    reference = references.seal(HOLDER, cause)
    assert references.open(HOLDER, reference) is cause
    assert references.open(ANOTHER, reference) is None


@pytest.mark.parametrize("cause", NOBODYS)
def test_nobody_can_open_a_reference_of_an_unknown_pass(references: References, cause: Cause) -> None:
    assert references.open(HOLDER, references.seal(HOLDER, cause)) is None


def test_nobody_can_open_a_reference_of_a_forged_pass(references: References) -> None:
    assert references.open(FORGED, references.seal(FORGED, Cause.EXPIRED_PASS)) is None


@pytest.mark.parametrize("reference", ["", "A", "A" * 64, "A" * 63 + "=", "A" * 65, "é" * 64, "\ud800" * 64])
def test_what_is_no_reference_opens_to_nothing(references: References, reference: str) -> None:
    assert references.open(HOLDER, reference) is None


def test_a_changed_reference_opens_to_nothing(references: References) -> None:
    reference = references.seal(HOLDER, Cause.REVOKED_PASS)
    for place in (0, 20, 63):
        other = "A" if reference[place] != "A" else "E"
        assert references.open(HOLDER, reference[:place] + other + reference[place + 1 :]) is None


def test_neither_the_pass_nor_the_key_home_opens_it_alone(references: References, tmp_path: Path) -> None:
    elsewhere = References(load(tmp_path / "elsewhere"))
    assert elsewhere.open(HOLDER, references.seal(HOLDER, Cause.REVOKED_PASS)) is None


def test_a_reference_outlives_the_rotation_of_its_key_until_that_ends(tmp_path: Path) -> None:
    before = load(tmp_path, Key("reference-1", "reference"))
    reference = References(before).seal(HOLDER, Cause.STALE_CREDIT)
    clock = Hands()
    rotated: Keyring = load(
        tmp_path, Key("reference-1", "reference", "retired"), Key("reference-2", "reference"), clock=clock
    )
    assert References(rotated).open(HOLDER, reference) is Cause.STALE_CREDIT
    assert References(before).open(HOLDER, References(rotated).seal(HOLDER, Cause.STALE_CREDIT)) is None
    clock.now = NOW.replace(year=2028)
    assert References(rotated).open(HOLDER, reference) is None


@pytest.mark.parametrize("opened", [HOLDER, FORGED])
def test_without_a_key_no_denial_is_sealed_whoever_asks(tmp_path: Path, opened: OpenedPass) -> None:
    with pytest.raises(KeysMissing):
        References(load(tmp_path, Key("cursor-1", "cursor"))).seal(opened, Cause.NOT_ENTITLED)
