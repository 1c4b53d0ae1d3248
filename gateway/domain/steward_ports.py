"""What the steward and the card office need of the world, as Protocols. `store` and `auth` implement them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from gateway.domain.passes import MintedPass, NewPass, PassForm
from gateway.domain.standing import RegistryRecord, Standing


class RegistryHasher(Protocol):
    """Turns a registry id into the only form in which it is kept."""

    def hash(self, registry_id: str) -> bytes:
        """Return the keyed hash of a registry id, or raise MalformedInput where it is empty."""
        ...


class Mint(Protocol):
    """Makes passes."""

    def mint(self, *, sector: str, expires_at: datetime, form: PassForm, status: tuple[int, str]) -> MintedPass:
        """Return a new random pass; `status` is its place in a status list and the list's address."""
        ...


class PinHasher(Protocol):
    """Makes the slow keyed hash of a PIN."""

    def hash(self, pin: str) -> str:
        """Return what is kept of a PIN of four digits."""
        ...


class Registry(Protocol):
    """The steward's side: residents by keyed hash, their standing and their passes."""

    async def put(self, records: Sequence[tuple[bytes, RegistryRecord]]) -> None:
        """Add or update residents, each with the keyed hash of its registry id; older credit never wins."""
        ...

    async def record_import(self, as_of: date) -> None:
        """Note that an import as of a civil day is complete; the newest one says how fresh the registry is."""
        ...

    async def standing(self, registry_hash: bytes) -> Standing | None:
        """Return a resident's standing."""
        ...

    async def issue(self, registry_hash: bytes, new: NewPass) -> int | None:
        """Put a pass on record; return its id, or None where there is no such resident.

        Raises:
            PlaceTaken: the pass's place in the status list is another's; mint it with another place.
        """
        ...

    async def revoke(self, handle: bytes) -> bool:
        """Revoke the pass under a handle; False where there is none that works."""
        ...

    async def replace(self, handle: bytes, new: NewPass) -> int | None:
        """Revoke the pass under a handle and put another of its resident on record, in one transaction.

        None where there is no working pass under the handle.

        Raises:
            PlaceTaken: as for `issue`; nothing has changed.
        """
        ...
