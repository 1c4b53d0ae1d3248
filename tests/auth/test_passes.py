"""Passes as minted, kept, printed, and opened again."""

import base64
import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.auth.keyring import Keyring
from gateway.auth.passes import PassMint, PassReader
from gateway.domain import codes
from gateway.domain.errors import KeysMissing, MalformedInput
from gateway.domain.passes import MintedPass, OpenedPass, PassForm, PresentedPass
from tests.auth.key_home import DAY, NOW, Hands, Key, load, one_of_each

ISSUER = "https://laurel.example"
EXPIRES_AT = NOW + 100 * DAY
STATUS = (71_234, "https://laurel.example/status-lists/1")


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return load(tmp_path)


@pytest.fixture
def reader(ring: Keyring) -> PassReader:
    return PassReader(ring, issuer=ISSUER)


def mint(ring: Keyring, expires_at: datetime = EXPIRES_AT) -> MintedPass:
    return PassMint(ring, issuer=ISSUER).mint(
        sector="transit", expires_at=expires_at, form=PassForm.CARD, status=STATUS
    )


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    return json.loads(header), json.loads(claims)


def test_a_token_says_what_it_must_and_nothing_about_the_resident(ring: Keyring) -> None:
    token = mint(ring).token
    assert len(token) < 512, "a QR code that a gate reads at once"
    header, claims = parts(token)
    assert header == {"alg": "EdDSA", "typ": "pass+jwt", "kid": "pass-1"}
    assert len(claims.pop("jti")) == 22
    assert claims == {
        "iss": ISSUER,
        "aud": "transit",
        "exp": int(EXPIRES_AT.timestamp()),
        "status": {"status_list": {"idx": 71_234, "uri": "https://laurel.example/status-lists/1"}},
    }


def test_token_and_code_open_to_the_handles_on_record(ring: Keyring, reader: PassReader) -> None:
    minted = mint(ring)
    by_token = reader.open(PresentedPass(minted.token))
    by_code = reader.open(PresentedPass(codes.written(minted.code).lower()))
    assert (by_token.handle, by_code.handle) == minted.handles
    assert (by_token.forged, by_token.sector, by_token.expires_at) == (False, "transit", EXPIRES_AT)
    assert (by_code.forged, by_code.sector, by_code.expires_at) == (False, None, None)
    assert (by_token.typed, by_code.typed) == (False, True)
    assert by_token.seal != by_code.seal
    assert {len(by_token.seal), len(by_code.seal)} == {32}
    assert reader.open(PresentedPass(minted.token)) == by_token


def test_what_is_kept_and_what_is_printed(ring: Keyring) -> None:
    minted = mint(ring, EXPIRES_AT + timedelta(microseconds=7))
    record, issued = minted.to_record("slow-hash"), minted.to_print(41, has_pin=True)
    assert (record.pin_hash, record.status_index, record.form) == ("slow-hash", 71_234, PassForm.CARD)
    assert record.expires_at == issued.expires_at == EXPIRES_AT, "a whole second, as in the token"
    assert (issued.pass_id, issued.token, issued.code) == (41, minted.token, minted.code)
    assert minted.token not in str(record)
    for shown in (repr(minted), repr(record), repr(issued)):
        assert minted.token not in shown
        assert minted.code not in shown
        assert repr(minted.handles[0]) not in shown


def test_no_two_passes_share_anything(ring: Keyring, reader: PassReader) -> None:
    one, other = mint(ring), mint(ring)
    assert one.code != other.code
    assert not set(one.handles) & set(other.handles)
    assert reader.open(PresentedPass(one.token)).seal != reader.open(PresentedPass(other.token)).seal


def test_an_expired_token_is_opened_like_any_other(ring: Keyring, reader: PassReader) -> None:
    opened = reader.open(PresentedPass(mint(ring, NOW - DAY).token))
    assert (opened.forged, opened.expires_at) == (False, NOW - DAY)


def test_a_mistyped_code_is_told_before_any_look_up(ring: Keyring, reader: PassReader) -> None:
    code = mint(ring).code
    mistyped = ("A" if code[0] != "A" else "B") + code[1:]
    with pytest.raises(MalformedInput, match="mistyped"):
        reader.open(PresentedPass(mistyped))


def test_a_code_carries_75_random_bits(ring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "randbits", lambda bits: 2**bits - 1)
    assert mint(ring).code == codes.code_from(2**75 - 1)


def test_cards_outlive_the_rotation_of_their_key_but_not_its_revocation(tmp_path: Path) -> None:
    keys = one_of_each()
    minted = mint(load(tmp_path, *keys))
    others = [key for key in keys if key.purpose != "pass"]
    rotated = [Key("pass-1", "pass", "retired"), Key("pass-2", "pass")]

    def reopened(*passes: Key, clock: Hands | None = None) -> OpenedPass:
        return PassReader(load(tmp_path, *others, *passes, clock=clock), issuer=ISSUER).open(
            PresentedPass(minted.token)
        )

    assert reopened(*rotated).handle == minted.handles[0]
    assert reopened(Key("pass-1", "pass", "revoked"), rotated[1]).forged
    clock = Hands(NOW + 365 * DAY)
    assert reopened(*rotated, clock=clock).forged


def test_without_keys_nothing_is_minted_or_opened(tmp_path: Path) -> None:
    minted = mint(load(tmp_path))
    no_handle = load(tmp_path, Key("pass-1", "pass"))
    for text in (minted.token, minted.code):
        with pytest.raises(KeysMissing):
            PassReader(no_handle, issuer=ISSUER).open(PresentedPass(text))
    with pytest.raises(KeysMissing):
        mint(load(tmp_path, Key("handle-1", "handle")))


def test_times_are_utc_whatever_zone_they_came_in(ring: Keyring) -> None:
    shanghai = EXPIRES_AT.astimezone(ZoneInfo("Asia/Shanghai"))
    minted = mint(ring, shanghai)
    assert (minted.expires_at, minted.expires_at.tzinfo) == (EXPIRES_AT, UTC)
