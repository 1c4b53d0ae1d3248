"""What the steward and the card office need of the world, as Protocols. `store` and `auth` implement them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from gateway.domain.occasions import Cancellation
from gateway.domain.passes import Held, Holding, MintedPass, NewPass, PassForm, PassState
from gateway.domain.standing import Standing


class RegistryHasher(Protocol):
    """Turns a registry id into the only form in which it is kept."""

    def hash(self, registry_id: str) -> bytes:
        """Return the keyed hash of a registry id, or raise MalformedInput where it is empty."""
        ...

    def hash_all(self, registry_ids: Iterable[str]) -> Sequence[bytes]:
        """Return the keyed hash of each of many registry ids."""
        ...


class Mint(Protocol):
    """Makes passes."""

    def mint(
        self, *, sector: str, expires_at: datetime, form: PassForm, status: tuple[int, str], code_count: int = 1
    ) -> MintedPass:
        """Return a new random pass; `status` is its place in a status list and the list's address."""
        ...


class PinHasher(Protocol):
    """Makes the slow keyed hash of a PIN."""

    def hash(self, pin: str) -> str:
        """Return what is kept of a PIN of four digits."""
        ...


@dataclass(frozen=True, slots=True)
class LastImport:
    """What the imports before say.

    The keyed hash of the last file, unless something was imported since, how many residents it told of, and the
    newest day as of which everybody's honours are known.
    """

    file_hash: bytes | None = field(repr=False)
    residents: int
    honours_as_of: date | None


class Stage(Protocol):
    """Where the lines of a registry lie while they are sorted."""

    def add(self, told: Iterable[tuple[bytes, Standing]]) -> None:
        """Add lines in the order of the file, each with the keyed hash of its resident."""
        ...

    def newest(self) -> date | None:
        """Return the newest day that a line speaks of; None where there is no line."""
        ...

    def chunks(self, size: int) -> Iterator[Sequence[tuple[bytes, Standing]]]:
        """Yield residents once each, by their hashes: of several lines the newest one, of one day the last."""
        ...

    def find(self, registry_hashes: Iterable[bytes]) -> Mapping[bytes, Standing]:
        """Return what is told of some residents."""
        ...


class Residents(Protocol):
    """Residents by the thousand."""

    async def known(self, registry_hashes: Sequence[bytes]) -> Mapping[bytes, Standing]:
        """Return the standings of those who are on record."""
        ...

    async def erased(self, registry_hashes: Sequence[bytes]) -> Collection[bytes]:
        """Return which of some residents are erased."""
        ...

    async def put(self, standings: Sequence[tuple[bytes, Standing]]) -> None:
        """Add or update residents in one transaction; older credit never wins, and who is erased is left out."""
        ...


class Census(Protocol):
    """Counts residents."""

    async def credited(self, thresholds: Sequence[tuple[int, date]]) -> Sequence[int]:
        """Return for each (hundredths of an hour, oldest day) how many without honours have such credit."""
        ...

    async def honoured(self) -> Mapping[bytes, Standing]:
        """Return everybody who holds an honour, by keyed hash."""
        ...


class Holdings(Protocol):
    """What residents hold."""

    async def of(self, registry_hashes: Sequence[bytes]) -> Mapping[bytes, Holding]:
        """Return what each of some residents holds; who is not on record is left out."""
        ...


class Registry(Protocol):
    """The card office's side: a resident by keyed hash, and passes."""

    async def standing(self, registry_hash: bytes) -> Standing | None:
        """Return a resident's standing."""
        ...

    async def issue(self, registry_hash: bytes, new: NewPass) -> int | None:
        """Put a pass on record; return its id, or None where there is no such resident.

        Raises:
            PlaceTaken: the pass's place in the status list is another's; mint it with another place.
        """
        ...

    async def issue_all(
        self, registry_hash: bytes, new: Sequence[NewPass], *, instead: bool = False
    ) -> Sequence[int] | None:
        """Put passes of one resident on record, all or none; return their ids in the same order.

        With `instead`, the resident's passes of these sectors and forms are revoked in the same transaction.

        Raises:
            PlaceTaken: as for `issue`, with the sector whose place it is; nothing has changed.
        """
        ...

    async def working(
        self, registry_hash: bytes, sectors: Collection[str], forms: Collection[PassForm] = tuple(PassForm)
    ) -> Sequence[Held] | None:
        """Return a resident's passes of some forms that work, of all sectors if none is named.

        None where there is no such resident.
        """
        ...

    async def revoke_all(
        self, registry_hash: bytes, sectors: Collection[str], forms: Collection[PassForm] = tuple(PassForm)
    ) -> Sequence[Held]:
        """Revoke a resident's passes of some forms that work, of all sectors if none is named; return them."""
        ...

    async def pin_hashes(self, registry_hash: bytes) -> Mapping[str, str]:
        """Return by sector the slow hash of the PIN of a resident's last pass that is not revoked."""
        ...

    async def state(self, handle: bytes) -> PassState | None:
        """Return what is on record of the pass under a handle by the database's clock, if there is one."""
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


class Closings(Protocol):
    """Calls occasions off in the name of their partner."""

    async def partners(self, occasion: str) -> Sequence[str]:
        """Return the partners that have an occasion of this id: their ids are their own."""
        ...

    async def close(self, partner_id: str, occasion: str, *, cancellation_id: str) -> Cancellation | None:
        """Close an occasion, or find that it is closed; None where there is no such one.

        Raises:
            Unavailable: nobody knows whether it is closed; it may be asked again.
        """
        ...
