"""Tags of the access log: a keyed hash of who, which partner and which day, under the key of the month.

No two tags of a resident have anything in common without that key: a thief of the database sees random bytes.
Whoever looked up a pass that is nobody's leaves a tag too, made at the same cost.
"""

from secrets import token_bytes
from zoneinfo import ZoneInfo

from gateway.auth.hashing import HASH_BYTES, encode, keyed_hash
from gateway.auth.pseudonyms import PeriodPseudonyms
from gateway.domain.access import KEY_NAME, Look, Tag, closes_at, key_period

_LABEL = b"laurel/access/v1"


class AccessTags:
    """Implements `domain.access.Tagger`."""

    def __init__(self, pseudonyms: PeriodPseudonyms) -> None:
        self._pseudonyms = pseudonyms
        self._nobody = token_bytes(HASH_BYTES)  # one for each process: guessed passes fill no table

    async def tag(self, look: Look, zone: ZoneInfo) -> Tag:
        """Return the tag of a look.

        Raises:
            KeysMissing: the period of the look has closed.
            Unavailable: the database can't answer.
        """
        whose = self._nobody if look.secret is None else look.secret
        what = keyed_hash(whose, _LABEL, encode(look.partner_id), encode(look.day.isoformat()))
        ends = closes_at(look.day, zone)
        tag = await self._pseudonyms.pseudonym(
            what, reward=KEY_NAME, key_period=key_period(look.day), closes_at=ends
        )
        return Tag(tag, ends)
