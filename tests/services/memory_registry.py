"""The steward's side in memory: residents, their passes, and places in a status list that may be taken."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from gateway.domain.errors import MalformedInput, PlaceTaken, Unavailable
from gateway.domain.passes import (
    MintedPass,
    NewPass,
    OpenedPass,
    PassForm,
    PassRecord,
    PresentedPass,
    Sighting,
)
from gateway.domain.standing import RegistryRecord, Standing
from tests.services.world import NOW, TODAY


@dataclass
class MemoryRegistry:
    """Implements `domain.steward_ports.Registry` and `domain.ports.PassDirectory`.

    `taken` places are refused before one is accepted; `batches_max` batches are taken in before it goes down.
    """

    standings: dict[bytes, Standing] = field(default_factory=dict)
    passes: dict[bytes, tuple[int, bytes, NewPass]] = field(default_factory=dict)
    revoked: set[int] = field(default_factory=set)
    batches: list[int] = field(default_factory=list)
    imports: list[date] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    taken: int = 0
    batches_max: int = 1000

    async def put(self, records: Sequence[tuple[bytes, RegistryRecord]]) -> None:
        if len(self.batches) == self.batches_max:
            raise Unavailable("database")
        self.batches.append(len(records))
        assert len(dict(records)) == len(records)
        for key, record in records:
            known = self.standings.get(key)
            if known is None or known.as_of <= record.standing.as_of:
                self.standings[key] = record.standing

    async def record_import(self, as_of: date) -> None:
        self.imports.append(as_of)

    async def standing(self, registry_hash: bytes) -> Standing | None:
        return self.standings.get(registry_hash)

    async def issue(self, registry_hash: bytes, new: NewPass) -> int | None:
        if registry_hash not in self.standings:
            return None
        self.places.append(new.status_index)
        if len(self.places) <= self.taken:
            raise PlaceTaken
        pass_id = len(self.passes) + 1
        self.passes |= dict.fromkeys(new.handles, (pass_id, registry_hash, new))
        return pass_id

    async def revoke(self, handle: bytes) -> bool:
        pass_id = self.passes[handle][0] if handle in self.passes else None
        if pass_id is None or pass_id in self.revoked:
            return False
        self.revoked.add(pass_id)
        return True

    async def replace(self, handle: bytes, new: NewPass) -> int | None:
        pass_id, registry_hash, _ = self.passes.get(handle, (0, b"", None))
        if pass_id == 0 or pass_id in self.revoked:
            return None
        issued = await self.issue(registry_hash, new)
        self.revoked.add(pass_id)
        return issued

    async def look_up(self, handle: bytes) -> Sighting:
        if handle not in self.passes:
            return Sighting(NOW, TODAY, None)
        pass_id, registry_hash, kept = self.passes[handle]
        record = PassRecord(
            pass_id=pass_id,
            resident_secret=b"secret",
            sector=kept.sector,
            expires_at=kept.expires_at,
            revoked=pass_id in self.revoked,
            pin_hash=kept.pin_hash,
            standing=self.standings[registry_hash],
        )
        return Sighting(NOW, TODAY, record)


class PlainHasher:
    """Readable keyed hashes of registry ids."""

    def hash(self, registry_id: str) -> bytes:
        if not registry_id:
            raise MalformedInput("registry id", "The registry id is empty.")
        return registry_id.encode()


class PlainPins:
    """Readable hashes of PINs."""

    def hash(self, pin: str) -> str:
        return f"hash of {pin}"


@dataclass
class CountingMint:
    """Mints passes with readable tokens and codes; their handles are what they say. Opens them, too."""

    status_lists: list[str] = field(default_factory=list)

    def mint(self, *, sector: str, expires_at: datetime, form: PassForm, status: tuple[int, str]) -> MintedPass:
        self.status_lists.append(status[1])
        number = len(self.status_lists)
        return MintedPass(
            handles=(f"token {number}".encode(), f"code {number}".encode()),
            form=form,
            sector=sector,
            expires_at=expires_at,
            token=f"token {number}",
            code=f"code {number}",
            status_index=status[0],
        )

    def open(self, presented: PresentedPass) -> OpenedPass:
        return OpenedPass(handle=presented.text.encode(), seal=b"seal")
