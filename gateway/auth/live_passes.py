"""Live passes: what a phone is paired with once, and what it shows each time. docs/passes.md has the bytes.

A showing is the id of the pass, the time and a proof that the phone holds the pass's key, sealed to a key of the
gateway with fresh randomness (HPKE): two showings have nothing in common for anybody else. The key of a pass is
derived of a secret of the key home and of the id, of which the database has a keyed hash alone: whoever steals the
database can make no showing, and neither can who steals the sealing key and what was shown.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.auth.hashing import PassHasher
from gateway.auth.hpke import ENC_BYTES, TAG_BYTES, public_point, unseal
from gateway.auth.keyring import Keyring, Purpose
from gateway.domain.errors import KeysMissing, MalformedInput

SHOWN, PAIRED = "L1.", "LP1."
"""How a showing and a pairing begin; the number is the version of the format."""

INFO = b"laurel/live-pass/v1"
"""What a showing is sealed for (RFC 9180 section 5.1), and the label of its proof."""

ID_BYTES, TIME_BYTES, SECTOR_BYTES, PROOF_BYTES = 16, 4, 48, 16
_CLAIMED_BYTES = ID_BYTES + TIME_BYTES + SECTOR_BYTES
SEALED_BYTES = ENC_BYTES + _CLAIMED_BYTES + PROOF_BYTES + TAG_BYTES

SHOWN_CHARACTERS = len(SHOWN) + -(-SEALED_BYTES * 8 // 5)
"""Of every showing, whatever its sector: 267, for a QR code of version 10 (57 modules) at correction M."""


@dataclass(frozen=True, slots=True)
class Showing:
    """What an authentic showing says: the id of its pass, its sector, and when its phone made it."""

    pass_id: bytes = field(repr=False)
    sector: str
    made_at: datetime


def new_pairing(keyring: Keyring, *, sector: str, expires_at: datetime) -> tuple[bytes, str]:
    """Return the id of a new live pass, and the text that a phone makes its showings from.

    Raises:
        KeysMissing: there is no active `live` or `handle` key.
        ValueError: the sector's name is too long.
    """
    pass_id = secrets.token_bytes(ID_BYTES)
    _, sealing = keyring.secret(Purpose.LIVE)
    named = sector.encode()
    if len(named) > SECTOR_BYTES:
        raise ValueError(f"the name of a sector has at most {SECTOR_BYTES} bytes")
    key = PassHasher(keyring).live_key(pass_id)
    end = int(expires_at.timestamp()).to_bytes(TIME_BYTES, "big")
    return pass_id, PAIRED + _text(pass_id + key + end + public_point(sealing) + named)


def open_showing(keyring: Keyring, text: str) -> Showing | None:
    """Return what a showing says; None where it is not authentic.

    Raises:
        MalformedInput: it is no whole showing.
        KeysMissing: there is no live `live` key, or no active `handle` key.
    """
    sealed = _bytes(text)
    candidates = keyring.secrets(Purpose.LIVE).values()
    if not candidates:
        raise KeysMissing("no live key is left: run `python -m keys list` to see why")
    for secret in candidates:
        opened = unseal(secret, sealed, info=INFO)
        if opened is not None:
            return _proven(keyring, opened)
    return None


def _proven(keyring: Keyring, opened: bytes) -> Showing | None:
    claimed, proof = opened[:_CLAIMED_BYTES], opened[_CLAIMED_BYTES:]
    pass_id = claimed[:ID_BYTES]
    expected = hmac.digest(PassHasher(keyring).live_key(pass_id), INFO + claimed, "sha256")[:PROOF_BYTES]
    if not hmac.compare_digest(proof, expected):
        return None
    made_at = int.from_bytes(claimed[ID_BYTES : ID_BYTES + TIME_BYTES], "big")
    try:
        sector = claimed[ID_BYTES + TIME_BYTES :].rstrip(b"\0").decode()
    except UnicodeDecodeError:
        return None
    return Showing(pass_id, sector, datetime.fromtimestamp(made_at, UTC))


def _text(data: bytes) -> str:
    """Return base32 (RFC 4648 section 6) without padding: capitals and digits, the small mode of a QR code."""
    return base64.b32encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    if len(text) == SHOWN_CHARACTERS and text.isascii():
        try:
            sealed = base64.b32decode(text.removeprefix(SHOWN) + "=" * (-len(text.removeprefix(SHOWN)) % 8))
        except ValueError:
            sealed = b""
        if SHOWN + _text(sealed) == text:
            return sealed
    raise MalformedInput("pass", "This is not a whole live pass. Scan it again.")
