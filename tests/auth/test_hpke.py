"""Sealing to a key of the gateway, by the vectors of RFC 9180 and against an implementation of its own."""

import secrets

import pytest

from gateway.auth.hpke import derive_key, public_point, unseal
from tests import phone

IKM = bytes.fromhex("668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550")
SCALAR = 0xF3CE7FDAE57E1A310D87F1EBBDE6F328BE0A99CDBCADF4D6589CF29DE4B8FFD2
"""RFC 9180, appendix A.3.1: ikmR and skRm."""


def test_a_key_pair_is_derived_as_the_standard_says() -> None:
    assert derive_key(IKM).private_numbers().private_value == SCALAR
    assert public_point(IKM)[:1] == b"\x04"


def test_what_was_sealed_by_others_is_opened() -> None:
    sealed = phone.seal(b"plaintext", public_point(IKM))
    assert unseal(IKM, sealed, info=phone.LABEL) == b"plaintext"
    assert phone.seal(b"plaintext", public_point(IKM)) != sealed, "fresh randomness each time"


@pytest.mark.parametrize("at", [0, 1, 64, 65, 70, -1])
def test_a_changed_byte_opens_nothing(at: int) -> None:
    sealed = bytearray(phone.seal(b"plaintext", public_point(IKM)))
    sealed[at] ^= 1
    assert unseal(IKM, bytes(sealed), info=phone.LABEL) is None


@pytest.mark.parametrize("length", [0, 1, 64, 65, 80])
def test_a_part_of_it_opens_nothing(length: int) -> None:
    assert unseal(IKM, phone.seal(b"", public_point(IKM))[:length], info=phone.LABEL) is None


def test_another_key_or_another_use_opens_nothing() -> None:
    sealed = phone.seal(b"plaintext", public_point(IKM))
    assert unseal(secrets.token_bytes(32), sealed, info=phone.LABEL) is None
    assert unseal(IKM, sealed, info=b"laurel/live-pass/v2") is None
