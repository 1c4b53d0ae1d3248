"""The gateway's own keys, chosen by purpose and by the clock.

Which key signs and which still verify is decided at every call: a key begins and ends at its instant, without
a restart. A changed manifest is read at the next start.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from gateway.auth import base64url
from gateway.auth.jwk import PublicKey, SigningKey, public_key_from_jwk, signing_key_from_jwk
from gateway.auth.key_home import ALGORITHMS, SIGNING, KeyHome, Listing, Purpose, State
from gateway.auth.key_spans import Span
from gateway.domain.clock import Clock
from gateway.domain.errors import KeysMissing, NotAuthentic

__all__ = ["SECRET_BYTES", "Keyring", "Purpose"]

SECRET_BYTES = 32
"""The length of every secret: that of SHA-256's output and of an AES-256 key."""


class Keyring:
    """Keys by purpose. Keep the ring, not its keys: ask again each time, for what is live changes."""

    def __init__(
        self,
        listings: Sequence[Listing],
        *,
        public: Mapping[str, PublicKey],
        signing: Mapping[str, SigningKey],
        secrets: Mapping[str, bytes],
        sandbox: bool,
        clock: Clock,
    ) -> None:
        newest_first = sorted(listings, key=lambda listing: (listing.not_before, listing.kid), reverse=True)
        self._listings = {
            purpose: tuple(listing for listing in newest_first if listing.purpose is purpose)
            for purpose in Purpose
        }
        self._public, self._signing, self._secrets = public, signing, secrets
        self._clock = clock
        self._span = Span.around(clock(), self._listings)
        self.sandbox = sandbox

    @classmethod
    def load(cls, home: Path, *, clock: Clock) -> "Keyring":
        """Read a key home.

        The private half of a signing key is read only while it is active; secrets are read while they are live.

        Raises:
            ConfigurationError: a file is missing, wrong, or a private one that others can read.
        """
        files, now = KeyHome(home), clock()
        sandbox, listings = files.manifest()
        live = [listing for listing in listings if listing.live_at(now)]
        pairs = [listing for listing in live if listing.purpose in SIGNING]
        public = {pair.kid: _public_key(files, pair) for pair in pairs}
        return cls(
            live,
            public=public,
            signing={
                pair.kid: _signing_key(files, pair, public[pair.kid])
                for pair in pairs
                if pair.state is State.ACTIVE
            },
            secrets={each.kid: _secret(files, each) for each in live if each.purpose not in SIGNING},
            sandbox=sandbox,
            clock=clock,
        )

    def signing(self, purpose: str) -> SigningKey:
        """Return the newest active key to sign with.

        Raises:
            KeysMissing: no key of this purpose is active now.
        """
        return self._signing[self._active_kid(purpose)]

    def verifying(self, purpose: str, kid: str) -> PublicKey | None:
        """Return the public key of this purpose and id; None where there is none that is live now."""
        return self._public.get(kid) if kid in self._live_kids(purpose) else None

    def public_jwks(self, purpose: str | None = None) -> list[dict[str, str]]:
        """Return the public JWKs that are live now, of one signing purpose or of all (RFC 7517 section 5)."""
        purposes = SIGNING if purpose is None else SIGNING & {Purpose(purpose)}
        keys = [self._public[kid] for each in sorted(purposes) for kid in self._live_kids(each)]
        return [{**key.jwk, "kid": key.kid, "alg": key.algorithm, "use": "sig"} for key in keys]

    def secret(self, purpose: str) -> tuple[str, bytes]:
        """Return the id and the 32 bytes of the newest active secret.

        Raises:
            KeysMissing: no secret of this purpose is active now.
        """
        kid = self._active_kid(purpose)
        return kid, self._secrets[kid]

    def secrets(self, purpose: str) -> Mapping[str, bytes]:
        """Return the secrets that are live now by their id, newest first."""
        return MappingProxyType({kid: self._secrets[kid] for kid in self._live_kids(purpose)})

    def ends(self) -> Mapping[str, datetime | None]:
        """Return until when each purpose has an active key, as the manifest stands; None where it has none now."""
        now = self._clock()
        active = {
            purpose.value: [listing.not_after for listing in listings if listing.active_at(now)]
            for purpose, listings in self._listings.items()
        }
        return {purpose: max(ends, default=None) for purpose, ends in active.items()}

    def missing(self) -> tuple[str, ...]:
        """Return the purposes that have no active key now; empty where all is well."""
        return tuple(purpose for purpose, end in self.ends().items() if end is None)

    def _active_kid(self, purpose: str) -> str:
        kid = self._current().active[purpose]
        if kid is None:
            raise KeysMissing(f"no {purpose} key is active: run `python -m keys list` to see why")
        return kid

    def _live_kids(self, purpose: str) -> tuple[str, ...]:
        return self._current().live[purpose]

    def _current(self) -> Span:
        """Return the span of now: another one when it ends, and when the clock was set back before it."""
        now, span = self._clock(), self._span
        if not span.begins <= now < span.ends:
            span = self._span = Span.around(now, self._listings)
        return span


def _public_key(files: KeyHome, listing: Listing) -> PublicKey:
    path = files.public_path(listing.kid)
    try:
        key = public_key_from_jwk(files.public_jwk(listing.kid))
    except NotAuthentic as error:
        raise files.wrong(path, f"is no usable public key ({error.code})") from None
    if key.algorithm != ALGORITHMS[listing.purpose]:
        raise files.wrong(path, f"is no {ALGORITHMS[listing.purpose]} key")
    return key


def _signing_key(files: KeyHome, listing: Listing, public: PublicKey) -> SigningKey:
    path = files.private_path(listing.kid)
    try:
        key = signing_key_from_jwk(files.private_jwk(listing.kid))
    except NotAuthentic as error:
        raise files.wrong(path, f"is no usable private key ({error.code})") from None
    if key.key.public_key() != public.key:
        raise files.wrong(path, "is not the private half of the public key of that kid")
    return key


def _secret(files: KeyHome, listing: Listing) -> bytes:
    jwk, octets = files.private_jwk(listing.kid), b""
    if jwk.get("kty") == "oct" and isinstance(jwk.get("k"), str):
        try:
            octets = base64url.decode(jwk["k"])
        except NotAuthentic:
            octets = b""
    if len(octets) != SECRET_BYTES:
        raise files.wrong(files.private_path(listing.kid), f"holds no secret of {SECRET_BYTES} bytes")
    return octets
