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

from gateway.auth.hpke import ENC_BYTES, TAG_BYTES, public_point, unseal
from gateway.auth.keyring import Keyring, Purpose
from gateway.auth.pass_hashing import PassHasher
from gateway.domain.errors import KeysMissing, MalformedInput

SHOWN, PAIRED, ASKED = "L1.", "LP1.", "LQ1."
"""How a showing, a pairing and a question begin; the number is the version of the format."""

INFO = b"laurel/live-pass/v1"
"""What a showing is sealed for (RFC 9180 section 5.1), and the label of its proof."""

QUESTION_INFO = b"laurel/live-pass/question/v1"
"""The same of a question: what its phone asks the gateway for itself. No partner ever sees one, so whoever was
shown the pass can't ask in its holder's place, nor is a question good as a showing."""

ID_BYTES, TIME_BYTES, SECTOR_BYTES, PROOF_BYTES = 16, 4, 48, 16
_CLAIMED_BYTES = ID_BYTES + TIME_BYTES + SECTOR_BYTES
SEALED_BYTES = ENC_BYTES + _CLAIMED_BYTES + PROOF_BYTES + TAG_BYTES

_SEALED_CHARACTERS = -(-SEALED_BYTES * 8 // 5)
SHOWN_CHARACTERS = len(SHOWN) + _SEALED_CHARACTERS
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
    return _open(keyring, _bytes(text, SHOWN), INFO)


def open_question(keyring: Keyring, text: str) -> Showing | None:
    """Return what a question says, which is what a showing would; None where it is not authentic.

    Raises:
        MalformedInput: it is no whole question.
        KeysMissing: as for `open_showing`.
    """
    return _open(keyring, _bytes(text, ASKED), QUESTION_INFO)


def _open(keyring: Keyring, sealed: bytes, info: bytes) -> Showing | None:
    candidates = keyring.secrets(Purpose.LIVE).values()
    if not candidates:
        raise KeysMissing("no live key is left: run `python -m keys list` to see why")
    for secret in candidates:
        opened = unseal(secret, sealed, info=info)
        if opened is not None:
            return _proven(keyring, opened, info)
    return None


def _proven(keyring: Keyring, opened: bytes, info: bytes) -> Showing | None:
    claimed, proof = opened[:_CLAIMED_BYTES], opened[_CLAIMED_BYTES:]
    pass_id = claimed[:ID_BYTES]
    expected = hmac.digest(PassHasher(keyring).live_key(pass_id), info + claimed, "sha256")[:PROOF_BYTES]
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


def _bytes(text: str, prefix: str) -> bytes:
    bare = text.removeprefix(prefix)
    if len(text) == len(prefix) + _SEALED_CHARACTERS and text.isascii():
        try:
            sealed = base64.b32decode(bare + "=" * (-len(bare) % 8))
        except ValueError:
            sealed = b""
        if prefix + _text(sealed) == text:
            return sealed
    raise MalformedInput("pass", "This is not a whole live pass. Scan it again.")
