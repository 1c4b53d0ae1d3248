"""The `jti` of what may be used once, as the only thing that is kept of it: a hash, scoped by who made it.

Without the scope, one partner could use up another's. Remembered until the token can no longer pass on any
node, counted from its own `iat` or `exp`: one dated ahead would outlive a memory that counts from its arrival.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

from gateway.auth.hashing import join
from gateway.domain.errors import NotAuthentic
from gateway.domain.partners import ProofId

JTI_CHARS_MIN = 16
"""RFC 9449 section 4.2 asks for 96 random bits: 16 characters of base64url."""

OWNERS_MAX = 4096
"""Remembered with what stands before all of their ids: a machine has the same in every token."""

UNTIL_MAX = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
"""A calendar ends; what is dated after it is refused for its time, once all the rest of it has been read."""


@lru_cache(OWNERS_MAX)
def _owned(kind: str, owner: str) -> bytes:
    return join(kind.encode(), owner.encode())


def proof_id(claims: Mapping[str, object], *, kind: str, owner: str, chars_max: int, until: int) -> ProofId:
    """Return the id of a token of a kind by its `jti` and owner, to be remembered `until` seconds since 1970.

    Raises:
        NotAuthentic: `jti`: not text, too short to be random, or too long.
    """
    jti = claims.get("jti")
    if not isinstance(jti, str) or not JTI_CHARS_MIN <= len(jti) <= chars_max:
        raise NotAuthentic("jti")
    digest = hashlib.sha256(_owned(kind, owner) + join(jti.encode())).digest()
    return ProofId(digest, datetime.fromtimestamp(min(until, UNTIL_MAX), UTC))
