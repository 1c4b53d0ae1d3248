"""Passes: made at issue, and opened where one is presented.

A pass says nothing about its resident. A card is a token (a compact JWS, RFC 7515, signed with Ed25519, RFC 8037)
for a QR code, and a typable code beside it. A slip is such codes alone; what a phone shows is in `live_passes`.
All are looked up by keyed hash; none is kept.
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, assert_never

from gateway.auth import base64url, jws
from gateway.auth.hashing import HASH_BYTES
from gateway.auth.keyring import Keyring, Purpose
from gateway.auth.live_passes import SHOWN, Showing, new_pairing, open_question, open_showing
from gateway.auth.pass_hashing import PassHasher
from gateway.domain import codes
from gateway.domain.errors import MalformedInput, NotAuthentic
from gateway.domain.passes import MintedPass, OpenedPass, PassForm, PresentedPass
from gateway.domain.showings import CLOCK_SKEW, LIVE_FOR

TOKEN_TYPE = "pass+jwt"
TOKEN_ID_BYTES = 16
TOKEN_CHARACTERS_MAX = 1024
"""Ours have some 400, for a QR code that a gate reads at once; what is longer is not worth decoding."""

_POLICY = jws.Policy(
    typ=TOKEN_TYPE, required=frozenset({"iss", "aud", "jti", "exp"}), token_bytes_max=TOKEN_CHARACTERS_MAX
)


_NEVER = frozenset({"iat", "nbf"})
"""Claims of no pass: see `PassMint.mint`. Nobody here would heed the second."""


class PassMint:
    """Makes passes. Implements `domain.steward_ports.Mint`.

    `issuer` is the `iss` of their tokens: it must outlast every card that was printed.
    """

    def __init__(self, keyring: Keyring, *, issuer: str) -> None:
        self._keyring = keyring
        self._hasher = PassHasher(keyring)
        self._issuer = issuer

    def mint(
        self, *, sector: str, expires_at: datetime, form: PassForm, status: tuple[int, str], code_count: int = 1
    ) -> MintedPass:
        """Return a new random pass of one sector, valid until a whole second; a slip has so many codes.

        `status` is its random index in a status list and the list's address (IETF Token Status List, `status`);
        only a card names it. A token has no `iat`: it would show which passes of different sectors were made on
        one visit to the card office. For the same reason `expires_at` has to be the end of a day, and no moment.

        Raises:
            KeysMissing: there is no active `handle` key, or none of the form's own.
        """
        expires_at = expires_at.astimezone(UTC).replace(microsecond=0)
        match form:
            case PassForm.CARD:
                handles, texts = self._card(sector, expires_at, status)
            case PassForm.LIVE:
                live_id, pairing = new_pairing(self._keyring, sector=sector, expires_at=expires_at)
                handles, texts = (self._hasher.live_handle(live_id),), (pairing,)
            case PassForm.SLIP:
                texts = tuple(_new_code() for _ in range(code_count))
                handles = tuple(self._hasher.code_handle(code) for code in texts)
            case _:
                assert_never(form)
        return MintedPass(
            handles=handles, form=form, sector=sector, expires_at=expires_at, texts=texts, status_index=status[0]
        )

    def _card(
        self, sector: str, expires_at: datetime, status: tuple[int, str]
    ) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
        token_id, code = base64url.encode(secrets.token_bytes(TOKEN_ID_BYTES)), _new_code()
        status_index, status_list = status
        claims = {
            "iss": self._issuer,
            "aud": sector,
            "jti": token_id,
            "exp": int(expires_at.timestamp()),
            "status": {"status_list": {"idx": status_index, "uri": status_list}},
        }
        token = jws.sign(claims, self._keyring.signing(Purpose.PASS), typ=TOKEN_TYPE)
        return (self._hasher.token_handle(token_id), self._hasher.code_handle(code)), (token, code)


class PassReader:
    """Opens presented passes. Implements `domain.ports.PassOpener`; looks nothing up."""

    def __init__(self, keyring: Keyring, *, issuer: str) -> None:
        self._keyring = keyring
        self._hasher = PassHasher(keyring)
        self._issuer = issuer

    def open(self, presented: PresentedPass) -> OpenedPass:
        """Return the typed value of a token, a code or a showing of a live pass.

        A token that the gateway did not sign comes back as forged, with a random handle, and so does a showing
        that it can't open. One that has expired is opened like any other: whoever decides compares its times with
        the database's clock.

        Raises:
            MalformedInput: none of the three, or a mistyped code.
            KeysMissing: there is no active `handle` key, or nothing to open a showing with.
        """
        if presented.text.startswith(SHOWN):
            return self._open_showing(presented.text)
        if "." in presented.text:
            return self._open_token(presented.text)
        handle, mark, seal = self._hasher.of_code(codes.normalise(presented.text))
        return OpenedPass(handle=handle, mark=mark, seal=seal, typed=True)

    def open_question(self, text: str) -> OpenedPass:
        """Return the typed value of what a phone asks for itself with: a live pass, or a forged one.

        Raises:
            MalformedInput: it is no whole question.
            KeysMissing: as for `open`.
        """
        return self._shown(text, open_question(self._keyring, text))

    def _open_showing(self, text: str) -> OpenedPass:
        return self._shown(text, open_showing(self._keyring, text))

    def _shown(self, text: str, showing: Showing | None) -> OpenedPass:
        if showing is None:
            return _forged()
        handle, mark, seal = self._hasher.of_showing(showing.pass_id, text)
        return OpenedPass(
            handle=handle,
            mark=mark,
            seal=seal,
            sector=showing.sector,
            showable=(showing.made_at - CLOCK_SKEW, showing.made_at + LIVE_FOR + CLOCK_SKEW),
        )

    def _open_token(self, token: str) -> OpenedPass:
        try:
            claims = self._verified(jws.parse(token, _POLICY))
            handle, mark, seal = self._hasher.of_token(claims["jti"])
            return OpenedPass(
                handle=handle,
                mark=mark,
                seal=seal,
                sector=claims["aud"],
                expires_at=datetime.fromtimestamp(jws.require_int_time(claims, "exp"), UTC),
            )
        except jws.MalformedToken:
            raise MalformedInput("pass", "This is not a whole pass token. Scan the pass again.") from None
        except (NotAuthentic, OverflowError, ValueError):
            return _forged()

    def _verified(self, envelope: jws.Envelope) -> Mapping[str, Any]:
        """The claims, if a live `pass` key signed them and they are a pass of this issuer."""
        key = self._keyring.verifying(Purpose.PASS, envelope.header.get("kid", ""))
        if key is None:
            raise NotAuthentic("pass-key")
        claims = jws.verify(envelope, key)
        if not _NEVER.isdisjoint(claims):
            raise NotAuthentic("pass-claims")
        if claims["iss"] != self._issuer or not all(isinstance(claims[name], str) for name in ("jti", "aud")):
            raise NotAuthentic("pass-claims")
        return claims


def _forged() -> OpenedPass:
    """What can't be looked up is looked up all the same, under hashes that nobody has."""
    handle, mark, seal = (secrets.token_bytes(HASH_BYTES) for _ in range(3))
    return OpenedPass(handle=handle, mark=mark, seal=seal, forged=True)


def _new_code() -> str:
    return codes.code_from(secrets.randbits(codes.RANDOM_BITS))
