"""What keys are for: the algorithm of each purpose, how long its keys live, and whether it can rotate."""

from dataclasses import dataclass
from enum import StrEnum


class Algorithm(StrEnum):
    """JOSE names of what keys are used with.

    RFC 7518 sections 3.1 and 5.1, RFC 8037 section 3.1; HPKE-0 is that of draft-ietf-jose-hpke-encrypt, whose key
    pair is derived of a secret (RFC 9180 section 7.1.3).
    """

    ES256 = "ES256"
    EDDSA = "EdDSA"
    HS256 = "HS256"
    A256GCM = "A256GCM"
    HPKE0 = "HPKE-0"


@dataclass(frozen=True, slots=True)
class Rotates:
    """A new key may take over; the old one goes on verifying for `overlap_days` unless told otherwise."""

    overlap_days: int


@dataclass(frozen=True, slots=True)
class Fixed:
    """No key can take over, `because` stored data was made with the old one: a clause for a sentence."""

    because: str


@dataclass(frozen=True, slots=True)
class Purpose:
    """One use of keys. A new key is valid for `days` unless told otherwise."""

    name: str
    algorithm: Algorithm
    days: int
    rotation: Rotates | Fixed

    @property
    def signs(self) -> bool:
        """Whether its keys sign, and so have a public half; else they are secrets."""
        return self.algorithm in (Algorithm.ES256, Algorithm.EDDSA)


_YEAR = 365

PURPOSES = {
    purpose.name: purpose
    for purpose in (
        # An access token lives for minutes; a day is enough for every process to have been restarted.
        Purpose("access-token", Algorithm.ES256, _YEAR, Rotates(1)),
        # A printed card may be shown for three years after it was signed.
        Purpose("pass", Algorithm.EDDSA, 2 * _YEAR, Rotates(3 * _YEAR + 1)),
        # Phones keep its public half for as long as a live pass is good, three years at most.
        Purpose("live", Algorithm.HPKE0, 2 * _YEAR, Rotates(3 * _YEAR + 1)),
        Purpose(
            "registry",
            Algorithm.HS256,
            10 * _YEAR,
            Fixed("every resident is filed under it, and a new one needs the whole registry imported anew"),
        ),
        Purpose(
            "handle",
            Algorithm.HS256,
            10 * _YEAR,
            Fixed("every pass on record is found by it, and a new one needs every pass issued anew"),
        ),
        Purpose(
            "fingerprint",
            Algorithm.HS256,
            10 * _YEAR,
            Fixed(
                "every request on record is compared by it, and a retry under a new one would be refused as reused"
            ),
        ),
        # A denial's reference can be opened at a volunteer desk for a year.
        Purpose("reference", Algorithm.A256GCM, 2 * _YEAR, Rotates(_YEAR)),
        # A yearly period key wrapped on 1 January is needed until its reversal and upload windows have closed.
        Purpose("period", Algorithm.A256GCM, _YEAR, Rotates(500)),
        Purpose("cursor", Algorithm.HS256, _YEAR, Rotates(1)),
        Purpose(
            "pin",
            Algorithm.HS256,
            10 * _YEAR,
            Fixed("every PIN on record was hashed with it, and a new one needs every PIN set anew"),
        ),
        # A nonce is good for two minutes.
        Purpose("nonce", Algorithm.HS256, _YEAR, Rotates(1)),
        # A settlement has to be verifiable for as long as its books are kept.
        Purpose("statement", Algorithm.EDDSA, _YEAR, Rotates(10 * _YEAR)),
    )
}
"""Every purpose by its name."""
