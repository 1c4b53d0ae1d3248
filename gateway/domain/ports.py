"""What a partner's request needs of the world, as Protocols. `store` and `auth` implement them; tests may, too.

The ledger's lies in `ledger_port`; what the steward and the card office need, in `steward_ports`.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.domain.eligibility import Cause
from gateway.domain.enrolments import Candidate, NotEnrolled
from gateway.domain.partners import Device
from gateway.domain.passes import OpenedPass, PresentedPass, Sighting


class PassOpener(Protocol):
    """Turns a presented string into a typed value. Implemented by auth; nobody else sees the string."""

    def open(self, presented: PresentedPass) -> OpenedPass:
        """Check what needs no database.

        A token whose signature fails comes back as forged, with a random handle.

        Raises:
            MalformedInput: neither a token nor a code.
        """
        ...


class Groups(Protocol):
    """Knows which rewards are for too few people to be given."""

    def inactive(self) -> frozenset[str]:
        """Return the codes of rewards that are not given now; to partners they don't exist.

        Raises:
            Unavailable: nobody could look since the start.
        """
        ...


class Sealer(Protocol):
    """Seals the cause of a denial so that only the pass's holder can have it opened."""

    def seal(self, opened: OpenedPass, cause: Cause) -> str:
        """Return a reference of fixed length; random where the pass is unknown or forged."""
        ...


class Pseudonyms(Protocol):
    """Names a resident's quota so that the name says nothing, and fades with its key."""

    async def pseudonym(self, secret: bytes | None, *, reward: str, key_period: str, closes_at: datetime) -> bytes:
        """Return 32 bytes, a random value for nobody (`secret` None) made at the same cost.

        Raises:
            PeriodClosed: the period has closed.
            KeysMissing: no key that the gateway holds unwraps it.
        """
        ...


class Fingerprints(Protocol):
    """Binds a request id to what was asked."""

    def fingerprint(self, operation: str, *parts: str) -> bytes:
        """Return a keyed hash of 32 bytes over the operation and its parts, unambiguously joined."""
        ...


class Pins(Protocol):
    """Checks PINs against their slow keyed hash."""

    async def matches(self, pin_hash: str | None, pin: str | None) -> bool:
        """Whether the PIN is right; takes the same time where there is no hash or no PIN."""
        ...

    def counter(self, whose: bytes, reward: str) -> bytes:
        """Return the key of the counter of wrong PINs: a keyed hash of a resident's secret and a reward."""
        ...


class PassDirectory(Protocol):
    """Passes on record, found by keyed hash."""

    async def look_up(self, handle: bytes, mark: bytes) -> Sighting:
        """Return the database's clock, the record under a handle, and whether a mark is set, in one statement.

        Raises:
            Unavailable: the database can't answer.
        """
        ...


class Paged(StrEnum):
    """The lists of a partner's own that have cursors."""

    REDEMPTIONS = "redemptions"
    OCCASIONS = "occasions"


class Cursors(Protocol):
    """Opaque, tamper-proof positions in a connection."""

    def seal(self, listing: Paged, partner_id: str, position: tuple[datetime, str]) -> str:
        """Return the cursor of a position."""
        ...

    def open(self, listing: Paged, partner_id: str, cursor: str) -> tuple[datetime, str]:
        """Return the position.

        Raises:
            MalformedInput: the cursor is not ours, of another list, or another partner's.
        """
        ...


class PartnerDirectory(Protocol):
    """Partners' devices and their registered keys."""

    async def device(self, client_id: str, kid: str) -> Device | None:
        """Return a device by its partner's client id and its key id. At most 2 seconds stale."""
        ...


class Enrolments(Protocol):
    """One-time codes, and the machines that come with them."""

    async def redeem(self, candidate: Candidate, *, kinds: Collection[str], now: datetime) -> Device | NotEnrolled:
        """Use up a code of a partner of one of these kinds, and register its device from now on.

        The device that this very code and key made before is the answer again while it works.

        Raises:
            Unavailable: nobody knows whether it is registered; the same code and key may be sent again.
        """
        ...


class WrappedKeys(Protocol):
    """Period keys at rest: wrapped by a key that is not in the database."""

    async def wrapped_key(
        self, reward: str, key_period: str, *, fresh: bytes, closes_at: datetime
    ) -> bytes | None:
        """Return the wrapped key of a reward and period; `fresh` becomes it where there is none.

        None once the period has closed.
        """
        ...

    async def closed(self) -> Collection[tuple[str, str]]:
        """Return reward and period of every key whose time is over."""
        ...


class ReplayGuard(Protocol):
    """Remembers what may be used once."""

    async def first_use(self, digest: bytes, expires_at: datetime) -> bool:
        """Whether this is the first use; remembered until it expires.

        Raises:
            Unavailable: nobody can tell, so nobody may pass.
        """
        ...
