"""Which pass a hold was taken with: sealed beside the hold's units, so that a revocation stops its confirmation.

The database alone can't tell, nor can whoever steals it; it goes with the units, when the hold ends.
"""

from gateway.auth.hashing import encode
from gateway.auth.keyring import Keyring
from gateway.auth.sealing import seal, unseal
from gateway.domain.errors import KeysMissing

_LABEL = b"laurel/held-pass/v1"
_ID_BYTES = 8


class SealedPasses:
    """Implements `domain.holds.HeldPasses`."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, pass_id: int, *, hold_id: str) -> bytes:
        """Return the pass's id, sealed for one hold: 56 bytes, whoever it is.

        Raises:
            KeysMissing: there is no active `period` key.
        """
        return seal(self._keyring, _LABEL, pass_id.to_bytes(_ID_BYTES, "big"), bound_to=encode(hold_id))

    def open(self, sealed: bytes, *, hold_id: str) -> int:
        """Return the id of the pass that a hold was taken with.

        Raises:
            KeysMissing: no live `period` key opens it, or it is damaged, or another hold's.
        """
        found = unseal(self._keyring, _LABEL, sealed, bound_to=encode(hold_id))
        if found is None:
            raise KeysMissing(
                "no live period key opens the pass of this hold: its key has ended, or it was changed."
            )
        return int.from_bytes(found, "big")
