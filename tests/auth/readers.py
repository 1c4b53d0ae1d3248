"""The four kinds of signed token: a right one of each, and whoever reads it, as far as no database is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any
from unittest.mock import patch

import jwt

from gateway.auth import access_tokens, assertions, proofs
from gateway.auth.jwk import SigningKey, public_key_from_jwk
from gateway.auth.jws import CLOCK_SKEW_SECONDS
from gateway.auth.keyring import Keyring
from gateway.auth.nonces import Nonces
from gateway.auth.passes import PassMint, PassReader
from gateway.domain.errors import MalformedInput, NotAuthentic
from gateway.domain.partners import Scope
from gateway.domain.passes import PassForm, PresentedPass
from tests.auth.key_home import NOW, Hands
from tests.auth.machines import GRAPHQL_URL, ISSUER, machine

MACHINE = machine()
TOKEN = "an.access.token"
BODY = b"{}"


Oracle = Callable[[str], Mapping[str, Any]]


@dataclass(frozen=True)
class Reader:
    """One kind: a right token, the key that signed it, and who reads it.

    `read` raises NotAuthentic or MalformedInput, or returns what the token is known by.
    `oracle` is PyJWT, told all that it can check; it raises its own errors.
    """

    right: str
    key: SigningKey
    read: Callable[[str], object]
    oracle: Oracle

    def accepts(self, token: str) -> bool:
        """Whether a token gets through."""
        try:
            self.read(token)
        except (NotAuthentic, MalformedInput):
            return False
        return True


def readers(ring: Keyring, algorithm: str) -> dict[str, Reader]:
    """Return them; a device signs with one of the three algorithms, the gateway with its own."""
    one, nonces = machine(algorithm), Nonces(ring, Hands())
    public, opener = public_key_from_jwk(one.jwk), PassReader(ring, issuer=ISSUER)

    def assertion(text: str) -> object:
        claimant = assertions.read(text)
        if (claimant.client_id, claimant.kid) != (one.client_id, one.kid):
            raise NotAuthentic("assertion-unknown-key")
        proved = assertions.prove(claimant, public, issuer=ISSUER)
        assertions.require_timely(proved, now=NOW)
        return proved.id.digest

    def proof(text: str) -> object:
        checked = proofs.check([text], method="POST", url=GRAPHQL_URL, access_token=TOKEN, body=BODY)
        if checked.thumbprint != one.kid:
            raise NotAuthentic("proof-other-key")
        proofs.require_fresh(checked, nonces=nonces, now=NOW)
        return checked.id.digest

    def shown(text: str) -> object:
        opened = opener.open(PresentedPass(text))
        # Sector and end are looked at where the decision falls: `gateway.domain.eligibility.judge_pass`.
        if opened.forged or opened.sector != "transit" or opened.expires_at is None or opened.expires_at <= NOW:
            raise NotAuthentic("not eligible")
        return opened.handle

    token = access_tokens.issue(one.device(), set(Scope), keyring=ring, issuer=ISSUER, now=NOW)
    mint = PassMint(ring, issuer=ISSUER)
    card = mint.mint(
        sector="transit", expires_at=NOW + timedelta(days=9), form=PassForm.CARD, status=(7, f"{ISSUER}/status")
    )
    own = {purpose: ring.signing(purpose) for purpose in ("access-token", "pass")}
    return {
        "assertion": Reader(one.assertion(), one.key, assertion, _pyjwt(one.key, aud=ISSUER, iss=one.client_id)),
        "proof": Reader(one.proof(token=TOKEN), one.key, proof, _pyjwt(one.key)),
        "token": Reader(
            token,
            own["access-token"],
            lambda text: access_tokens.read(text, keyring=ring, issuer=ISSUER, now=NOW),
            _pyjwt(own["access-token"], aud=ISSUER, iss=ISSUER),
        ),
        "pass": Reader(card.token, own["pass"], shown, _pyjwt(own["pass"], aud="transit", iss=ISSUER)),
    }


class _StandingStill:
    """The time for PyJWT, which asks for no clock."""

    @staticmethod
    def now(tz: tzinfo | None = None) -> datetime:
        """The instant at which everything happens."""
        return NOW


def _pyjwt(key: SigningKey, *, aud: str | None = None, iss: str | None = None) -> Oracle:
    """Return PyJWT's decode with the key, its one algorithm, audience and issuer, our clock and leeway."""
    options: Any = {"strict_aud": True, "verify_aud": aud is not None, "verify_iss": iss is not None}
    told: Any = {"audience": aud, "issuer": iss, "options": options, "leeway": CLOCK_SKEW_SECONDS}

    def decode(text: str) -> Mapping[str, Any]:
        with patch("jwt.api_jwt.datetime", _StandingStill):
            return jwt.decode(text, key.key.public_key(), algorithms=[key.algorithm], **told)

    return decode
