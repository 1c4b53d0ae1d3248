"""The steward's side in memory: residents, their passes, and places in a status list that may be taken."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.errors import MalformedInput, PlaceTaken
from gateway.domain.passes import (
    Condition,
    Held,
    MintedPass,
    NewPass,
    OpenedPass,
    PassForm,
    PassRecord,
    PassState,
    PresentedPass,
    Sighting,
)
from gateway.domain.standing import Standing
from tests.services.world import NOW, TODAY


@dataclass
class MemoryRegistry:
    """Implements `domain.steward_ports.Registry` and `domain.ports.PassDirectory`.

    `taken` places are refused before one is accepted.
    """

    standings: dict[bytes, Standing] = field(default_factory=dict)
    passes: dict[bytes, tuple[int, bytes, NewPass]] = field(default_factory=dict)
    revoked: set[int] = field(default_factory=set)
    places: list[int] = field(default_factory=list)
    taken: int = 0

    async def standing(self, registry_hash: bytes) -> Standing | None:
        return self.standings.get(registry_hash)

    async def issue(self, registry_hash: bytes, new: NewPass) -> int | None:
        issued = await self.issue_all(registry_hash, [new])
        return None if issued is None else issued[0]

    async def issue_all(
        self, registry_hash: bytes, new: Sequence[NewPass], *, instead: bool = False
    ) -> Sequence[int] | None:
        if registry_hash not in self.standings:
            return None
        for each in new:
            self.places.append(each.status_index)
            if len(self.places) <= self.taken:
                raise PlaceTaken(each.sector)
        if instead:
            await self.revoke_all(registry_hash, [each.sector for each in new], {each.form for each in new})
        ids = [len(self.passes) + 1 + 2 * number for number in range(len(new))]
        for pass_id, each in zip(ids, new, strict=True):
            self.passes |= dict.fromkeys(each.handles, (pass_id, registry_hash, each))
        return ids

    async def working(
        self, registry_hash: bytes, sectors: Collection[str], forms: Collection[PassForm] = tuple(PassForm)
    ) -> Sequence[Held] | None:
        if registry_hash not in self.standings:
            return None
        return [Held(kept.sector, kept.form) for _, kept in self._working(registry_hash, sectors, forms)]

    async def revoke_all(
        self, registry_hash: bytes, sectors: Collection[str], forms: Collection[PassForm] = tuple(PassForm)
    ) -> Sequence[Held]:
        working = self._working(registry_hash, sectors, forms)
        self.revoked |= {pass_id for pass_id, _ in working}
        return [Held(kept.sector, kept.form) for _, kept in working]

    def _working(
        self, registry_hash: bytes, sectors: Collection[str], forms: Collection[PassForm]
    ) -> list[tuple[int, NewPass]]:
        held = {pass_id: kept for pass_id, whose, kept in self.passes.values() if whose == registry_hash}
        return [
            (pass_id, kept)
            for pass_id, kept in sorted(held.items())
            if pass_id not in self.revoked
            and kept.expires_at > NOW
            and kept.form in forms
            and (not sectors or kept.sector in sectors)
        ]

    async def pin_hashes(self, registry_hash: bytes) -> dict[str, str]:
        held = [
            (kept.expires_at, pass_id, kept)
            for pass_id, whose, kept in set(self.passes.values())
            if whose == registry_hash and pass_id not in self.revoked
        ]
        last = {kept.sector: kept.pin_hash for _, _, kept in sorted(held, key=lambda one: one[:2])}
        return {sector: pin_hash for sector, pin_hash in last.items() if pin_hash is not None}

    async def state(self, handle: bytes) -> PassState | None:
        if handle not in self.passes:
            return None
        pass_id, _, kept = self.passes[handle]
        condition = Condition.EXPIRED if kept.expires_at <= NOW else Condition.WORKS
        return PassState(
            condition=Condition.REVOKED if pass_id in self.revoked else condition,
            sector=kept.sector,
            form=kept.form,
            expires_at=kept.expires_at,
            has_pin=kept.pin_hash is not None,
        )

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

    async def look_up(self, handle: bytes, mark: bytes) -> Sighting:
        if handle not in self.passes:
            return Sighting(NOW, TODAY, None)
        pass_id, registry_hash, kept = self.passes[handle]
        record = PassRecord(
            pass_id=pass_id,
            resident_secret=b"secret",
            form=kept.form,
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

    def hash_all(self, registry_ids: Iterable[str]) -> list[bytes]:
        return [self.hash(registry_id) for registry_id in registry_ids]


class PlainPins:
    """Readable hashes of PINs."""

    def hash(self, pin: str) -> str:
        return f"hash of {pin}"


@dataclass
class CountingMint:
    """Mints passes with readable tokens and codes; their handles are what they say. Opens them, too."""

    status_lists: list[str] = field(default_factory=list)

    def mint(
        self, *, sector: str, expires_at: datetime, form: PassForm, status: tuple[int, str], code_count: int = 1
    ) -> MintedPass:
        self.status_lists.append(status[1])
        number = len(self.status_lists)
        texts = {
            PassForm.CARD: (f"token {number}", f"code {number}"),
            PassForm.LIVE: (f"pairing {number}",),
            PassForm.SLIP: tuple(f"code {number}.{code}" for code in range(code_count)),
        }[form]
        return MintedPass(
            handles=tuple(text.encode() for text in texts),
            form=form,
            sector=sector,
            expires_at=expires_at,
            texts=texts,
            status_index=status[0],
        )

    def open(self, presented: PresentedPass) -> OpenedPass:
        return OpenedPass(handle=presented.text.encode(), mark=b"mark", seal=b"seal")
