"""Live passes: a phone makes a showing offline, and the gateway opens it, and nobody else."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.auth.keyring import Keyring
from gateway.auth.live_passes import SHOWN_CHARACTERS
from gateway.auth.passes import PassMint, PassReader
from gateway.domain.errors import KeysMissing, MalformedInput
from gateway.domain.passes import MintedPass, OpenedPass, PassForm, PresentedPass
from tests.auth.key_home import DAY, NOW, Key, load, one_of_each
from tests.phone import LABEL, Phone, base32, seal, unbase32

ISSUER = "https://laurel.example"
SECOND = int(NOW.timestamp())


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return load(tmp_path)


def mint(ring: Keyring, sector: str = "transit") -> MintedPass:
    return PassMint(ring, issuer=ISSUER).mint(
        sector=sector, expires_at=NOW + 100 * DAY, form=PassForm.LIVE, status=(1, "")
    )


def opened(ring: Keyring, text: str) -> OpenedPass:
    return PassReader(ring, issuer=ISSUER).open(PresentedPass(text))


def phone_of(minted: MintedPass) -> Phone:
    [pairing] = minted.texts
    return Phone.paired(pairing)


@pytest.mark.parametrize("sector", ["transit", "s" * 48, "健康"])
def test_a_showing_opens_to_the_handle_on_record_its_sector_and_its_time(ring: Keyring, sector: str) -> None:
    minted = mint(ring, sector)
    phone = phone_of(minted)
    assert (phone.ends, phone.sector.decode()) == (int((NOW + 100 * DAY).timestamp()), sector)
    seen = opened(ring, phone.shows(SECOND))
    assert (seen.handle,) == minted.handles
    assert (seen.forged, seen.typed, seen.sector, seen.expires_at) == (False, False, sector, None)
    assert seen.showable == (NOW - timedelta(seconds=30), NOW + timedelta(seconds=90))


def test_two_showings_of_one_second_have_nothing_in_common_but_their_holder(ring: Keyring) -> None:
    phone = phone_of(mint(ring))
    first, second = phone.shows(SECOND), phone.shows(SECOND)
    assert not {first[at : at + 8] for at in range(3, len(first) - 7)} & {
        second[at : at + 8] for at in range(3, len(second) - 7)
    }
    one, other = opened(ring, first), opened(ring, second)
    assert (one.handle, one.seal) == (other.handle, other.seal)
    assert one.mark != other.mark, "each is used up by itself"
    assert opened(ring, first) == one


@pytest.mark.parametrize("sector", ["gas", "s" * 48])
def test_every_showing_has_one_length_and_fits_a_small_qr_code(ring: Keyring, sector: str) -> None:
    shown = phone_of(mint(ring, sector)).shows(SECOND)
    assert len(shown) == SHOWN_CHARACTERS == 267
    code = segno.make(shown, error="m", micro=False)
    assert (code.mode, code.version) == ("alphanumeric", 10)


def test_the_pairing_is_what_a_phone_needs_and_the_record_makes_no_showing(ring: Keyring, tmp_path: Path) -> None:
    minted = mint(ring)
    phone = phone_of(minted)
    record = minted.to_record(None)
    assert record.form is PassForm.LIVE
    assert phone.pass_id not in record.handles
    thief = replace(phone, pass_id=record.handles[0][:16], key=record.handles[0])
    assert opened(ring, thief.shows(SECOND)).forged


FORGERIES: dict[str, Callable[[Phone], Phone]] = {
    "another's key": lambda phone: replace(phone, key=secrets.token_bytes(32)),
    "an id of one's own": lambda phone: replace(phone, pass_id=secrets.token_bytes(16)),
    "sealed to another": lambda phone: replace(phone, gateway=_point()),
    "no sector of ours": lambda phone: replace(phone, sector=b"\xff\xfe"),
}


def _point() -> bytes:
    return (
        generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_what_the_paired_phone_did_not_make_is_forged_and_known_to_nobody(
    ring: Keyring, forge: Callable[[Phone], Phone]
) -> None:
    minted = mint(ring)
    shown = forge(phone_of(minted)).shows(SECOND)
    first, second = opened(ring, shown), opened(ring, shown)
    assert first.forged
    assert (first.sector, first.showable) == (None, None)
    assert len({first.handle, second.handle, first.mark, second.mark, *minted.handles}) == 5


def test_the_proof_covers_the_time(ring: Keyring) -> None:
    phone = phone_of(mint(ring))
    claimed = phone.pass_id + SECOND.to_bytes(4, "big") + phone.sector.ljust(48, b"\0")
    proof = hmac.digest(phone.key, LABEL + claimed, "sha256")[:16]
    genuine = "L1." + base32(seal(claimed + proof, phone.gateway))
    assert not opened(ring, genuine).forged
    later = claimed[:16] + (SECOND + 60).to_bytes(4, "big") + claimed[20:]
    assert opened(ring, "L1." + base32(seal(later + proof, phone.gateway))).forged


@pytest.mark.parametrize(
    "spoil",
    [
        lambda shown: shown[:-1],
        lambda shown: shown + "A",
        lambda shown: shown.lower().replace("l1.", "L1."),
        lambda shown: shown[:-1] + "=",
        lambda shown: shown[:10] + "1" + shown[11:],
        lambda shown: shown[:10] + "\u00e9" + shown[11:],
        lambda shown: "L1.",
        lambda shown: "L1." + "x" * 2**20,
    ],
)
def test_what_is_no_whole_showing_is_malformed(ring: Keyring, spoil: Callable[[str], str]) -> None:
    with pytest.raises(MalformedInput) as refused:
        opened(ring, spoil(phone_of(mint(ring)).shows(SECOND)))
    assert refused.value.argument == "pass"


def test_one_showing_has_one_spelling_and_a_changed_character_opens_nothing(ring: Keyring) -> None:
    shown = phone_of(mint(ring)).shows(SECOND)
    assert "L1." + base32(unbase32(shown.removeprefix("L1."))) == shown
    for at in (3, 50, 150, len(shown) - 1):
        changed = shown[:at] + ("A" if shown[at] != "A" else "B") + shown[at + 1 :]
        try:
            assert opened(ring, changed).forged
        except MalformedInput:
            assert at == len(shown) - 1, "bits that no byte has"


def test_a_phone_that_was_paired_before_a_rotation_goes_on(tmp_path: Path) -> None:
    old, others = Key("live-1", "live"), [key for key in one_of_each() if key.purpose != "live"]
    phone = phone_of(mint(load(tmp_path, *others, old)))
    new = Key("live-2", "live", not_before=NOW)
    rotated = load(tmp_path, *others, replace(old, state="retired"), new)
    assert not opened(rotated, phone.shows(SECOND)).forged
    assert phone_of(mint(rotated)).gateway != phone.gateway
    revoked = load(tmp_path, *others, replace(old, state="revoked"), new)
    assert opened(revoked, phone.shows(SECOND)).forged


def test_without_a_key_nothing_is_decided(ring: Keyring, tmp_path: Path) -> None:
    shown = phone_of(mint(ring)).shows(SECOND)
    for purpose in ("live", "handle"):
        keyless = load(tmp_path, *(key for key in one_of_each() if key.purpose != purpose))
        with pytest.raises(KeysMissing):
            opened(keyless, shown)
        with pytest.raises(KeysMissing):
            mint(keyless)


def test_a_slip_is_codes_that_share_nothing(ring: Keyring) -> None:
    minted = PassMint(ring, issuer=ISSUER).mint(
        sector="venue", expires_at=NOW + DAY, form=PassForm.SLIP, status=(1, ""), code_count=20
    )
    assert len(set(minted.texts)) == len(set(minted.handles)) == 20
    seen = [opened(ring, code) for code in minted.texts]
    assert tuple(one.handle for one in seen) == minted.handles
    assert len({one.mark for one in seen} | {one.seal for one in seen} | set(minted.handles)) == 60
    assert not any(code in repr(minted) for code in minted.texts)
