"""Pseudonyms that fade: a resident's secret hashed under one random key per reward and key period.

The period keys lie in the database, wrapped with AES-256-GCM (NIST SP 800-38D) under the `period` key of
the key home. Once a period key is destroyed nobody can tell whose redemptions those were.
"""

from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.auth.hashing import HASH_BYTES, encode, join, keyed_hash
from gateway.auth.keyring import Keyring, Purpose
from gateway.domain.clock import Clock
from gateway.domain.errors import KeysMissing, PeriodClosed
from gateway.domain.ports import WrappedKeys

CACHED_KEYS_MAX = 256
"""Unwrapped keys in memory: some twenty rewards in their few open periods, with room. No key is a person's."""

NONCE_BYTES = 12

_PSEUDONYM = b"laurel/pseudonym/v1"
_WRAPPED = b"laurel/period-key/v1"


class PeriodPseudonyms:
    """Names a resident's quota under the period's key. Implements `domain.ports.Pseudonyms`."""

    def __init__(self, keyring: Keyring, wrapped_keys: WrappedKeys, *, clock: Clock) -> None:
        self._keyring = keyring
        self._wrapped_keys = wrapped_keys
        self._cache = PeriodKeyCache(clock)

    async def pseudonym(self, secret: bytes | None, *, reward: str, key_period: str, closes_at: datetime) -> bytes:
        """Return 32 bytes; random ones, made at the same cost, for nobody (`secret` None).

        Raises:
            PeriodClosed: the period has closed.
            KeysMissing: no live `period` key unwraps it.
            Unavailable: the database can't answer.
        """
        key = self._cache.get(reward, key_period)
        if key is None:
            key = await self._fetch(reward, key_period, closes_at)
            self._cache.put(reward, key_period, key, closes_at)
        nobody = token_bytes(HASH_BYTES)
        return keyed_hash(key, _PSEUDONYM, encode(reward), nobody if secret is None else secret)

    async def forget_closed(self) -> None:
        """Forget the keys whose periods have closed by the database's clock, whatever this machine's says.

        Raises:
            Unavailable: the database can't answer; keys still end by this machine's clock.
        """
        self._cache.drop(await self._wrapped_keys.closed())

    async def _fetch(self, reward: str, key_period: str, closes_at: datetime) -> bytes:
        bound_to = join(_WRAPPED, encode(reward), encode(key_period))
        wrapped = await self._wrapped_keys.wrapped_key(
            reward, key_period, fresh=self._wrap(token_bytes(HASH_BYTES), bound_to), closes_at=closes_at
        )
        if wrapped is None:
            raise PeriodClosed(f"the period key of {reward} in {key_period} is destroyed or closed")
        return self._unwrap(wrapped, bound_to)

    def _wrap(self, key: bytes, bound_to: bytes) -> bytes:
        """The length of the wrapping kid in one byte, the kid, the nonce, the ciphertext with its tag."""
        kid, secret = self._keyring.secret(Purpose.PERIOD)
        nonce = token_bytes(NONCE_BYTES)
        name = kid.encode()
        return bytes([len(name)]) + name + nonce + AESGCM(secret).encrypt(nonce, key, bound_to)

    def _unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        end_of_kid = 1 + wrapped[0] if wrapped else 0
        kid = wrapped[1:end_of_kid].decode("ascii", "replace")
        nonce, ciphertext = wrapped[end_of_kid:][:NONCE_BYTES], wrapped[end_of_kid + NONCE_BYTES :]
        secret = self._keyring.secrets(Purpose.PERIOD).get(kid)
        if secret is None:
            raise KeysMissing("no live key of the key home unwraps a period key")
        try:
            return AESGCM(secret).decrypt(nonce, ciphertext, bound_to)
        except (InvalidTag, ValueError):
            raise KeysMissing("a wrapped period key is damaged or belongs to another period") from None


class PeriodKeyCache:
    """The CACHED_KEYS_MAX period keys used last. None outlives the instant at which it may be destroyed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._keys: OrderedDict[tuple[str, str], tuple[bytes, datetime]] = OrderedDict()
        self._next_close: datetime | None = None

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, reward: str, key_period: str) -> bytes | None:
        """Return the key of a reward and period, if it is here."""
        self._drop_closed(self._clock())
        found = self._keys.get((reward, key_period))
        if found is None:
            return None
        self._keys.move_to_end((reward, key_period))
        return found[0]

    def put(self, reward: str, key_period: str, key: bytes, closes_at: datetime) -> None:
        """Keep a key until its period closes, in the place of the one that was used longest ago."""
        if closes_at <= self._clock():
            return
        self._keys[reward, key_period] = (key, closes_at)
        self._keys.move_to_end((reward, key_period))
        if len(self._keys) > CACHED_KEYS_MAX:
            self._keys.popitem(last=False)
        self._next_close = min(closes_at, self._next_close or closes_at)

    def drop(self, periods: Collection[tuple[str, str]]) -> None:
        """Forget the keys of these rewards and periods, and whatever has closed."""
        for name in periods:
            self._keys.pop(name, None)
        self._drop_closed(self._clock())

    def _drop_closed(self, now: datetime) -> None:
        """Forget what has closed; looks through the keys only once the first of them has."""
        if self._next_close is None or now < self._next_close:
            return
        for name, (_, closes_at) in list(self._keys.items()):
            if closes_at <= now:
                del self._keys[name]
        self._next_close = min((closes_at for _, closes_at in self._keys.values()), default=None)
